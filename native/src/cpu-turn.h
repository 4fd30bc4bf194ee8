// Contexts that compute on the CPU take turns. ggml's threads spin at barriers: those of two graphs on the same cores wait for each
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

// Whether all of its cache is in the host's memory, beside which its layers are computed.
bool computes_on_cpu(const llama_context * context);

}  // namespace weir
