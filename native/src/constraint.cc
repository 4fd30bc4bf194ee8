#include "constraint.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace weir {

namespace {

// Ways to read what was written so far, each of which takes time with every token. A thousand tools have a thousand.
constexpr size_t most_stacks = 4096;

}  // namespace

Constraint::Constraint(const llama_vocab * vocab, GrammarCache & grammars, const SamplingParameters & parameters)
    : vocab_(vocab), visible_(parameters.visible), thinking_(vocab, parameters.thinking) {
    if (!parameters.grammar.empty()) {
        GrammarInstance instance = grammars.instantiate(parameters.grammar, parameters.grammar_root);
        grammar_ = std::move(instance.grammar);
        named_tokens_ = std::move(instance.tokens);
        groups_ = named_tokens_.empty() ? &grammars.token_groups() : nullptr;
    }
}

bool Constraint::allows(llama_token token) {
    llama_token_data candidate = {token, 0.0f, 0.0f};
    llama_token_data_array array = {&candidate, 1, -1, false};
    llama_grammar_apply_impl(*grammar_, &array);
    return std::isfinite(candidate.logit) && !is_unseen(token);
}

void Constraint::restrict_to_allowed(std::vector<llama_token_data> & candidates) {
    llama_token_data_array array = {candidates.data(), candidates.size(), -1, false};
    llama_grammar_apply_impl(*grammar_, &array);
    const auto refused = [this](const llama_token_data & candidate) { return candidate.logit == -INFINITY || is_unseen(candidate.id); };
    candidates.erase(std::remove_if(candidates.begin(), candidates.end(), refused), candidates.end());
}

// A control token's name would do for any text of its length, and nobody would see it: the answer would be too short.
bool Constraint::is_unseen(llama_token token) const {
    return llama_vocab_is_control(vocab_, token) && !llama_vocab_is_eog(vocab_, token) &&
           !std::binary_search(named_tokens_.begin(), named_tokens_.end(), token) &&
           !std::binary_search(visible_.begin(), visible_.end(), token);
}

void Constraint::collect_allowed(const float * logits, int32_t vocab_size, std::vector<llama_token_data> & candidates) {
    if (groups_ == nullptr) {
        candidates.clear();
        for (llama_token token = 0; token < vocab_size; token++) {
            candidates.push_back({token, logits[token], 0.0f});
        }
    } else {
        collect_plausible(logits, candidates);
    }
    restrict_to_allowed(candidates);
}

// Every token whose first character the grammar allows: in most places of a JSON text, a few hundred of 151,936.
void Constraint::collect_plausible(const float * logits, std::vector<llama_token_data> & candidates) {
    const std::vector<TokenGroups::Group> & groups = groups_->groups();
    std::vector<llama_token_data> singles;
    for (const TokenGroups::Group & group : groups) {
        if (group.single >= 0) {
            singles.push_back({group.single, 0.0f, 0.0f});
        }
    }
    llama_token_data_array array = {singles.data(), singles.size(), -1, false};
    llama_grammar_apply_impl(*grammar_, &array);
    candidates.clear();
    const auto add_all = [&](const std::vector<llama_token> & tokens) {
        for (const llama_token token : tokens) {
            candidates.push_back({token, logits[token], 0.0f});
        }
    };
    auto single = singles.begin();
    for (const TokenGroups::Group & group : groups) {
        const bool is_plausible = group.single < 0 || std::isfinite((single++)->logit);
        if (is_plausible) {
            add_all(group.tokens);
        }
    }
    add_all(groups_->others());
    std::sort(candidates.begin(), candidates.end(), [](const llama_token_data & a, const llama_token_data & b) { return a.id < b.id; });
}

void Constraint::accept(llama_token token) {
    if (grammar_ != nullptr) {
        llama_grammar_accept_impl(*grammar_, token);
        if (grammar_->stacks.size() > most_stacks) {
            throw std::runtime_error("the grammar is too ambiguous");
        }
    }
    thinking_.accept(token);
}

}  // namespace weir
