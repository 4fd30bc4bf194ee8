// A client's grammar, read with care: it must not end the process or fill its memory.
#pragma once

#include "grammar.h"

#include "llama.h"

#include <string>

namespace weir {

// Throws std::invalid_argument with a reason for a grammar (GBNF) that does not parse, nests too deep (llama.cpp's parser
// recurses and would overflow its stack), repeats too much (it would be expanded to gigabytes), lacks a rule, has one that
// matches nothing (an answer that comes to it could not go on), or can begin in too many ways.
Grammar checked_grammar(const llama_vocab * vocab, const std::string & grammar, const std::string & root);

}  // namespace weir
