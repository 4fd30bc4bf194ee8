// Takes a text's vector out of the graph before the logits.
//
// A context that llama.cpp pools itself computes the logits of every token and copies them to the host: for Qwen3's vocabulary
// 0.6 MB a token, and a third of the work of a model of 0.6 B parameters. Where the vector is the last token's row after the
// last norm, an ordinary context with outputs at the last tokens has that row in its graph, and evaluation can end there.
#pragma once

#include "rank-head.h"

#include "llama.h"

#include <memory>
#include <vector>

namespace weir {

class NormTap {
  public:
    // Makes scores of the vectors; null where the vectors are what is asked for.
    std::unique_ptr<RankHead> head;

    // Makes the parameters those of a context that is tapped; this tap must live as long as the context.
    void attach(llama_context_params & params);

    // Fills `out` with `width` values for each of the last graph's `count` outputs. Throws where it had more or fewer.
    void take(size_t count, size_t width, float * out);

    // The parameters without the tap: to ask what the context would take.
    static void output_last_tokens(llama_context_params & params);

  private:
    static bool on_node(ggml_tensor * tensor, bool ask, void * self);

    // Of the last graph, as many as it had outputs.
    std::vector<float> rows_;
};

}  // namespace weir
