// Compiled grammars of one model, so that a grammar that is used again is not parsed again.
#pragma once

#include "grammar-check.h"
#include "token-groups.h"

#include "llama-cpp.h"
#include "llama-grammar.h"

#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace weir {

struct GrammarDeleter {
    void operator()(llama_grammar * grammar) const { llama_grammar_free_impl(grammar); }
};

using GrammarPointer = std::unique_ptr<llama_grammar, GrammarDeleter>;

// A grammar in its first state.
struct GrammarInstance {
    GrammarPointer grammar;
    // Tokens that it names, in order.
    std::vector<llama_token> tokens;
};

// Used by every thread that has the model: the prompt pool compiles, the engine's thread takes copies.
class GrammarCache {
  public:
    explicit GrammarCache(const llama_vocab * vocab) : vocab_(vocab) {}

    // Throws std::invalid_argument with the reason where the grammar (GBNF) does not compile.
    GrammarInstance instantiate(const std::string & grammar, const std::string & root);
    // Made when they are first asked for.
    const TokenGroups & token_groups();

  private:
    struct Entry {
        std::string grammar;
        std::string root;
        std::shared_ptr<llama_grammar> compiled;
        GrammarFacts facts;

        size_t bytes() const { return grammar.size() + facts.bytes; }
    };

    Entry compile(const std::string & grammar, const std::string & root) const;
    std::optional<Entry> find(const std::string & grammar, const std::string & root);
    void keep(const Entry & entry);

    const llama_vocab * vocab_;
    std::mutex mutex_;
    // Most recently used first.
    std::list<Entry> entries_;
    size_t bytes_ = 0;
    std::once_flag groups_made_;
    std::unique_ptr<TokenGroups> groups_;
};

}  // namespace weir
