#include "step.h"

#include "cpu-turn.h"
#include "llama-log.h"

#include <algorithm>
#include <stdexcept>
#include <string>

namespace weir {

StepRunner::StepRunner(llama_context * context, SlotStore & store, GraphWatch & watch, ContextLimits limits, bool is_on_cpu, CoreSeats * seats, int32_t sampler_threads)
    : samplers((size_t) limits.slots),
      context_(context),
      store_(store),
      watch_(watch),
      limits_(limits),
      is_on_cpu_(is_on_cpu),
      seats_(seats),
      pool_(sampler_threads),
      scratch_((size_t) pool_.threads()) {
    const auto capacity = (size_t) limits.batch_tokens;
    token_.resize(capacity);
    position_.resize(capacity);
    sequence_count_.assign(capacity, 1);
    sequence_.resize(capacity);
    sequence_list_.resize(capacity);
    output_.resize(capacity);
    for (size_t i = 0; i < capacity; i++) {
        sequence_list_[i] = &sequence_[i];
    }
}

int32_t StepRunner::run(const int32_t * data, int32_t * out, const std::function<bool(const int32_t *, int32_t)> & on_decoded) {
    CurrentStep & step = current_step();
    step.number++;
    step.decode_rows = data[1];
    step.prompt_rows = data[2];
    step.phase = "sequence operations";
    const int32_t * operations = data + plan::header_size;
    const int32_t * rows = operations + data[0] * plan::operation_size;
    int32_t * tokens = out + result::header_size;
    std::fill(out, tokens, 0);

    store_.forget_size();
    apply_operations(operations, data[0]);
    watch_.graphs = 0;
    bool runs_prompts = data[2] > 0;
    if (data[1] > 0) {
        out[0] = run_decodes(rows, data[1], tokens, out[3]);
        out[2] = watch_.graphs;
        if (out[0] == 0) {
            runs_prompts = on_decoded(tokens, out[3]) && runs_prompts;
        }
    }
    if (runs_prompts) {
        watch_.graphs = 0;
        out[1] = run_prompts(rows + data[1] * plan::row_size, data[2], tokens + out[3], out[4]);
        out[5] = watch_.graphs;
    }
    step.phase = "idle";
    return result::header_size + out[3] + out[4];
}

void StepRunner::apply_operations(const int32_t * operations, int32_t count) {
    const llama_memory_t memory = llama_get_memory(context_);
    for (const int32_t * operation = operations; operation < operations + count * plan::operation_size; operation += plan::operation_size) {
        if (operation[0] == plan::remove) {
            remove_from(operation[1], operation[2]);
        } else if (operation[0] == plan::restore) {
            if (!store_.restore(operation[1], operation[2])) {
                throw std::runtime_error("llama.cpp can't restore a saved cache into slot " + std::to_string(operation[2]));
            }
        } else if (operation[1] != operation[2]) {
            // With a cache per sequence llama.cpp copies whole sequences only, into an empty one.
            llama_memory_seq_rm(memory, operation[2], -1, -1);
            llama_memory_seq_cp(memory, operation[1], operation[2], -1, -1);
            copies_pending = true;
        }
    }
}

// The slot table relies on it: a cache that keeps what it was told to forget would give wrong answers.
void StepRunner::remove_from(int32_t slot, int32_t position) {
    if (!llama_memory_seq_rm(llama_get_memory(context_), slot, position, -1)) {
        throw std::runtime_error("llama.cpp can't remove a part of slot " + std::to_string(slot) + "'s cache");
    }
}

// All rows in one llama_decode: dense rows make one graph.
int32_t StepRunner::run_decodes(const int32_t * rows, int32_t count, int32_t * tokens, int32_t & sampled) {
    current_step().phase = "decode";
    const int32_t status = compute(rows, count);
    if (status == 0) {
        sampled = sample(rows, count, tokens);
    }
    return status;
}

// One llama_decode for each run of consecutive slots with equally many rows: that is one graph. Prompts of different lengths in
// one call would be cut into graphs of equal lengths, as many or more, and smaller ones (docs/decisions/0013). The rows of a
// prompt that is scored are calls by themselves, as many as there is room for their logits.
int32_t StepRunner::run_prompts(const int32_t * rows, int32_t count, int32_t * tokens, int32_t & sampled) {
    const auto slot_of = [rows](int32_t row) { return rows[row * plan::row_size + 2]; };
    const auto end_of_slot = [&](int32_t row) {
        int32_t end = row + 1;
        while (end < count && slot_of(end) == slot_of(row)) {
            end++;
        }
        return end;
    };
    const auto is_scored = [rows](int32_t row) { return plan::is_scored(rows[row * plan::row_size + 3]); };
    int32_t done = 0;
    for (int32_t begin = 0; begin < count;) {
        int32_t end = end_of_slot(begin);
        const int32_t length = end - begin;
        if (is_scored(begin)) {
            end = std::min(end, begin + scored_rows_of_call);
        } else {
            while (end < count && slot_of(end) == slot_of(end - 1) + 1 && end_of_slot(end) - end == length && !is_scored(end)) {
                end += length;
            }
        }
        const int32_t * group = rows + begin * plan::row_size;
        current_step().phase = "prompt";
        const int32_t status = compute(group, end - begin);
        if (status != 0) {
            return status;
        }
        done += sample(group, end - begin, tokens + done);
        score(group, end - begin);
        begin = end;
    }
    // On a GPU the parts of prompts are only queued until here: the time that a pass takes is measured by who calls.
    llama_synchronize(context_);
    sampled = done;
    return 0;
}

int32_t graphs_of(const int32_t * rows, int32_t count, int32_t micro_batch_tokens) {
    const auto slot_of = [rows](int32_t row) { return rows[row * plan::row_size + 2]; };
    int32_t graphs = 0;
    for (int32_t begin = 0; begin < count;) {
        int32_t slots = 1;
        int32_t end = begin + 1;
        while (end < count && (slot_of(end) == slot_of(end - 1) || slot_of(end) == slot_of(end - 1) + 1)) {
            slots += slot_of(end) == slot_of(end - 1) ? 0 : 1;
            end++;
        }
        const int32_t rows_of_slot = (end - begin + slots - 1) / slots;
        const int32_t rows_of_graph = std::max(1, micro_batch_tokens / slots);
        graphs += (rows_of_slot + rows_of_graph - 1) / rows_of_graph;
        begin = end;
    }
    return graphs;
}

int32_t StepRunner::compute(const int32_t * rows, int32_t count) {
    for (int32_t i = 0; i < count; i++) {
        const int32_t * row = rows + i * plan::row_size;
        token_[(size_t) i] = row[0];
        position_[(size_t) i] = row[1];
        sequence_[(size_t) i] = row[2];
        output_[(size_t) i] = plan::has_output(row[3]) ? 1 : 0;
    }
    const llama_batch batch = {count, token_.data(), nullptr, position_.data(), sequence_count_.data(), sequence_list_.data(), output_.data()};
    watch_.begin();
    if (!watch_.counts()) {
        watch_.graphs += graphs_of(rows, count, (int32_t) llama_n_ubatch(context_));
    }
    const int32_t status = [&] {
        const CpuTurn turn(is_on_cpu_);
        // A row that fewer threads share leaves a core to the kernel's choice.
        const bool is_shared_by_all = count > 1 || llama_n_threads(context_) == llama_n_threads_batch(context_);
        const Seat seat(is_shared_by_all ? seats_ : nullptr);
        return llama_decode(context_, batch);
    }();
    // llama.cpp does the copies before anything else that can fail, but for rows that it refuses at once.
    copies_pending = copies_pending && status == -1;
    for (int32_t i = 0; i < count; i++) {
        const int32_t * row = rows + i * plan::row_size;
        if (plan::is_padding(row[3])) {
            remove_from(row[2], row[1]);
        }
    }
    return status;
}

// Samples the rows that name a sampler, from the outputs of the last llama_decode, which had these rows. Returns how many.
int32_t StepRunner::sample(const int32_t * rows, int32_t count, int32_t * tokens) {
    sampled_rows_.clear();
    for (int32_t i = 0; i < count; i++) {
        if (rows[i * plan::row_size + 3] >= 0) {
            sampled_rows_.push_back(i);
        }
    }
    if (sampled_rows_.empty()) {
        return 0;
    }
    current_step().phase = "sampling";
    find_logits(sampled_rows_);
    pool_.run((int32_t) sampled_rows_.size(), [&](int32_t index, int32_t thread) {
        const float * row_logits = logits_[(size_t) index];
        Sampler * sampler = samplers[(size_t) rows[sampled_rows_[(size_t) index] * plan::row_size + 3]].get();
        // on_decoded may have cleared a sampler that the prompt pass names.
        const bool can_sample = row_logits != nullptr && sampler != nullptr;
        try {
            tokens[index] = can_sample ? sampler->sample(row_logits, limits_.vocab_size, scratch_[(size_t) thread]) : -1;
        } catch (const std::exception &) {
            // What fails for one row ends its own answer, not everybody's.
            tokens[index] = -1;
        }
    });
    return (int32_t) sampled_rows_.size();
}

// Scores the rows that are marked for it, from the outputs of the last llama_decode, which had these rows.
void StepRunner::score(const int32_t * rows, int32_t count) {
    scored_rows_.clear();
    for (int32_t i = 0; i < count; i++) {
        if (plan::is_scored(rows[i * plan::row_size + 3])) {
            scored_rows_.push_back(i);
        }
    }
    if (scored_rows_.empty()) {
        return;
    }
    current_step().phase = "scoring";
    find_logits(scored_rows_);
    scores_.resize(std::max(scores_.size(), scored_rows_.size()));
    const auto scorer_of = [&](int32_t index) {
        return samplers[(size_t) plan::scoring_sampler(rows[scored_rows_[(size_t) index] * plan::row_size + 3])].get();
    };
    pool_.run((int32_t) scored_rows_.size(), [&](int32_t index, int32_t thread) {
        const float * row_logits = logits_[(size_t) index];
        const Sampler * sampler = scorer_of(index);
        std::vector<double> & scores = scores_[(size_t) index];
        scores.clear();
        if (row_logits != nullptr && sampler != nullptr) {
            const int32_t position = rows[scored_rows_[(size_t) index] * plan::row_size + 1];
            try {
                sampler->score(row_logits, limits_.vocab_size, position, scratch_[(size_t) thread], scores);
            } catch (const std::exception &) {
                scores.clear();  // no numbers: what fails for one row must not end everybody's step
            }
        }
    });
    for (size_t i = 0; i < scored_rows_.size(); i++) {
        // on_decoded may have cleared it.
        if (Sampler * sampler = scorer_of((int32_t) i)) {
            sampler->add_score(scores_[i]);
        }
    }
}

// The rows of outputs are looked up on one thread: llama_get_logits_ith may reorder them on its first call.
void StepRunner::find_logits(const std::vector<int32_t> & rows) {
    llama_synchronize(context_);
    logits_.clear();
    for (const int32_t row : rows) {
        logits_.push_back(llama_get_logits_ith(context_, row));
    }
}

}  // namespace weir
