// A grammar (GBNF) as the matcher reads it: one row of symbols, read from positions in it.
#pragma once

#include "llama-grammar.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace weir {

constexpr uint32_t last_code_point = 0x10ffff;

class Grammar {
  public:
    enum class Kind : uint8_t {
        // of an alternative
        end,
        // `value` is the rule's number.
        rule,
        // One character of a set; `value` is the set's number.
        characters,
        // `value` is the token that must come, or must not.
        token,
        other_token,
    };

    struct Symbol {
        Kind kind;
        uint32_t value;
    };

    // Every rule that is named must be there.
    Grammar(const llama_grammar_rules & rules, uint32_t root);

    const Symbol & symbol(uint32_t position) const { return symbols_[position]; }
    // Where the rule's alternatives begin.
    const std::vector<uint32_t> & alternatives(uint32_t rule) const { return alternatives_[rule]; }
    uint32_t root() const { return root_; }

    // Characters that no set tells apart have the same class; code points in order have classes in order.
    uint32_t class_of(uint32_t code_point) const;
    // Whether the set has one of the classes `first` to `last`.
    bool has_class(uint32_t set, uint32_t first, uint32_t last) const;

    // Whether it has a set that no character is in.
    bool has_empty_set() const { return has_empty_set_; }
    // Those that it names, in order.
    const std::vector<llama_token> & tokens() const { return tokens_; }
    // Roughly what it takes in memory.
    size_t bytes() const;

  private:
    // Code points or classes, both ends included.
    struct Range {
        uint32_t first;
        uint32_t last;

        bool operator<(const Range & other) const { return first < other.first; }
    };

    const llama_grammar_element * add_alternative(const llama_grammar_element * at);
    const llama_grammar_element * add_set(const llama_grammar_element * at);
    void find_classes();

    std::vector<Symbol> symbols_;
    std::vector<std::vector<uint32_t>> alternatives_;
    uint32_t root_;
    // In order, without overlap; code points while the grammar is read, classes from then on.
    std::vector<std::vector<Range>> sets_;
    // The first code point of each class.
    std::vector<uint32_t> classes_;
    std::array<uint32_t, 128> ascii_classes_ = {};
    std::vector<llama_token> tokens_;
    bool has_empty_set_ = false;
};

}  // namespace weir
