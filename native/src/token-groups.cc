#include "token-groups.h"

#include "token-text.h"

#include <cstdint>
#include <string>
#include <unordered_map>

namespace weir {

namespace {

// The bytes of the first character; 0 where the text begins within one, ends within it, or is no UTF-8.
size_t first_character_bytes(const std::string & text) {
    const auto lead = (uint8_t) text[0];
    const size_t length = lead < 0x80 ? 1 : lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
    if (length == 0 || text.size() < length) {
        return 0;
    }
    for (size_t i = 1; i < length; i++) {
        if (((uint8_t) text[i] & 0xc0) != 0x80) {
            return 0;
        }
    }
    return length;
}

}  // namespace

TokenGroups::TokenGroups(const llama_vocab * vocab) {
    std::unordered_map<std::string, size_t> group_of;
    for (llama_token token = 0; token < llama_vocab_n_tokens(vocab); token++) {
        const std::string piece = token_text(vocab, token);
        const size_t bytes = piece.empty() ? 0 : first_character_bytes(piece);
        if (bytes == 0 || llama_vocab_is_eog(vocab, token)) {
            others_.push_back(token);
            continue;
        }
        const auto [found, is_new] = group_of.emplace(piece.substr(0, bytes), groups_.size());
        if (is_new) {
            groups_.emplace_back();
        }
        Group & group = groups_[found->second];
        group.tokens.push_back(token);
        if (piece.size() == bytes) {
            group.single = token;
        }
    }
}

}  // namespace weir
