// Models with layers on the CPU take turns. ggml's threads spin at barriers: those of two graphs on the same cores wait for each
// other's cores, and both graphs take many times as long as one after the other.
#pragma once

#include "llama.h"

namespace weir {

// Held while a graph is computed; in the order in which they are asked for.
class CpuTurn {
  public:
    // False: it is somebody who computes elsewhere, and takes no turn.
    explicit CpuTurn(bool is_taken);
    ~CpuTurn();
    CpuTurn(const CpuTurn &) = delete;
    CpuTurn & operator=(const CpuTurn &) = delete;

  private:
    bool is_taken_;
};

// Whether any layer, or the output's, is computed by the CPU: there is no other device, or not all layers are on one. What the
// other layers take on a GPU is then waited for as well. `gpu_layers`: what was asked for; below 0 is all.
bool computes_on_cpu(const llama_model * model, int32_t gpu_layers);

// Whether nothing of it is computed elsewhere, not even a large batch.
bool has_cpu_alone(const llama_model * model);

}  // namespace weir
