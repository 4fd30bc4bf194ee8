// Copies of slots' caches in host memory, outside of JavaScript's heap so that they are freed when they are dropped.
#pragma once

#include "llama.h"

#include <cstdint>
#include <unordered_map>
#include <vector>

namespace weir {

class SlotStore {
  public:
    explicit SlotStore(llama_context * context) : context_(context) {}

    // What a copy of the slot takes, in bytes. llama.cpp finds it out as slowly as it makes a short copy, so the last answer holds
    // until the cache has changed.
    size_t size_of(int32_t slot);
    // To be called whenever what a slot holds changes.
    void forget_size() { sized_slot_ = -1; }
    // Keeps a copy of what the slot holds under `key`, in place of what was there; returns its bytes. Throws where llama.cpp
    // can't copy it or memory runs out; nothing is kept then.
    size_t save(int32_t slot, int32_t key);
    // Makes the slot hold the copy, and nothing else. False where llama.cpp refuses; the slot is empty then.
    bool restore(int32_t key, int32_t slot);
    bool has(int32_t key) const { return copies_.count(key) != 0; }
    void drop(int32_t key) { copies_.erase(key); }

  private:
    llama_context * context_;
    std::unordered_map<int32_t, std::vector<uint8_t>> copies_;
    int32_t sized_slot_ = -1;
    size_t size_ = 0;
};

}  // namespace weir
