#include "grammar-check.h"

#include "grammar-size.h"
#include "grammar-states.h"
#include "rule-beginnings.h"

#include "llama-grammar.h"

#include <cstdint>
#include <memory>
#include <stdexcept>

namespace weir {

namespace {

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
    } catch (const std::out_of_range &) {
        // The parser's numbers: their reason is the name of the function that read them.
        throw std::invalid_argument("it has a number that is too large");
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

// Ids are unsigned here and signed elsewhere: the largest one would be "no token".
void check_tokens(const llama_grammar_rules & rules, int32_t vocab_size) {
    for (const auto & rule : rules) {
        for (const llama_grammar_element & element : rule) {
            const bool is_token = element.type == LLAMA_GRETYPE_TOKEN || element.type == LLAMA_GRETYPE_TOKEN_NOT;
            if (is_token && element.value >= (uint32_t) vocab_size) {
                throw std::invalid_argument("it names token " + std::to_string(element.value) + ": the model has " +
                                            std::to_string(vocab_size) + " tokens");
            }
        }
    }
}

}  // namespace

Grammar checked_grammar(const llama_vocab * vocab, const std::string & grammar, const std::string & root) {
    if (grammar.find('\0') != std::string::npos) {
        throw std::invalid_argument("it contains a NUL character: write \\x00 in a set or a text");
    }
    check_grammar_size(grammar);
    llama_grammar_parser parser(vocab);
    parse(parser, grammar);
    check_tokens(parser.rules, llama_vocab_n_tokens(vocab));
    const auto found = parser.symbol_ids.find(root);
    if (found == parser.symbol_ids.end()) {
        throw std::invalid_argument("it has no rule " + root);
    }
    const RuleBeginnings beginnings(parser.rules);
    for (size_t rule = 0; rule < parser.rules.size(); rule++) {
        if (beginnings.matches_nothing(rule)) {
            throw std::invalid_argument("the rule " + shortened(name_of(parser, rule)) + " matches nothing, not even an empty text");
        }
    }
    auto compiled = std::make_shared<const Grammar>(parser.rules, found->second);
    if (compiled->has_empty_set()) {
        throw std::invalid_argument("it has a set of characters that no character is in, such as [z-a]");
    }
    try {
        GrammarStates states(compiled);
    } catch (const GrammarTooAmbiguous &) {
        throw std::invalid_argument("it can begin in too many ways: let its alternatives share their beginnings");
    }
    return *compiled;
}

}  // namespace weir
