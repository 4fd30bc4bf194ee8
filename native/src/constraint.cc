#include "constraint.h"

#include "reasoning-budget.h"

#include <algorithm>
#include <cmath>

namespace weir {

Constraint::Constraint(const llama_vocab * vocab, GrammarCache & grammars, const SamplingParameters & parameters) {
    if (!parameters.grammar.empty()) {
        grammar_ = grammars.instantiate(parameters.grammar, parameters.grammar_root);
        // GBNF's `<[1234]>`; a text that only looks like it makes the grammar slower, not wrong.
        const bool names_tokens = parameters.grammar.find("<[") != std::string::npos;
        groups_ = names_tokens ? nullptr : &grammars.token_groups();
    }
    const ThinkingBudget & thinking = parameters.thinking;
    if (thinking.tokens >= 0 && !thinking.forced.empty()) {
        budget_.reset(common_reasoning_budget_init(vocab, {thinking.start}, {thinking.end}, thinking.forced, thinking.tokens,
                                                   REASONING_BUDGET_IDLE));
        forced_tokens_ = thinking.forced;
        for (const llama_token token : thinking.prefill) {
            llama_sampler_accept(budget_.get(), token);
        }
    }
}

llama_token Constraint::forced() {
    if (common_reasoning_budget_get_state(budget_.get()) != REASONING_BUDGET_FORCING) {
        return -1;
    }
    // llama.cpp's sampler leaves only the token that is due.
    std::vector<llama_token_data> candidates;
    for (const llama_token token : forced_tokens_) {
        candidates.push_back({token, 0.0f, 0.0f});
    }
    llama_token_data_array array = {candidates.data(), candidates.size(), -1, false};
    llama_sampler_apply(budget_.get(), &array);
    const auto due = std::find_if(candidates.begin(), candidates.end(), [](const llama_token_data & it) { return std::isfinite(it.logit); });
    return due == candidates.end() ? -1 : due->id;
}

bool Constraint::allows(llama_token token) {
    llama_token_data candidate = {token, 0.0f, 0.0f};
    llama_token_data_array array = {&candidate, 1, -1, false};
    llama_sampler_apply(grammar_.get(), &array);
    return std::isfinite(candidate.logit);
}

void Constraint::restrict_to_allowed(std::vector<llama_token_data> & candidates) {
    llama_token_data_array array = {candidates.data(), candidates.size(), -1, false};
    llama_sampler_apply(grammar_.get(), &array);
    const auto refused = [](const llama_token_data & candidate) { return candidate.logit == -INFINITY; };
    candidates.erase(std::remove_if(candidates.begin(), candidates.end(), refused), candidates.end());
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
    llama_sampler_apply(grammar_.get(), &array);
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
        llama_sampler_accept(grammar_.get(), token);
    }
    if (budget_ != nullptr) {
        llama_sampler_accept(budget_.get(), token);
    }
}

}  // namespace weir
