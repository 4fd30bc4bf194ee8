#include "grammar.h"

#include <algorithm>

namespace weir {

Grammar::Grammar(const llama_grammar_rules & rules, uint32_t root) : alternatives_(rules.size()), root_(root) {
    for (size_t rule = 0; rule < rules.size(); rule++) {
        const llama_grammar_element * at = rules[rule].data();
        alternatives_[rule].push_back((uint32_t) symbols_.size());
        for (at = add_alternative(at); at->type == LLAMA_GRETYPE_ALT; at = add_alternative(at)) {
            at++;
            alternatives_[rule].push_back((uint32_t) symbols_.size());
        }
    }
    find_classes();
    std::sort(tokens_.begin(), tokens_.end());
}

// Returns where it ends.
const llama_grammar_element * Grammar::add_alternative(const llama_grammar_element * at) {
    while (at->type != LLAMA_GRETYPE_END && at->type != LLAMA_GRETYPE_ALT) {
        switch (at->type) {
            case LLAMA_GRETYPE_RULE_REF:
                symbols_.push_back({Kind::rule, at->value});
                at++;
                break;
            case LLAMA_GRETYPE_TOKEN:
            case LLAMA_GRETYPE_TOKEN_NOT:
                symbols_.push_back({at->type == LLAMA_GRETYPE_TOKEN ? Kind::token : Kind::other_token, at->value});
                tokens_.push_back((llama_token) at->value);
                at++;
                break;
            default: at = add_set(at); break;
        }
    }
    symbols_.push_back({Kind::end, 0});
    return at;
}

// llama.cpp lays a set out as a first character, then those of its range's end, then further characters and ends.
const llama_grammar_element * Grammar::add_set(const llama_grammar_element * at) {
    const bool is_inverse = at->type == LLAMA_GRETYPE_CHAR_NOT;
    std::vector<Range> ranges;
    do {
        const bool is_any = at->type == LLAMA_GRETYPE_CHAR_ANY;
        const uint32_t first = is_any ? 0 : at->value;
        uint32_t last = is_any ? last_code_point : at->value;
        if ((++at)->type == LLAMA_GRETYPE_CHAR_RNG_UPPER) {
            last = (at++)->value;
        }
        last = std::min(last, last_code_point);
        if (first <= last) {
            ranges.push_back({first, last});
        }
    } while (at->type == LLAMA_GRETYPE_CHAR_ALT);
    std::sort(ranges.begin(), ranges.end());

    std::vector<Range> set;
    uint32_t next = 0;  // the first code point that is not dealt with
    for (const Range & range : ranges) {
        if (is_inverse && range.first > next) {
            set.push_back({next, range.first - 1});
        } else if (!is_inverse && range.last >= next) {
            set.push_back({std::max(next, range.first), range.last});
        }
        next = std::max(next, range.last + 1);
    }
    if (is_inverse && next <= last_code_point) {
        set.push_back({next, last_code_point});
    }
    // A surrogate is no character.
    const auto has_character = [](const Range & range) { return range.first < 0xd800 || range.last > 0xdfff; };
    has_empty_set_ = has_empty_set_ || std::none_of(set.begin(), set.end(), has_character);
    symbols_.push_back({Kind::characters, (uint32_t) sets_.size()});
    sets_.push_back(std::move(set));
    return at;
}

void Grammar::find_classes() {
    classes_.push_back(0);
    for (const std::vector<Range> & set : sets_) {
        for (const Range & range : set) {
            classes_.push_back(range.first);
            classes_.push_back(range.last + 1);
        }
    }
    std::sort(classes_.begin(), classes_.end());
    classes_.erase(std::unique(classes_.begin(), classes_.end()), classes_.end());
    for (uint32_t code_point = 0, next = 0; code_point < ascii_classes_.size(); code_point++) {
        next += next + 1 < classes_.size() && classes_[next + 1] == code_point ? 1 : 0;
        ascii_classes_[code_point] = next;
    }
    for (std::vector<Range> & set : sets_) {
        for (Range & range : set) {
            range = {class_of(range.first), class_of(range.last)};
        }
    }
}

uint32_t Grammar::class_of(uint32_t code_point) const {
    if (code_point < ascii_classes_.size()) {
        return ascii_classes_[code_point];
    }
    return (uint32_t) (std::upper_bound(classes_.begin(), classes_.end(), code_point) - classes_.begin()) - 1;
}

bool Grammar::has_class(uint32_t set, uint32_t first, uint32_t last) const {
    const std::vector<Range> & ranges = sets_[set];
    const auto ends_before = [](const Range & range, uint32_t value) { return range.last < value; };
    const auto range = std::lower_bound(ranges.begin(), ranges.end(), first, ends_before);
    return range != ranges.end() && range->first <= last;
}

size_t Grammar::bytes() const {
    size_t bytes = symbols_.size() * sizeof(Symbol) + classes_.size() * sizeof(uint32_t) + tokens_.size() * sizeof(llama_token);
    for (const auto & starts : alternatives_) {
        bytes += sizeof(starts) + starts.size() * sizeof(uint32_t);
    }
    for (const auto & set : sets_) {
        bytes += sizeof(set) + set.size() * sizeof(Range);
    }
    return bytes;
}

}  // namespace weir
