// Which tokens may come next in one answer by its grammar.
#pragma once

#include "grammar-states.h"
#include "token-texts.h"
#include "utf8-reader.h"

#include "llama.h"

#include <memory>
#include <string_view>
#include <vector>

namespace weir {

class GrammarMatcher {
  public:
    // `texts` must outlive it. All methods throw GrammarTooAmbiguous where the grammar can be read in too many ways.
    GrammarMatcher(std::shared_ptr<const Grammar> grammar, const TokenTexts & texts);

    // An end-of-generation token may come where the text may end.
    bool allows(llama_token token);
    // A number per token of the vocabulary: 1 where it may come.
    void find_allowed(std::vector<uint8_t> & is_allowed);
    // `token` must be allowed.
    void accept(llama_token token);

  private:
    // Where a text leads to: the characters that are complete, and the bytes of the one that is not.
    struct Progress {
        uint32_t state;
        Utf8Reader reader;
    };

    bool may_end() const { return !at_.reader.is_within() && states_.may_end(at_.state); }
    bool is_end(llama_token token) const;
    Progress after_byte(const Progress & from, uint8_t byte);
    Progress after_text(const Progress & from, std::string_view text);
    bool is_possible(const Progress & progress);
    uint32_t after_name(llama_token token);
    void find_names(std::vector<uint8_t> & is_allowed);
    void find_texts(std::vector<uint8_t> & is_allowed);

    GrammarStates states_;
    const TokenTexts & texts_;
    Progress at_;
    // After each byte of the text that is looked at.
    std::vector<Progress> path_;
};

}  // namespace weir
