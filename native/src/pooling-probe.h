// Shows what llama.cpp's own pooling computes with.
#pragma once

#include "llama.h"

#include <cstddef>
#include <vector>

namespace weir {

class PoolingProbe {
  public:
    // The rows that a graph pooled, where it takes one a text: the vectors.
    std::vector<float> rows;
    // The matrix that makes a text's scores of its vector; null where the graph has none, or does more.
    ggml_tensor * rank_weights = nullptr;

    // Whether that matrix makes this many scores of the rows of two texts.
    bool shows_head(size_t scores) const;

    // This probe must live as long as the context.
    void attach(llama_context_params & params);

  private:
    static bool on_node(ggml_tensor * tensor, bool ask, void * self);
};

}  // namespace weir
