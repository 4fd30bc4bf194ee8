#include "slot-store.h"

#include <stdexcept>
#include <string>

namespace weir {

size_t SlotStore::size_of(int32_t slot) {
    if (slot != sized_slot_) {
        size_ = llama_state_seq_get_size(context_, slot);
        sized_slot_ = slot;
    }
    return size_;
}

size_t SlotStore::save(int32_t slot, int32_t key) {
    copies_.erase(key);
    std::vector<uint8_t> copy(size_of(slot));
    const size_t written = llama_state_seq_get_data(context_, copy.data(), copy.size(), slot);
    if (written == 0 || written > copy.size()) {
        throw std::runtime_error("llama.cpp can't copy slot " + std::to_string(slot) + "'s cache");
    }
    copy.resize(written);
    copies_.emplace(key, std::move(copy));
    return written;
}

bool SlotStore::restore(int32_t key, int32_t slot) {
    const std::vector<uint8_t> & copy = copies_.at(key);
    llama_memory_t memory = llama_get_memory(context_);
    llama_memory_seq_rm(memory, slot, -1, -1);
    if (llama_state_seq_set_data(context_, copy.data(), copy.size(), slot) != 0) {
        return true;
    }
    llama_memory_seq_rm(memory, slot, -1, -1);
    return false;
}

}  // namespace weir
