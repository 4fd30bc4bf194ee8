#include "grammar-cache.h"

#include "llama-log.h"

#include <stdexcept>

namespace weir {

namespace {

// A compiled grammar takes some ten times its text.
constexpr size_t most_bytes = 8 * 1024 * 1024;

}  // namespace

llama_sampler_ptr GrammarCache::instantiate(const std::string & grammar, const std::string & root) {
    std::shared_ptr<llama_sampler> compiled = find(grammar, root);
    if (compiled == nullptr) {
        ErrorCapture errors;
        compiled.reset(llama_sampler_init_grammar(vocab_, grammar.c_str(), root.c_str()), llama_sampler_free);
        if (compiled == nullptr) {
            throw std::invalid_argument(errors.text("no reason given"));
        }
        keep({grammar, root, compiled});
        token_groups();  // by the thread that compiles, which is rarely the engine's
    }
    // A clone only reads: threads may clone the same one at the same time.
    return llama_sampler_ptr(llama_sampler_clone(compiled.get()));
}

const TokenGroups & GrammarCache::token_groups() {
    std::call_once(groups_made_, [this]() { groups_ = std::make_unique<TokenGroups>(vocab_); });
    return *groups_;
}

std::shared_ptr<llama_sampler> GrammarCache::find(const std::string & grammar, const std::string & root) {
    std::lock_guard<std::mutex> lock(mutex_);
    for (auto entry = entries_.begin(); entry != entries_.end(); ++entry) {
        if (entry->grammar == grammar && entry->root == root) {
            entries_.splice(entries_.begin(), entries_, entry);
            return entries_.front().sampler;
        }
    }
    return nullptr;
}

void GrammarCache::keep(Entry entry) {
    std::lock_guard<std::mutex> lock(mutex_);
    bytes_ += entry.grammar.size();
    entries_.push_front(std::move(entry));
    while (bytes_ > most_bytes && entries_.size() > 1) {
        bytes_ -= entries_.back().grammar.size();
        entries_.pop_back();
    }
}

}  // namespace weir
