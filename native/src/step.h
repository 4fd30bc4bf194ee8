// One step of the engine: sequence operations, a decode pass, a prompt pass, sampling.
#pragma once

#include "sampler-pool.h"
#include "sampler.h"

#include "llama-cpp.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace weir {

// The layout of a plan, written by src/engine/batch-plan.ts:
//   [operations, decode rows, prompt rows] operation… row…
//   operation: [kind, slot, argument]   remove: the slot's tokens from position `argument` on; copy: `slot` into slot `argument`
//   row:       [token, position, slot, sampler]   sampler >= 0 samples with it; otherwise a mark:
//              no_sampler; padding (removed after the pass); unsampled (its logits are computed and left for logits())
namespace plan {
constexpr int32_t header_size = 3;
constexpr int32_t operation_size = 3;
constexpr int32_t row_size = 4;
constexpr int32_t remove = 0;
constexpr int32_t copy = 1;
constexpr int32_t no_sampler = -1;
constexpr int32_t padding = -2;
constexpr int32_t unsampled = -3;
}  // namespace plan

// The layout of a result, read by src/llama/llama-backend.ts:
//   [decode status, prompt status, decode graphs, sampled decode rows, sampled prompt rows] token…
// A status is llama_decode's: 0 done, 1 no room in the KV cache, 2 aborted, negative failed. A failed pass samples nothing.
namespace result {
constexpr int32_t header_size = 5;
}

struct ContextLimits {
    int32_t slots;
    int32_t slot_tokens;
    int32_t batch_tokens;
    int32_t vocab_size;
};

// What is wrong with a plan, or an empty string. Everything that llama.cpp would answer with an abort is caught here.
std::string check_plan(const int32_t * data, size_t length, const ContextLimits & limits, const std::vector<std::unique_ptr<Sampler>> & samplers);

class StepRunner {
  public:
    StepRunner(llama_context * context, ContextLimits limits, int32_t sampler_threads);

    std::vector<std::unique_ptr<Sampler>> samplers;

    // Runs a checked plan. `on_decoded(tokens, count)` is called between the passes with the decode pass's tokens, unless
    // that pass failed or has no rows.
    // `out` has room for result::header_size + one token a slot and pass. Returns how much of it was written.
    int32_t run(const int32_t * data, int32_t * out, const std::function<void(const int32_t *, int32_t)> & on_decoded);

    // Set by the context's evaluation callback, where graphs are counted.
    int32_t graphs = 0;

  private:
    void apply_operations(const int32_t * operations, int32_t count);
    int32_t run_pass(const int32_t * rows, int32_t count, const char * phase, int32_t * tokens, int32_t & sampled);

    llama_context * context_;
    ContextLimits limits_;
    SamplerPool pool_;
    std::vector<SamplingScratch> scratch_;
    std::vector<llama_token> token_;
    std::vector<llama_pos> position_;
    std::vector<int32_t> sequence_count_;
    std::vector<llama_seq_id> sequence_;
    std::vector<llama_seq_id *> sequence_list_;
    std::vector<int8_t> output_;
};

}  // namespace weir
