#include "token-texts.h"

#include "token-text.h"

#include <algorithm>

namespace weir {

TokenTexts::TokenTexts(const llama_vocab * vocab) : texts_((size_t) llama_vocab_n_tokens(vocab)) {
    std::vector<size_t> lengths(texts_.size());
    for (llama_token token = 0; (size_t) token < texts_.size(); token++) {
        if (llama_vocab_is_eog(vocab, token)) {
            ends_.push_back(token);
            continue;
        }
        const std::string piece = token_text(vocab, token);
        if (!piece.empty() && piece.find('\0') == std::string::npos) {
            bytes_ += piece;
            lengths[(size_t) token] = piece.size();
            in_order_.push_back(token);
        }
    }
    size_t first = 0;
    for (size_t token = 0; token < texts_.size(); token++) {
        texts_[token] = std::string_view(bytes_).substr(first, lengths[token]);
        first += lengths[token];
    }
    // A view compares its bytes as unsigned ones.
    std::sort(in_order_.begin(), in_order_.end(), [this](llama_token a, llama_token b) { return of(a) < of(b); });
    std::string_view before;
    for (const llama_token token : in_order_) {
        const std::string_view text = of(token);
        const size_t most = std::min(before.size(), text.size());
        const auto differs = std::mismatch(text.begin(), text.begin() + (std::ptrdiff_t) most, before.begin()).first;
        shared_bytes_.push_back((uint32_t) (differs - text.begin()));
        before = text;
    }
}

}  // namespace weir
