#include "grammar-cache.h"

#include "grammar-check.h"

namespace weir {

namespace {

// Of the texts and of what they are compiled to. One grammar may take most of it: the last one is kept in any case.
constexpr size_t most_bytes = 64 * 1024 * 1024;
// They are looked through one by one.
constexpr size_t most_entries = 1000;

}  // namespace

std::shared_ptr<const Grammar> GrammarCache::compiled(const std::string & grammar, const std::string & root) {
    std::shared_ptr<const Grammar> known = find(grammar, root);
    if (known == nullptr) {
        known = std::make_shared<const Grammar>(checked_grammar(vocab_, grammar, root));
        keep({grammar, root, known});
        token_texts();  // by the thread that compiles, which is rarely the engine's
    }
    return known;
}

const TokenTexts & GrammarCache::token_texts() {
    std::call_once(texts_made_, [this]() { texts_ = std::make_unique<TokenTexts>(vocab_); });
    return *texts_;
}

std::shared_ptr<const Grammar> GrammarCache::find(const std::string & grammar, const std::string & root) {
    std::lock_guard<std::mutex> lock(mutex_);
    for (auto entry = entries_.begin(); entry != entries_.end(); ++entry) {
        if (entry->grammar == grammar && entry->root == root) {
            entries_.splice(entries_.begin(), entries_, entry);
            return entries_.front().compiled;
        }
    }
    return nullptr;
}

void GrammarCache::keep(Entry entry) {
    std::lock_guard<std::mutex> lock(mutex_);
    bytes_ += entry.bytes();
    entries_.push_front(std::move(entry));
    while ((bytes_ > most_bytes || entries_.size() > most_entries) && entries_.size() > 1) {
        bytes_ -= entries_.back().bytes();
        entries_.pop_back();
    }
}

}  // namespace weir
