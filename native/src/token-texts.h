// The texts of a vocabulary, in the order of their bytes.
#pragma once

#include "llama.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace weir {

class TokenTexts {
  public:
    explicit TokenTexts(const llama_vocab * vocab);

    // Empty where a grammar can't read the token: it has no text, or one with a NUL, or it ends the generation.
    std::string_view of(llama_token token) const { return texts_[(size_t) token]; }
    const std::vector<llama_token> & ends() const { return ends_; }
    size_t size() const { return texts_.size(); }

    // Tokens with a text, in the order of their texts' bytes.
    const std::vector<llama_token> & in_order() const { return in_order_; }
    // How many bytes the text in that place begins with as the one before it does.
    size_t shared_bytes(size_t place) const { return shared_bytes_[place]; }

  private:
    std::string bytes_;
    std::vector<std::string_view> texts_;
    std::vector<llama_token> ends_;
    std::vector<llama_token> in_order_;
    std::vector<uint32_t> shared_bytes_;
};

}  // namespace weir
