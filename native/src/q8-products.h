// Takes the products of Q8_0 matrices out of a graph's CPU backend, and computes them faster, in the backend's own threads
// (docs/decisions/0052).
#pragma once

#include "ggml.h"
#include "q8-kernel.h"

#include <cstdint>
#include <vector>

namespace weir {

class Q8Products {
  public:
    // For graphs that up to `threads` threads compute. Must outlive them, at the same address.
    explicit Q8Products(int32_t threads);
    Q8Products(const Q8Products &) = delete;
    Q8Products & operator=(const Q8Products &) = delete;

    // Before a node is computed: whether it is computed here. What is no product that the kernel can do is left alone, and so is
    // everything where there is no memory. In a graph that is used again, the node is as it was left.
    bool take_over(ggml_tensor * node);

    // Nodes that were computed here.
    int64_t count() const { return count_; }

  private:
    static void compute(ggml_tensor * node, int thread, int threads, void * self);

    // Whose operation and parameters the nodes get.
    ggml_tensor callback_node_;
    std::vector<q8::Scratch> scratch_;  // of each thread
    int64_t count_ = 0;
};

}  // namespace weir
