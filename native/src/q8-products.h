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

    // Before the node is computed. Leaves alone what is no product that the kernel can do, and all where there is no memory.
    // Returns whether the node is computed here; in a graph that is used again it is already.
    bool take_over(ggml_tensor * node);

    // Graphs' nodes that were computed here.
    int64_t count() const { return count_; }

  private:
    static void compute(ggml_tensor * node, int thread, int threads, void * self);

    ggml_tensor pattern_;
    std::vector<q8::Scratch> scratch_;  // of each thread
    int64_t count_ = 0;
};

}  // namespace weir
