// What a request's answer must look like: a grammar, and an end to its thinking.
#pragma once

#include "grammar-cache.h"
#include "grammar-matcher.h"
#include "sampling-parameters.h"
#include "thinking-limit.h"

#include "llama.h"

#include <optional>
#include <vector>

namespace weir {

// All methods throw GrammarTooAmbiguous where the grammar can be read in too many ways by now.
class Constraint {
  public:
    // Throws std::invalid_argument where the grammar does not compile.
    Constraint(const llama_vocab * vocab, GrammarCache & grammars, const SamplingParameters & parameters);

    // The token that must come next, whatever the logits say; -1 where there is none.
    llama_token forced() const { return thinking_.forced(); }
    bool has_grammar() const { return grammar_.has_value(); }
    bool allows(llama_token token);
    // Removes the candidates that the grammar does not allow; those that stay keep their order.
    void restrict_to_allowed(std::vector<llama_token_data> & candidates);
    // Every token that the grammar allows, in order of their ids.
    void collect_allowed(const float * logits, int32_t vocab_size, std::vector<llama_token_data> & candidates);
    // `token` was chosen; it must be one that is allowed, or forced.
    void accept(llama_token token);

  private:
    bool is_unseen(llama_token token) const;

    const llama_vocab * vocab_;
    std::optional<GrammarMatcher> grammar_;
    // By the grammar, in order.
    std::vector<llama_token> named_tokens_;
    // Control tokens that the answer shows, in order.
    std::vector<llama_token> visible_;
    // A scratch for collect_allowed().
    std::vector<uint8_t> is_allowed_;
    ThinkingLimit thinking_;
};

}  // namespace weir
