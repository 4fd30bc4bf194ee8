#include "text-runner.h"

#include "cpu-turn.h"
#include "pooling.h"

#include <algorithm>
#include <stdexcept>
#include <string>

namespace weir {

TextRunner::TextRunner(llama_context * context, int32_t width, NormTap * tap, bool is_on_cpu, CoreSeats * seats)
    : context_(context), width_(width), tap_(tap), is_on_cpu_(is_on_cpu), seats_(seats) {}

// One call of llama.cpp a graph. Each text is a sequence of its own, so none looks at another.
void TextRunner::run(const TextBatch & batch, float * out) {
    if (!is_encoder(context_)) {
        llama_memory_clear(llama_get_memory(context_), false);
    }
    place(batch);
    const auto total = (int32_t) tokens_.size();
    const auto part = (int32_t) llama_n_batch(context_);
    size_t text = 0;
    for (int32_t begin = 0; begin < total; begin += part) {
        const int32_t end = std::min(begin + part, total);
        const llama_batch rows = {end - begin, tokens_.data() + begin, nullptr, positions_.data() + begin,
                                  sequence_counts_.data() + begin, sequence_lists_.data() + begin, outputs_.data() + begin};
        const int32_t status = [&] {
            const CpuTurn turn(is_on_cpu_);
            const Seat seat(seats_);
            return llama_decode(context_, rows);
        }();
        if (status != 0) {
            throw std::runtime_error("llama.cpp could not compute " + std::to_string(end - begin) + " tokens, status " + std::to_string(status));
        }
        const size_t first = text;
        while (text < batch.ends.size() && batch.ends[text] <= end) {
            text++;
        }
        take(first, text, out);
    }
}

void TextRunner::place(const TextBatch & batch) {
    const size_t total = batch.tokens.size();
    tokens_ = batch.tokens;
    positions_.resize(total);
    sequences_.resize(total);
    sequence_lists_.resize(total);
    sequence_counts_.assign(total, 1);
    // llama.cpp's own pooling wants every token's output.
    outputs_.assign(total, tap_ == nullptr ? 1 : 0);
    for (size_t text = 0; text < batch.ends.size(); text++) {
        const int32_t begin = batch.begin_of(text);
        for (int32_t i = begin; i < batch.ends[text]; i++) {
            positions_[(size_t) i] = i - begin;
            sequences_[(size_t) i] = (llama_seq_id) text;
            sequence_lists_[(size_t) i] = &sequences_[(size_t) i];
        }
        outputs_[(size_t) batch.ends[text] - 1] = 1;
    }
}

// The vectors of the texts that the last call has completed.
void TextRunner::take(size_t first_text, size_t end_text, float * out) {
    const auto width = (size_t) width_;
    const size_t count = end_text - first_text;
    if (tap_ != nullptr) {
        tap_->take(count, width, out + first_text * width);
        return;
    }
    for (size_t text = first_text; text < end_text; text++) {
        const float * values = llama_get_embeddings_seq(context_, (llama_seq_id) text);
        if (values == nullptr) {
            throw std::runtime_error("llama.cpp gave no vector for text " + std::to_string(text));
        }
        std::copy_n(values, width, out + text * width);
    }
}

}  // namespace weir
