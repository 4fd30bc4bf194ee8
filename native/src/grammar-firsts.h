// What may stand first in the texts of a grammar's rules: where llama.cpp's own check for left recursion is not enough.
#pragma once

#include "llama-grammar.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace weir {

class GrammarFirsts {
  public:
    // Every rule that is named must be there.
    explicit GrammarFirsts(const llama_grammar_rules & rules);

    // llama.cpp's stacks become empty at such a rule, and it asserts that they don't.
    bool matches_nothing(size_t rule) const { return !may_be_empty_[rule] && !may_begin_[rule]; }

    // Whether llama.cpp, looking for the rule's first character, comes back to it with more to read behind it each time. It
    // sees this itself but for rules behind what may be empty because of other rules. Without more to read it comes to an end.
    bool recurses_for_ever(size_t rule) const;

    // In how many ways llama.cpp comes from the rule to what may stand first in it. Its check for left recursion goes all of
    // them, each time anew.
    uint64_t ways(size_t rule) const { return ways_[rule]; }

  private:
    // A rule that may stand first in another, and whether something of the alternative stands behind it.
    struct Lead {
        uint32_t rule;
        bool has_rest;
    };

    template <typename Visit> void each_first(size_t rule, Visit visit) const;
    bool update(size_t rule);
    void settle();
    void find_circles();
    void count_ways(uint32_t rule);

    const llama_grammar_rules & rules_;
    std::vector<bool> may_be_empty_;
    // With a character or a token.
    std::vector<bool> may_begin_;
    std::vector<std::vector<Lead>> leads_;
    std::vector<uint64_t> ways_;
    // Rules with the same number lead to each other.
    std::vector<uint32_t> circle_;
};

}  // namespace weir
