// Compiled grammars of one model, so that a grammar that is used again is not parsed again.
#pragma once

#include "token-groups.h"

#include "llama-cpp.h"

#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <string>

namespace weir {

// Used by every thread that has the model: the prompt pool compiles, the engine's thread takes copies.
class GrammarCache {
  public:
    explicit GrammarCache(const llama_vocab * vocab) : vocab_(vocab) {}

    // A sampler of the grammar (GBNF) in its first state. Throws std::invalid_argument with llama.cpp's reason where it does
    // not compile.
    llama_sampler_ptr instantiate(const std::string & grammar, const std::string & root);
    // Made when they are first asked for.
    const TokenGroups & token_groups();

  private:
    struct Entry {
        std::string grammar;
        std::string root;
        std::shared_ptr<llama_sampler> sampler;
    };

    std::shared_ptr<llama_sampler> find(const std::string & grammar, const std::string & root);
    void keep(Entry entry);

    const llama_vocab * vocab_;
    std::mutex mutex_;
    // Most recently used first.
    std::list<Entry> entries_;
    size_t bytes_ = 0;
    std::once_flag groups_made_;
    std::unique_ptr<TokenGroups> groups_;
};

}  // namespace weir
