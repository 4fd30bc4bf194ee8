// A hash map of numbers that is emptied at no cost.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace weir {

class StampedMap {
  public:
    static constexpr uint32_t none = UINT32_MAX;

    // `none` where the key is not there.
    uint32_t find(uint64_t key) const {
        if (entries_.empty()) {
            return none;
        }
        const Entry & entry = entries_[place_of(key)];
        return entry.stamp == stamp_ ? entry.value : none;
    }

    // Returns the value that the key has now: `value`, or the one that it had before.
    uint32_t insert(uint64_t key, uint32_t value) {
        if (2 * (size_ + 1) > entries_.size()) {
            grow();
        }
        Entry & entry = entries_[place_of(key)];
        if (entry.stamp != stamp_) {
            entry = {key, value, stamp_};
            size_++;
        }
        return entry.value;
    }

    void clear() {
        size_ = 0;
        if (++stamp_ == 0) {
            entries_.assign(entries_.size(), Entry{});
            stamp_ = 1;
        }
    }

    size_t size() const { return size_; }

  private:
    struct Entry {
        uint64_t key = 0;
        uint32_t value = 0;
        // Of another stamp than the map's: free.
        uint32_t stamp = 0;
    };

    // Where the key is, or where it would be put.
    size_t place_of(uint64_t key) const {
        // 2^64 divided by the golden ratio (Knuth's multiplicative hashing): the upper bits depend on all of the key's.
        size_t place = (size_t) ((key * 0x9e3779b97f4a7c15ull) >> shift_);
        while (entries_[place].stamp == stamp_ && entries_[place].key != key) {
            place = (place + 1) & (entries_.size() - 1);
        }
        return place;
    }

    void grow() {
        std::vector<Entry> old(entries_.empty() ? 64 : 2 * entries_.size());
        old.swap(entries_);
        shift_ = old.empty() ? 64 - 6 : shift_ - 1;
        for (const Entry & entry : old) {
            if (entry.stamp == stamp_) {
                entries_[place_of(entry.key)] = entry;
            }
        }
    }

    // A power of two of them; `shift_` leaves as many bits as their numbers have.
    std::vector<Entry> entries_;
    uint32_t shift_ = 0;
    size_t size_ = 0;
    uint32_t stamp_ = 1;
};

}  // namespace weir
