// How large a grammar becomes when llama.cpp expands its repetitions, told from its text.
#pragma once

#include <string>

namespace weir {

// Throws std::invalid_argument where the grammar nests or expands beyond what llama.cpp can take.
void check_grammar_size(const std::string & grammar);

}  // namespace weir
