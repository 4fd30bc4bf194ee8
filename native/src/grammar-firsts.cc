#include "grammar-firsts.h"

#include <algorithm>

namespace weir {

namespace {

bool ends_alternative(const llama_grammar_element & element) {
    return element.type == LLAMA_GRETYPE_END || element.type == LLAMA_GRETYPE_ALT;
}

bool names_rule(const llama_grammar_element & element) {
    return element.type == LLAMA_GRETYPE_RULE_REF;
}

}  // namespace

GrammarFirsts::GrammarFirsts(const llama_grammar_rules & rules)
    : rules_(rules), may_be_empty_(rules.size()), may_begin_(rules.size()), leads_(rules.size()), ways_(rules.size(), 1), circle_(rules.size()) {
    settle();
    for (size_t rule = 0; rule < rules.size(); rule++) {
        each_first(rule, [&](const llama_grammar_element & element, bool has_rest) {
            if (names_rule(element)) {
                leads_[rule].push_back({element.value, has_rest});
            }
        });
    }
    find_circles();
}

bool GrammarFirsts::recurses_for_ever(size_t rule) const {
    return std::any_of(leads_[rule].begin(), leads_[rule].end(),
                       [&](const Lead & lead) { return lead.has_rest && circle_[lead.rule] == circle_[rule]; });
}

// Calls `visit(element, has_rest)` for all that may stand first in an alternative, and `visit(end, is_empty)` at its end.
template <typename Visit> void GrammarFirsts::each_first(size_t rule, Visit visit) const {
    const llama_grammar_rule & elements = rules_[rule];
    bool is_first = true;
    for (size_t i = 0; i < elements.size(); i++) {
        if (ends_alternative(elements[i])) {
            visit(elements[i], is_first);
            is_first = true;
        } else if (is_first) {
            visit(elements[i], !ends_alternative(elements[i + 1]));
            is_first = names_rule(elements[i]) && may_be_empty_[elements[i].value];
        }
    }
}

bool GrammarFirsts::update(size_t rule) {
    bool begins = false;
    bool empty = false;
    each_first(rule, [&](const llama_grammar_element & element, bool flag) {
        if (ends_alternative(element)) {
            empty = empty || flag;
        } else {
            begins = begins || !names_rule(element) || may_begin_[element.value];
        }
    });
    const bool changed = begins != may_begin_[rule] || empty != may_be_empty_[rule];
    may_begin_[rule] = begins;
    may_be_empty_[rule] = empty;
    return changed;
}

// A rule may be empty, or begin, because of others: it is looked at again when one of them has changed.
void GrammarFirsts::settle() {
    std::vector<std::vector<uint32_t>> users(rules_.size());
    std::vector<uint32_t> todo;
    for (size_t rule = 0; rule < rules_.size(); rule++) {
        todo.push_back((uint32_t) rule);
        for (const llama_grammar_element & element : rules_[rule]) {
            if (names_rule(element)) {
                users[element.value].push_back((uint32_t) rule);
            }
        }
    }
    std::vector<bool> waits(rules_.size(), true);
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

// All rules that it leads to were left before, but for circles, which are refused.
void GrammarFirsts::count_ways(uint32_t rule) {
    constexpr uint64_t more_than_enough = UINT64_MAX / 2;
    for (const Lead & lead : leads_[rule]) {
        ways_[rule] = std::min(ways_[rule] + ways_[lead.rule], more_than_enough);
    }
}

// Tarjan's strongly connected components, without recursion: grammars may be chains of 30,000 rules.
void GrammarFirsts::find_circles() {
    struct Visit {
        uint32_t rule;
        size_t next_lead;
    };
    constexpr uint32_t unseen = UINT32_MAX;
    std::vector<uint32_t> order(rules_.size(), unseen);
    std::vector<uint32_t> lowest(rules_.size());
    std::vector<bool> is_open(rules_.size());
    std::vector<uint32_t> open;
    std::vector<Visit> path;
    uint32_t count = 0;
    const auto enter = [&](uint32_t rule) {
        order[rule] = lowest[rule] = count++;
        is_open[rule] = true;
        open.push_back(rule);
        path.push_back({rule, 0});
    };
    const auto leave = [&](uint32_t rule) {
        path.pop_back();
        count_ways(rule);
        if (!path.empty()) {
            lowest[path.back().rule] = std::min(lowest[path.back().rule], lowest[rule]);
        }
        if (lowest[rule] != order[rule]) {
            return;
        }
        uint32_t member = unseen;
        do {
            member = open.back();
            open.pop_back();
            is_open[member] = false;
            circle_[member] = rule;
        } while (member != rule);
    };
    for (uint32_t start = 0; start < rules_.size(); start++) {
        if (order[start] == unseen) {
            enter(start);
        }
        while (!path.empty()) {
            const uint32_t rule = path.back().rule;
            if (path.back().next_lead == leads_[rule].size()) {
                leave(rule);
                continue;
            }
            const uint32_t lead = leads_[rule][path.back().next_lead++].rule;
            if (order[lead] == unseen) {
                enter(lead);
            } else if (is_open[lead]) {
                lowest[rule] = std::min(lowest[rule], order[lead]);
            }
        }
    }
}

}  // namespace weir
