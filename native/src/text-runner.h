// Computes the texts of a batch on a context.
#pragma once

#include "core-seats.h"
#include "norm-tap.h"
#include "text-batch.h"

#include "llama.h"

#include <vector>

namespace weir {

class TextRunner {
  public:
    // `width`: values a text. `tap`: null where llama.cpp pools. `is_on_cpu`: takes turns with others. `seats`: null where the
    // compute threads need none.
    TextRunner(llama_context * context, int32_t width, NormTap * tap, bool is_on_cpu, CoreSeats * seats);

    // Fills `out` with `width` values a text. Whatever was computed before is forgotten. Throws where llama.cpp fails.
    void run(const TextBatch & batch, float * out);

  private:
    void place(const TextBatch & batch);
    void take(size_t first_text, size_t end_text, float * out);

    llama_context * context_;
    int32_t width_;
    NormTap * tap_;
    bool is_on_cpu_;
    CoreSeats * seats_;
    std::vector<llama_token> tokens_;
    std::vector<llama_pos> positions_;
    std::vector<llama_seq_id> sequences_;
    std::vector<llama_seq_id *> sequence_lists_;
    std::vector<int32_t> sequence_counts_;
    std::vector<int8_t> outputs_;
};

}  // namespace weir
