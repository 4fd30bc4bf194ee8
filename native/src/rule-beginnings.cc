#include "rule-beginnings.h"

namespace weir {

namespace {

bool ends_alternative(const llama_grammar_element & element) {
    return element.type == LLAMA_GRETYPE_END || element.type == LLAMA_GRETYPE_ALT;
}

bool names_rule(const llama_grammar_element & element) {
    return element.type == LLAMA_GRETYPE_RULE_REF;
}

}  // namespace

// A rule may be empty, or begin, because of others: it is looked at again when one of them has changed.
RuleBeginnings::RuleBeginnings(const llama_grammar_rules & rules) : rules_(rules), may_be_empty_(rules.size()), may_begin_(rules.size()) {
    std::vector<std::vector<uint32_t>> users(rules.size());
    std::vector<uint32_t> todo;
    for (size_t rule = 0; rule < rules.size(); rule++) {
        todo.push_back((uint32_t) rule);
        for (const llama_grammar_element & element : rules[rule]) {
            if (names_rule(element)) {
                users[element.value].push_back((uint32_t) rule);
            }
        }
    }
    std::vector<bool> waits(rules.size(), true);
    for (size_t next = 0; next < todo.size(); next++) {
        const uint32_t rule = todo[next];
        waits[rule] = false;
        if (!update(rule)) {
            continue;
        }
        for (const uint32_t user : users[rule]) {
            if (!waits[user]) {
                waits[user] = true;
                todo.push_back(user);
            }
        }
    }
}

bool RuleBeginnings::update(size_t rule) {
    bool begins = false;
    bool empty = false;
    // All of the alternative up to here may be empty.
    bool is_first = true;
    for (const llama_grammar_element & element : rules_[rule]) {
        if (ends_alternative(element)) {
            empty = empty || is_first;
            is_first = true;
        } else if (is_first) {
            begins = begins || !names_rule(element) || may_begin_[element.value];
            is_first = names_rule(element) && may_be_empty_[element.value];
        }
    }
    const bool changed = begins != may_begin_[rule] || empty != may_be_empty_[rule];
    may_begin_[rule] = begins;
    may_be_empty_[rule] = empty;
    return changed;
}

}  // namespace weir
