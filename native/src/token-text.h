// The text of one token. Its bytes may be part of a character.
#pragma once

#include "common.h"
#include "llama.h"

#include <string>

namespace weir {

// What a client sees: control tokens have none.
inline std::string visible_text(const llama_vocab * vocab, llama_token token) {
    return common_token_to_piece(vocab, token, false);
}

// Control tokens have their names; nothing where a vocabulary has no such token (LLAMA_TOKEN_NULL).
inline std::string token_text(const llama_vocab * vocab, llama_token token) {
    return token == LLAMA_TOKEN_NULL ? "" : common_token_to_piece(vocab, token, true);
}

}  // namespace weir
