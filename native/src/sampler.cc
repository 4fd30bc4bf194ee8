#include "sampler.h"

#include "logprobs.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace weir {

namespace {

// Each token once, in the order that the whole row has.
void sort_by_id(std::vector<llama_token_data> & candidates) {
    const auto by_id = [](const llama_token_data & a, const llama_token_data & b) { return a.id < b.id; };
    const auto same_id = [](const llama_token_data & a, const llama_token_data & b) { return a.id == b.id; };
    std::sort(candidates.begin(), candidates.end(), by_id);
    candidates.erase(std::unique(candidates.begin(), candidates.end(), same_id), candidates.end());
}

void require_tokens(const std::vector<llama_token> & tokens, int32_t vocab_size) {
    for (const llama_token token : tokens) {
        if (token < 0 || token >= vocab_size) {
            throw std::invalid_argument("recent must hold tokens of the vocabulary");
        }
    }
}

}  // namespace

// The order is llama-server's (common_sampler_init): bias, penalties, top-k, typical, top-p, min-p, temperature, draw.
Sampler::Sampler(const llama_vocab * vocab, GrammarCache & grammars, const SamplingParameters & parameters,
                 const std::vector<llama_token> & recent, int32_t context_tokens, bool fast_path)
    : vocab_(vocab), constraint_(vocab, grammars, parameters), min_tokens_(parameters.min_tokens), ends_(parameters.ends),
      top_logprobs_(parameters.top_logprobs) {
    const int32_t vocab_size = llama_vocab_n_tokens(vocab);
    const auto window =
        (int32_t) (parameters.penalty_window < 0 ? context_tokens : std::min<int64_t>(parameters.penalty_window, context_tokens));
    const bool penalized = window > 0 && (parameters.presence_penalty != 0.0f || parameters.frequency_penalty != 0.0f ||
                                          parameters.repetition_penalty != 1.0f);
    std::sort(ends_.begin(), ends_.end());

    chain_.reset(llama_sampler_chain_init(llama_sampler_chain_default_params()));
    const auto add = [this](llama_sampler * sampler) { llama_sampler_chain_add(chain_.get(), sampler); };
    if (!parameters.bias.empty()) {
        add(llama_sampler_init_logit_bias(vocab_size, (int32_t) parameters.bias.size(), parameters.bias.data()));
    }
    if (penalized) {
        add(llama_sampler_init_penalties(vocab_size, window, parameters.repetition_penalty, parameters.frequency_penalty,
                                         parameters.presence_penalty));
    }
    if (parameters.temperature <= 0.0f) {
        add(llama_sampler_init_greedy());
        plain_greedy_ = parameters.bias.empty() && !penalized;
        top_ = fast_path ? 1 : 0;
    } else {
        add(llama_sampler_init_top_k(parameters.top_k));
        top_ = fast_path ? parameters.top_k : 0;
        add(llama_sampler_init_typical(parameters.typical_p, 0));
        add(llama_sampler_init_top_p(parameters.top_p, 0));
        add(llama_sampler_init_min_p(parameters.min_p, 0));
        add(llama_sampler_init_temp(parameters.temperature));
        add(llama_sampler_init_dist(parameters.seed));
    }
    for (const llama_logit_bias & entry : parameters.bias) {
        biased_.push_back(entry.token);
    }
    if (parameters.scores_prompt) {
        require_tokens(recent, vocab_size);
        prompt_ = recent;
    }
    if (penalized) {
        window_size_ = (size_t) window;
        const size_t first = recent.size() > window_size_ ? recent.size() - window_size_ : 0;
        const std::vector<llama_token> window_tokens(recent.begin() + (std::ptrdiff_t) first, recent.end());
        require_tokens(window_tokens, vocab_size);
        for (const llama_token token : window_tokens) {
            remember(token);
        }
    }
}

llama_token Sampler::sample(const float * logits, int32_t vocab_size, SamplingScratch & scratch) {
    try {
        return sample_one(logits, vocab_size, scratch);
    } catch (const GrammarTooAmbiguous &) {
        return stuck;
    }
}

llama_token Sampler::sample_one(const float * logits, int32_t vocab_size, SamplingScratch & scratch) {
    llama_token token = constraint_.forced();
    if (token >= 0 && constraint_.has_grammar() && !constraint_.allows(token)) {
        token = -1;  // the grammar, which may be the client's own, goes before the budget
    }
    if (token < 0) {
        token = choose(logits, vocab_size, scratch);
        // Most tokens that a model chooses fit the grammar: only where one does not is the whole row held against it.
        if (token >= 0 && constraint_.has_grammar() && !constraint_.allows(token)) {
            token = choose_allowed(logits, vocab_size, scratch);
            if (token < 0) {
                return stuck;
            }
        }
    }
    if (token < 0) {
        return largest_token(logits, vocab_size, scratch) < 0 ? -1 : all_banned;
    }
    constraint_.accept(token);
    remember(token);
    sampled_++;
    if (top_logprobs_ >= 0) {
        logprobs_of(logits, vocab_size, token, top_logprobs_, scratch, logprobs_);
    }
    return token;
}

void Sampler::score(const float * logits, int32_t vocab_size, int32_t position, SamplingScratch & scratch,
                    std::vector<double> & out) const {
    if ((size_t) position + 1 < prompt_.size()) {
        logprobs_of(logits, vocab_size, prompt_[(size_t) position + 1], std::max(0, top_logprobs_), scratch, out);
    }
}

void Sampler::add_score(const std::vector<double> & score) {
    const size_t end = scores_.size() + 1 + 2 * (size_t) std::max(0, top_logprobs_);
    scores_.insert(scores_.end(), score.begin(), score.end());
    scores_.resize(end, std::nan(""));
}

llama_token Sampler::choose(const float * logits, int32_t vocab_size, SamplingScratch & scratch) {
    if (plain_greedy_ && !ends_are_banned()) {
        return largest_token(logits, vocab_size, scratch);
    }
    if (!gather(logits, vocab_size, scratch)) {
        collect(logits, vocab_size, scratch);
    }
    if (ends_are_banned()) {
        ban_ends(scratch);
    }
    return draw(scratch);
}

// The least number of tokens, and whatever else bans the end, gives way to the grammar: where nothing else may follow, the
// answer ends.
llama_token Sampler::choose_allowed(const float * logits, int32_t vocab_size, SamplingScratch & scratch) {
    if (!gather_allowed(logits, vocab_size, scratch)) {
        constraint_.collect_allowed(logits, vocab_size, scratch.candidates);
        const llama_token end = only_end(scratch.candidates);
        if (end >= 0) {
            return end;
        }
    }
    const auto is_end = [this](const llama_token_data & candidate) {
        return std::binary_search(ends_.begin(), ends_.end(), candidate.id);
    };
    if (ends_are_banned() && !std::all_of(scratch.candidates.begin(), scratch.candidates.end(), is_end)) {
        ban_ends(scratch);
    }
    return scratch.candidates.empty() ? -1 : draw(scratch);
}

// The likeliest of the candidates if all of them are end-of-generation tokens; else -1.
llama_token Sampler::only_end(const std::vector<llama_token_data> & candidates) const {
    const auto ends = [this](const llama_token_data & candidate) { return llama_vocab_is_eog(vocab_, candidate.id); };
    if (candidates.empty() || !std::all_of(candidates.begin(), candidates.end(), ends)) {
        return -1;
    }
    const auto less_likely = [](const llama_token_data & a, const llama_token_data & b) { return a.logit < b.logit; };
    return std::max_element(candidates.begin(), candidates.end(), less_likely)->id;
}

void Sampler::collect(const float * logits, int32_t vocab_size, SamplingScratch & scratch) {
    scratch.candidates.resize((size_t) vocab_size);
    for (llama_token token = 0; token < vocab_size; token++) {
        scratch.candidates[(size_t) token] = {token, logits[token], 0.0f};
    }
}

// The tokens that can be among the first `top_` once bias and penalties are applied: the largest of those that the chain
// leaves as they are, and all that it changes. The chain then gives what it would give for the whole row.
bool Sampler::gather(const float * logits, int32_t vocab_size, SamplingScratch & scratch) {
    if (top_ == 0) {
        return false;
    }
    const int64_t count = std::min<int64_t>(needed_candidates(), INT32_MAX);
    if (!pick_candidates(logits, vocab_size, (int32_t) count, scratch)) {
        return false;
    }
    add_changed(logits, scratch.candidates);
    return true;
}

// The same of those that the grammar allows. It is asked about the largest logits only, of which there are mostly enough.
bool Sampler::gather_allowed(const float * logits, int32_t vocab_size, SamplingScratch & scratch) {
    if (top_ == 0) {
        return false;
    }
    const int64_t needed = needed_candidates();
    for (int64_t count = 2 * needed; count <= INT32_MAX; count *= 4) {
        if (!pick_candidates(logits, vocab_size, (int32_t) count, scratch)) {
            return false;
        }
        constraint_.restrict_to_allowed(scratch.candidates);
        if ((int64_t) scratch.candidates.size() >= needed) {
            std::vector<llama_token_data> changed;
            add_changed(logits, changed);
            constraint_.restrict_to_allowed(changed);
            scratch.candidates.insert(scratch.candidates.end(), changed.begin(), changed.end());
            sort_by_id(scratch.candidates);
            return true;
        }
    }
    return false;
}

int64_t Sampler::needed_candidates() const {
    const size_t banned = ends_are_banned() ? ends_.size() : 0;
    return top_ + (int64_t) (biased_.size() + window_.size() + banned);
}

void Sampler::add_changed(const float * logits, std::vector<llama_token_data> & candidates) const {
    if (biased_.empty() && window_.empty()) {
        return;
    }
    for (const std::vector<llama_token> * tokens : {&biased_, &window_}) {
        for (const llama_token token : *tokens) {
            candidates.push_back({token, logits[token], 0.0f});
        }
    }
    sort_by_id(candidates);
}

llama_token Sampler::draw(SamplingScratch & scratch) {
    llama_token_data_array candidates = {scratch.candidates.data(), scratch.candidates.size(), -1, false};
    llama_sampler_apply(chain_.get(), &candidates);
    // The chain ends in a sampler that selects; a row of NaN or -inf alone could still leave nothing.
    if (candidates.selected < 0 || (size_t) candidates.selected >= candidates.size) {
        return -1;
    }
    const llama_token_data & selected = candidates.data[candidates.selected];
    return std::isfinite(selected.logit) ? selected.id : -1;  // -1: every token that is left is banned
}

void Sampler::ban_ends(SamplingScratch & scratch) const {
    for (llama_token_data & candidate : scratch.candidates) {
        if (std::binary_search(ends_.begin(), ends_.end(), candidate.id)) {
            candidate.logit = -INFINITY;
        }
    }
}

void Sampler::remember(llama_token token) {
    llama_sampler_accept(chain_.get(), token);
    if (window_.size() < window_size_) {
        window_.push_back(token);
    } else if (window_size_ > 0) {
        window_[window_next_] = token;
        window_next_ = (window_next_ + 1) % window_size_;
    }
}

}  // namespace weir
