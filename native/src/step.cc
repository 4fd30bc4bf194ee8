#include "step.h"

#include "llama-log.h"

#include <algorithm>
#include <stdexcept>
#include <string>

namespace weir {

StepRunner::StepRunner(llama_context * context, ContextLimits limits, int32_t sampler_threads)
    : samplers((size_t) limits.slots), context_(context), limits_(limits), pool_(sampler_threads), scratch_((size_t) pool_.threads()) {
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

int32_t StepRunner::run(const int32_t * data, int32_t * out, const std::function<void(const int32_t *, int32_t)> & on_decoded) {
    CurrentStep & step = current_step();
    step.number++;
    step.decode_rows = data[1];
    step.prompt_rows = data[2];
    step.phase = "sequence operations";
    const int32_t * operations = data + plan::header_size;
    const int32_t * rows = operations + data[0] * plan::operation_size;
    int32_t * tokens = out + result::header_size;
    std::fill(out, tokens, 0);

    apply_operations(operations, data[0]);
    graphs = 0;
    if (data[1] > 0) {
        out[0] = run_pass(rows, data[1], "decode", tokens, out[3]);
        out[2] = graphs;
        if (out[0] == 0) {
            on_decoded(tokens, out[3]);
        }
    }
    if (data[2] > 0) {
        out[1] = run_pass(rows + data[1] * plan::row_size, data[2], "prompt", tokens + out[3], out[4]);
    }
    step.phase = "idle";
    return result::header_size + out[3] + out[4];
}

void StepRunner::apply_operations(const int32_t * operations, int32_t count) {
    const llama_memory_t memory = llama_get_memory(context_);
    for (const int32_t * operation = operations; operation < operations + count * plan::operation_size; operation += plan::operation_size) {
        if (operation[0] == plan::remove) {
            remove_from(operation[1], operation[2]);
        } else if (operation[1] != operation[2]) {
            // With a cache per sequence llama.cpp copies whole sequences only, into an empty one.
            llama_memory_seq_rm(memory, operation[2], -1, -1);
            llama_memory_seq_cp(memory, operation[1], operation[2], -1, -1);
        }
    }
}

// The slot table relies on it: a cache that keeps what it was told to forget would give wrong answers.
void StepRunner::remove_from(int32_t slot, int32_t position) {
    if (!llama_memory_seq_rm(llama_get_memory(context_), slot, position, -1)) {
        throw std::runtime_error("llama.cpp can't remove a part of slot " + std::to_string(slot) + "'s cache");
    }
}

int32_t StepRunner::run_pass(const int32_t * rows, int32_t count, const char * phase, int32_t * tokens, int32_t & sampled) {
    current_step().phase = phase;
    std::vector<const int32_t *> sampled_rows;
    for (int32_t i = 0; i < count; i++) {
        const int32_t * row = rows + i * plan::row_size;
        token_[(size_t) i] = row[0];
        position_[(size_t) i] = row[1];
        sequence_[(size_t) i] = row[2];
        output_[(size_t) i] = row[3] >= 0 || row[3] == plan::unsampled ? 1 : 0;
        if (row[3] >= 0) {
            sampled_rows.push_back(row);
        }
    }
    const llama_batch batch = {count, token_.data(), nullptr, position_.data(), sequence_count_.data(), sequence_list_.data(), output_.data()};
    const int32_t status = llama_decode(context_, batch);
    for (int32_t i = 0; i < count; i++) {
        const int32_t * row = rows + i * plan::row_size;
        if (row[3] == plan::padding) {
            remove_from(row[2], row[1]);
        }
    }
    if (status != 0 || sampled_rows.empty()) {
        return status;
    }
    current_step().phase = "sampling";
    llama_synchronize(context_);
    // The rows of outputs are looked up here, on one thread: llama_get_logits_ith may reorder them on its first call.
    std::vector<const float *> logits;
    for (const int32_t * row : sampled_rows) {
        logits.push_back(llama_get_logits_ith(context_, (int32_t) ((row - rows) / plan::row_size)));
    }
    pool_.run((int32_t) sampled_rows.size(), [&](int32_t index, int32_t thread) {
        const float * row_logits = logits[(size_t) index];
        Sampler * sampler = samplers[(size_t) sampled_rows[(size_t) index][3]].get();
        // on_decoded may have cleared a sampler that the prompt pass names.
        const bool can_sample = row_logits != nullptr && sampler != nullptr;
        tokens[index] = can_sample ? sampler->sample(row_logits, limits_.vocab_size, scratch_[(size_t) thread]) : -1;
    });
    sampled = (int32_t) sampled_rows.size();
    return status;
}

}  // namespace weir
