// Compiled grammars of one model, so that a grammar that is used again is not parsed again.
#pragma once

#include "grammar.h"
#include "token-texts.h"

#include "llama.h"

#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace weir {

// Used by every thread that has the model: the prompt pool compiles, the engine's thread reads.
class GrammarCache {
  public:
    explicit GrammarCache(const llama_vocab * vocab) : vocab_(vocab) {}

    // Throws std::invalid_argument with the reason where the grammar (GBNF) does not compile.
    std::shared_ptr<const Grammar> compiled(const std::string & grammar, const std::string & root);
    // Made when they are first asked for.
    const TokenTexts & token_texts();

  private:
    struct Entry {
        std::string grammar;
        std::string root;
        std::shared_ptr<const Grammar> compiled;

        size_t bytes() const { return grammar.size() + compiled->bytes(); }
    };

    std::shared_ptr<const Grammar> find(const std::string & grammar, const std::string & root);
    void keep(Entry entry);

    const llama_vocab * vocab_;
    std::mutex mutex_;
    // Most recently used first.
    std::list<Entry> entries_;
    size_t bytes_ = 0;
    std::once_flag texts_made_;
    std::unique_ptr<TokenTexts> texts_;
};

}  // namespace weir
