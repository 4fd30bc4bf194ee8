#include "constraint.h"

#include <algorithm>

namespace weir {

Constraint::Constraint(const llama_vocab * vocab, GrammarCache & grammars, const SamplingParameters & parameters)
    : vocab_(vocab), visible_(parameters.visible), thinking_(vocab, parameters.thinking) {
    if (!parameters.grammar.empty()) {
        const std::shared_ptr<const Grammar> grammar = grammars.compiled(parameters.grammar, parameters.grammar_root);
        named_tokens_ = grammar->tokens();
        grammar_.emplace(grammar, grammars.token_texts());
    }
}

bool Constraint::allows(llama_token token) {
    return !is_unseen(token) && grammar_->allows(token);
}

void Constraint::restrict_to_allowed(std::vector<llama_token_data> & candidates) {
    const auto refused = [this](const llama_token_data & candidate) { return !allows(candidate.id); };
    candidates.erase(std::remove_if(candidates.begin(), candidates.end(), refused), candidates.end());
}

// A control token's name would do for any text of its length, and nobody would see it: the answer would be too short.
bool Constraint::is_unseen(llama_token token) const {
    return llama_vocab_is_control(vocab_, token) && !llama_vocab_is_eog(vocab_, token) &&
           !std::binary_search(named_tokens_.begin(), named_tokens_.end(), token) &&
           !std::binary_search(visible_.begin(), visible_.end(), token);
}

void Constraint::collect_allowed(const float * logits, int32_t vocab_size, std::vector<llama_token_data> & candidates) {
    grammar_->find_allowed(is_allowed_);
    candidates.clear();
    for (llama_token token = 0; token < vocab_size; token++) {
        if (is_allowed_[(size_t) token] != 0 && !is_unseen(token)) {
            candidates.push_back({token, logits[token], 0.0f});
        }
    }
}

void Constraint::accept(llama_token token) {
    if (grammar_.has_value()) {
        grammar_->accept(token);
    }
    thinking_.accept(token);
}

}  // namespace weir
