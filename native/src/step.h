// One step of the engine: sequence operations, a decode pass, a prompt pass, sampling.
#pragma once

#include "core-seats.h"
#include "graph-watch.h"
#include "plan.h"
#include "sampler-pool.h"
#include "sampler.h"
#include "slot-store.h"

#include "llama-cpp.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

namespace weir {

// The layout of a result, read by src/llama/llama-backend.ts:
//   [decode status, prompt status, decode graphs, sampled decode rows, sampled prompt rows, prompt graphs] token…
// A status is llama_decode's: 0 done, 1 no room in the KV cache, 2 aborted, negative failed. A failed pass samples nothing.
namespace result {
constexpr int32_t header_size = 6;
}

// How many graphs llama.cpp makes of `count` rows of a plan in one call (llama_batch_allocr::split_equal, with a cache per
// sequence): rows of consecutive slots go together, as many of each slot as fit a micro batch.
int32_t graphs_of(const int32_t * rows, int32_t count, int32_t micro_batch_tokens);

class StepRunner {
  public:
    // `is_on_cpu`: takes turns with others. `seats`: null where the compute threads need none.
    StepRunner(llama_context * context, SlotStore & store, GraphWatch & watch, ContextLimits limits, bool is_on_cpu, CoreSeats * seats, int32_t sampler_threads);

    std::vector<std::unique_ptr<Sampler>> samplers;

    // Runs a checked plan. `on_decoded(tokens, count)` is called between the passes with the decode pass's tokens, unless
    // that pass failed or has no rows. Where it returns false the prompt pass is left out, as if the plan had no rows of it.
    // `out` has room for result::header_size + one token a slot and pass. Returns how much of it was written.
    int32_t run(const int32_t * data, int32_t * out, const std::function<bool(const int32_t *, int32_t)> & on_decoded);

    // Copies that llama.cpp does with its next graph, and has not done yet.
    bool copies_pending = false;

  private:
    void remove_from(int32_t slot, int32_t position);
    void apply_operations(const int32_t * operations, int32_t count);
    int32_t run_decodes(const int32_t * rows, int32_t count, int32_t * tokens, int32_t & sampled);
    int32_t run_prompts(const int32_t * rows, int32_t count, int32_t * tokens, int32_t & sampled);
    int32_t compute(const int32_t * rows, int32_t count);
    int32_t sample(const int32_t * rows, int32_t count, int32_t * tokens);
    void score(const int32_t * rows, int32_t count);
    void find_logits(const std::vector<int32_t> & rows);

    llama_context * context_;
    SlotStore & store_;
    GraphWatch & watch_;
    ContextLimits limits_;
    bool is_on_cpu_;
    CoreSeats * seats_;
    SamplerPool pool_;
    std::vector<SamplingScratch> scratch_;
    std::vector<llama_token> token_;
    std::vector<llama_pos> position_;
    std::vector<int32_t> sequence_count_;
    std::vector<llama_seq_id> sequence_;
    std::vector<llama_seq_id *> sequence_list_;
    std::vector<int8_t> output_;
    std::vector<int32_t> sampled_rows_;
    std::vector<int32_t> scored_rows_;
    std::vector<const float *> logits_;
    std::vector<std::vector<double>> scores_;
};

}  // namespace weir
