// What is done to each of a context's graphs before it is computed, and after, by llama.cpp's evaluation callback.
//
// On a CPU the products of Q8_0 matrices are taken over (q8-products.h).
//
// On a CPU llama.cpp computes the logits in one place and copies them to another, 0.6 MB a row for Qwen3's vocabulary. Both
// are the host's memory, so the output matrix is told to write where they are wanted (docs/decisions/0051).
#pragma once

#include "llama.h"
#include "q8-products.h"

#include <cstdint>
#include <memory>

namespace weir {

class GraphWatch {
  public:
    struct Options {
        bool counts = false;
        // Where logits come to lie in the host's memory, they are written to where llama_get_logits() says.
        bool writes_in_place = false;
        // Products of Q8_0 matrices are computed by Weir's own kernel, where the processor has what it needs.
        bool computes_q8 = false;
    };

    // This watch must live as long as the context. Without options nothing is watched.
    void attach(llama_context_params & params, Options options);
    void set_context(llama_context * context) { context_ = context; }

    // Before each llama_decode.
    void begin() { rows_ = 0; }

    // Whether each graph adds to `graphs`; where not, whoever makes them does.
    bool counts() const { return options_.counts || options_.writes_in_place || products_ != nullptr; }
    int32_t graphs = 0;
    // Graphs whose logits were written in place, since the context was made.
    int64_t graphs_in_place() const { return graphs_in_place_; }
    // Products that were computed by Weir's own kernel, since the context was made.
    int64_t q8_products() const { return products_ == nullptr ? 0 : products_->count(); }

  private:
    static bool on_node(ggml_tensor * tensor, bool ask, void * self);
    void before_node(ggml_tensor * node, bool is_output);
    void write_in_place(ggml_tensor * output);

    Options options_;
    std::unique_ptr<Q8Products> products_;
    llama_context * context_ = nullptr;
    // Of the graphs of this llama_decode so far, whose logits stand one after the other.
    int64_t rows_ = 0;
    int64_t graphs_in_place_ = 0;
};

}  // namespace weir
