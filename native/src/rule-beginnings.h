// Which of a grammar's rules match something.
#pragma once

#include "llama-grammar.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace weir {

class RuleBeginnings {
  public:
    // Every rule that is named must be there.
    explicit RuleBeginnings(const llama_grammar_rules & rules);

    // Neither the empty text nor anything that begins with a character or a token.
    bool matches_nothing(size_t rule) const { return !may_be_empty_[rule] && !may_begin_[rule]; }

  private:
    bool update(size_t rule);

    const llama_grammar_rules & rules_;
    std::vector<bool> may_be_empty_;
    std::vector<bool> may_begin_;
};

}  // namespace weir
