#include "sampler.h"

#include "arguments.h"

#include <algorithm>

namespace weir {

namespace {

std::vector<llama_logit_bias> read_bias(const llama_vocab * vocab, Napi::Object parameters) {
    const Napi::Env env = parameters.Env();
    const int32_t vocab_size = llama_vocab_n_tokens(vocab);
    std::vector<llama_logit_bias> bias;
    const Napi::Array entries = array_field(parameters, "logitBias");
    const uint32_t count = entries.Length();
    for (uint32_t i = 0; i < count; i++) {
        const Napi::Value entry = entries.Get(i);
        if (!entry.IsArray() || entry.As<Napi::Array>().Length() != 2 || !entry.As<Napi::Array>().Get(1u).IsNumber()) {
            fail_argument(env, "logitBias must hold pairs of [token, bias]");
        }
        const Napi::Array pair = entry.As<Napi::Array>();
        const auto token = (llama_token) to_integer(env, pair.Get(0u), "a token of logitBias", 0, vocab_size - 1);
        bias.push_back({token, pair.Get(1u).As<Napi::Number>().FloatValue()});
    }
    if (bool_field(parameters, "ignoreEos")) {
        for (llama_token token = 0; token < vocab_size; token++) {
            if (llama_vocab_is_eog(vocab, token)) {
                bias.push_back({token, -INFINITY});
            }
        }
    }
    return bias;
}

}  // namespace

// The order is llama-server's (common_sampler_init): bias, penalties, top-k, typical, top-p, min-p, temperature, draw.
Sampler::Sampler(const llama_vocab * vocab, Napi::Object parameters, const std::vector<llama_token> & recent,
                 int32_t context_tokens, bool fast_path) {
    const int32_t vocab_size = llama_vocab_n_tokens(vocab);
    const float temperature = float_field(parameters, "temperature");
    const float presence = float_field(parameters, "presencePenalty");
    const float frequency = float_field(parameters, "frequencyPenalty");
    const float repetition = float_field(parameters, "repetitionPenalty");
    const int64_t asked_window = integer_field(parameters, "penaltyWindowTokens", -1, INT32_MAX);
    if (!(repetition > 0.0f)) {
        fail_argument(parameters.Env(), "repetitionPenalty must be above 0; 1 disables it");
    }
    const auto window = (int32_t) (asked_window < 0 ? context_tokens : std::min<int64_t>(asked_window, context_tokens));
    const bool penalized = window > 0 && (presence != 0.0f || frequency != 0.0f || repetition != 1.0f);
    const std::vector<llama_logit_bias> bias = read_bias(vocab, parameters);

    chain_.reset(llama_sampler_chain_init(llama_sampler_chain_default_params()));
    const auto add = [this](llama_sampler * sampler) { llama_sampler_chain_add(chain_.get(), sampler); };
    if (!bias.empty()) {
        add(llama_sampler_init_logit_bias(vocab_size, (int32_t) bias.size(), bias.data()));
    }
    if (penalized) {
        add(llama_sampler_init_penalties(vocab_size, window, repetition, frequency, presence));
    }
    if (temperature <= 0.0f) {
        add(llama_sampler_init_greedy());
        plain_greedy_ = bias.empty() && !penalized;
        top_ = fast_path ? 1 : 0;
    } else {
        const auto top_k = (int32_t) integer_field(parameters, "topK", 0, INT32_MAX);
        add(llama_sampler_init_top_k(top_k));
        top_ = fast_path ? top_k : 0;
        add(llama_sampler_init_typical(float_field(parameters, "typicalP"), 0));
        add(llama_sampler_init_top_p(float_field(parameters, "topP"), 0));
        add(llama_sampler_init_min_p(float_field(parameters, "minP"), 0));
        add(llama_sampler_init_temp(temperature));
        add(llama_sampler_init_dist((uint32_t) integer_field(parameters, "seed", 0, UINT32_MAX)));
    }
    for (const llama_logit_bias & entry : bias) {
        biased_.push_back(entry.token);
    }
    if (penalized) {
        window_size_ = (size_t) window;
        const size_t first = recent.size() > window_size_ ? recent.size() - window_size_ : 0;
        for (size_t i = first; i < recent.size(); i++) {
            if (recent[i] < 0 || recent[i] >= vocab_size) {
                fail_argument(parameters.Env(), "recent must hold tokens of the vocabulary");
            }
            accept(recent[i]);
        }
    }
}

llama_token Sampler::sample(const float * logits, int32_t vocab_size, SamplingScratch & scratch) {
    if (plain_greedy_) {
        return largest_token(logits, vocab_size);
    }
    if (!gather(logits, vocab_size, scratch)) {
        scratch.candidates.resize((size_t) vocab_size);
        for (llama_token token = 0; token < vocab_size; token++) {
            scratch.candidates[(size_t) token] = {token, logits[token], 0.0f};
        }
    }
    llama_token_data_array candidates = {scratch.candidates.data(), scratch.candidates.size(), -1, false};
    llama_sampler_apply(chain_.get(), &candidates);
    // The chain ends in a sampler that selects; a row of NaN or -inf alone could still leave nothing.
    if (candidates.selected < 0 || (size_t) candidates.selected >= candidates.size) {
        return -1;
    }
    if (!std::isfinite(candidates.data[candidates.selected].logit)) {
        return -1;  // every token that is left is banned
    }
    const llama_token token = candidates.data[candidates.selected].id;
    accept(token);
    return token;
}

// The tokens that can be among the first `top_` once bias and penalties are applied: the largest of those that the chain
// leaves as they are, and all that it changes. The chain then gives what it would give for the whole row.
bool Sampler::gather(const float * logits, int32_t vocab_size, SamplingScratch & scratch) {
    if (top_ == 0) {
        return false;
    }
    const int64_t changed = (int64_t) biased_.size() + (int64_t) window_.size();
    const int64_t count = std::min<int64_t>(top_ + changed, INT32_MAX);
    if (!pick_candidates(logits, vocab_size, (int32_t) count, scratch)) {
        return false;
    }
    if (changed == 0) {
        return true;
    }
    std::vector<llama_token_data> & candidates = scratch.candidates;
    for (const std::vector<llama_token> * tokens : {&biased_, &window_}) {
        for (const llama_token token : *tokens) {
            candidates.push_back({token, logits[token], 0.0f});
        }
    }
    const auto by_id = [](const llama_token_data & a, const llama_token_data & b) { return a.id < b.id; };
    const auto same_id = [](const llama_token_data & a, const llama_token_data & b) { return a.id == b.id; };
    std::sort(candidates.begin(), candidates.end(), by_id);
    candidates.erase(std::unique(candidates.begin(), candidates.end(), same_id), candidates.end());
    return true;
}

void Sampler::accept(llama_token token) {
    llama_sampler_accept(chain_.get(), token);
    if (window_.size() < window_size_) {
        window_.push_back(token);
    } else if (window_size_ > 0) {
        window_[window_next_] = token;
        window_next_ = (window_next_ + 1) % window_size_;
    }
}

}  // namespace weir
