// What llama.cpp's grammar parser takes on trust, checked: a client's grammar must not end the process or fill its memory.
#pragma once

#include "llama.h"

#include <cstddef>
#include <string>
#include <vector>

namespace weir {

struct GrammarFacts {
    // Roughly what a compiled copy takes.
    size_t bytes = 0;
    // Tokens that it names (GBNF's `<[1234]>`, `<think>` and `!<think>`), in order.
    std::vector<llama_token> tokens;
};

// Throws std::invalid_argument with a reason for a grammar (GBNF) that does not parse, nests too deep (llama.cpp's parser
// recurses and would overflow its stack), repeats too much (it would be expanded to gigabytes), lacks a rule, or has one that
// llama.cpp would follow for ever (left recursion behind what may be empty) or into an assertion (a rule that matches nothing).
GrammarFacts check_grammar(const llama_vocab * vocab, const std::string & grammar, const std::string & root);

}  // namespace weir
