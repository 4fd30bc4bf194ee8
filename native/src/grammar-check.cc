#include "grammar-check.h"

#include "grammar-firsts.h"
#include "grammar-size.h"

#include "llama-grammar.h"

#include <algorithm>
#include <cstdint>
#include <stdexcept>

namespace weir {

namespace {

// A way takes some nanoseconds; a schema of thousands of alternatives has tens of thousands.
constexpr uint64_t most_ways = 10'000'000;

// The parser's reasons end with all that it has not read.
std::string shortened(const std::string & reason) {
    constexpr size_t most_bytes = 120;
    if (reason.size() <= most_bytes) {
        return reason;
    }
    size_t end = most_bytes;
    while (end > 0 && ((uint8_t) reason[end] & 0xc0) == 0x80) {
        end--;
    }
    return reason.substr(0, end) + "…";
}

const char * skip_space(const char * at) {
    while (*at == ' ' || *at == '\t' || *at == '\r' || *at == '\n' || *at == '#') {
        if (*at == '#') {
            while (*at != '\0' && *at != '\n' && *at != '\r') {
                at++;
            }
        } else {
            at++;
        }
    }
    return at;
}

std::string name_of(const llama_grammar_parser & parser, size_t rule) {
    for (const auto & [name, id] : parser.symbol_ids) {
        if (id == rule) {
            return name;
        }
    }
    return std::to_string(rule);
}

// As llama_grammar_parser::parse() does, which prints the reason and the whole grammar to stderr and returns neither.
void parse(llama_grammar_parser & parser, const std::string & grammar) {
    try {
        for (const char * at = skip_space(grammar.c_str()); *at != '\0';) {
            at = parser.parse_rule(at);
        }
    } catch (const std::exception & error) {
        throw std::invalid_argument(shortened(error.what()));
    }
    parser.rules.resize(parser.symbol_ids.size());
    for (size_t rule = 0; rule < parser.rules.size(); rule++) {
        if (parser.rules[rule].empty()) {
            throw std::invalid_argument("the rule " + shortened(name_of(parser, rule)) + " is used, but not defined");
        }
    }
}

GrammarFacts facts_of(const llama_grammar_rules & rules) {
    constexpr size_t bytes_a_rule = 48;
    GrammarFacts facts;
    for (const llama_grammar_rule & rule : rules) {
        facts.bytes += bytes_a_rule + rule.size() * sizeof(llama_grammar_element);
        for (const llama_grammar_element & element : rule) {
            if (element.type == LLAMA_GRETYPE_TOKEN || element.type == LLAMA_GRETYPE_TOKEN_NOT) {
                facts.tokens.push_back((llama_token) element.value);
            }
        }
    }
    std::sort(facts.tokens.begin(), facts.tokens.end());
    return facts;
}

}  // namespace

GrammarFacts check_grammar(const llama_vocab * vocab, const std::string & grammar, const std::string & root) {
    check_grammar_size(grammar);
    llama_grammar_parser parser(vocab);
    parse(parser, grammar);
    if (parser.symbol_ids.count(root) == 0) {
        throw std::invalid_argument("it has no rule " + root);
    }
    const GrammarFirsts firsts(parser.rules);
    for (size_t rule = 0; rule < parser.rules.size(); rule++) {
        if (firsts.matches_nothing(rule)) {
            throw std::invalid_argument("the rule " + shortened(name_of(parser, rule)) + " matches nothing, not even an empty text");
        }
        if (firsts.ways(rule) > most_ways) {
            throw std::invalid_argument("the rule " + shortened(name_of(parser, rule)) + " can begin in too many ways: the limit is " +
                                        std::to_string(most_ways));
        }
        if (firsts.recurses_for_ever(rule)) {
            throw std::invalid_argument("the rule " + shortened(name_of(parser, rule)) +
                                        " begins with itself (left recursion): write it with a repetition");
        }
    }
    return facts_of(parser.rules);
}

}  // namespace weir
