// The end of a reranker: from a text's vector to its scores.
//
// llama.cpp computes it only where it pools, behind the logits of every token. Here it is the same operations on the model's own
// matrix. Always on the CPU: it is two rows of some hundred numbers, and on Mesa's software Vulkan device processes crashed that
// computed it there for tens of texts (docs/decisions/0020).
#pragma once

#include "ggml-backend.h"
#include "ggml-cpp.h"
#include "ggml.h"

#include <cstddef>
#include <vector>

namespace weir {

class RankHead {
  public:
    // The matrix of a graph that ends in softmax(matrix × vector), as Qwen3's rerankers do; null for any other. `pooled` is the
    // graph's last node.
    static ggml_tensor * weights_of(const ggml_tensor * pooled);

    // The model that owns `weights` must live as long. Throws where ggml has no CPU backend.
    explicit RankHead(ggml_tensor * weights);

    // Values of a vector.
    size_t width() const { return (size_t) weights_->ne[0]; }

    // Fills `scores` with a row for each row of `vectors`. Throws where ggml fails.
    void apply(const std::vector<float> & vectors, float * scores);

  private:
    void copy_to_host();

    ggml_tensor * weights_;
    ggml_backend_ptr backend_;
    ggml_gallocr_ptr allocator_;
    // A copy of the matrix, where it is on another device.
    ggml_context_ptr copy_;
    ggml_backend_buffer_ptr copy_buffer_;
};

}  // namespace weir
