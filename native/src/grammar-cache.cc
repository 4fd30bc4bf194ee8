#include "grammar-cache.h"

#include "llama-log.h"

#include <stdexcept>

namespace weir {

namespace {

// Of the texts and of what they are compiled to. One grammar may take most of it: the last one is kept in any case.
constexpr size_t most_bytes = 64 * 1024 * 1024;
// llama.cpp looks up each of a copy's stacks among all elements, on the engine's thread: this takes it some 10 ms.
constexpr size_t most_lookups = 5'000'000;

}  // namespace

GrammarInstance GrammarCache::instantiate(const std::string & grammar, const std::string & root) {
    std::optional<Entry> entry = find(grammar, root);
    if (!entry.has_value()) {
        entry = compile(grammar, root);
        keep(*entry);
        token_groups();  // by the thread that compiles, which is rarely the engine's
    }
    // A clone only reads: threads may clone the same one at the same time.
    return {GrammarPointer(llama_grammar_clone_impl(*entry->compiled)), entry->facts.tokens};
}

GrammarCache::Entry GrammarCache::compile(const std::string & grammar, const std::string & root) const {
    const GrammarFacts facts = check_grammar(vocab_, grammar, root);
    ErrorCapture errors;
    std::shared_ptr<llama_grammar> compiled(
        llama_grammar_init_impl(vocab_, grammar.c_str(), root.c_str(), false, nullptr, 0, nullptr, 0), GrammarDeleter());
    if (compiled == nullptr) {
        throw std::invalid_argument(errors.text("no reason given"));
    }
    if (compiled->stacks.size() * (facts.bytes / sizeof(llama_grammar_element)) > most_lookups) {
        throw std::invalid_argument("it can begin in " + std::to_string(compiled->stacks.size()) +
                                    " ways, which are too many for its size: let its alternatives share their beginnings");
    }
    return {grammar, root, std::move(compiled), facts};
}

const TokenGroups & GrammarCache::token_groups() {
    std::call_once(groups_made_, [this]() { groups_ = std::make_unique<TokenGroups>(vocab_); });
    return *groups_;
}

std::optional<GrammarCache::Entry> GrammarCache::find(const std::string & grammar, const std::string & root) {
    std::lock_guard<std::mutex> lock(mutex_);
    for (auto entry = entries_.begin(); entry != entries_.end(); ++entry) {
        if (entry->grammar == grammar && entry->root == root) {
            entries_.splice(entries_.begin(), entries_, entry);
            return entries_.front();
        }
    }
    return std::nullopt;
}

void GrammarCache::keep(const Entry & entry) {
    std::lock_guard<std::mutex> lock(mutex_);
    bytes_ += entry.bytes();
    entries_.push_front(entry);
    while (bytes_ > most_bytes && entries_.size() > 1) {
        bytes_ -= entries_.back().bytes();
        entries_.pop_back();
    }
}

}  // namespace weir
