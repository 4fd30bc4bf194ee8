#include "sampling-parameters.h"

#include "arguments.h"

#include <algorithm>

namespace weir {

namespace {

// llama-server's limit is OpenAI's: 20.
constexpr int32_t most_top_logprobs = 20;

std::vector<llama_token> tokens_field(const llama_vocab * vocab, Napi::Object object, const char * name) {
    const Napi::Array entries = array_field(object, name);
    std::vector<llama_token> tokens;
    for (uint32_t i = 0; i < entries.Length(); i++) {
        const std::string what = std::string("a token of ") + name;
        tokens.push_back((llama_token) to_integer(object.Env(), entries.Get(i), what, 0, llama_vocab_n_tokens(vocab) - 1));
    }
    return tokens;
}

std::vector<llama_logit_bias> read_bias(const llama_vocab * vocab, Napi::Object parameters) {
    const Napi::Env env = parameters.Env();
    std::vector<llama_logit_bias> bias;
    const Napi::Array entries = array_field(parameters, "logitBias");
    const uint32_t count = entries.Length();
    for (uint32_t i = 0; i < count; i++) {
        const Napi::Value entry = entries.Get(i);
        if (!entry.IsArray() || entry.As<Napi::Array>().Length() != 2 || !entry.As<Napi::Array>().Get(1u).IsNumber()) {
            fail_argument(env, "logitBias must hold pairs of [token, bias]");
        }
        const Napi::Array pair = entry.As<Napi::Array>();
        const auto token = (llama_token) to_integer(env, pair.Get(0u), "a token of logitBias", 0, llama_vocab_n_tokens(vocab) - 1);
        bias.push_back({token, pair.Get(1u).As<Napi::Number>().FloatValue()});
    }
    return bias;
}

ThinkingBudget read_thinking(const llama_vocab * vocab, Napi::Object parameters) {
    const Napi::Value value = parameters.Get("thinking");
    if (value.IsNull()) {
        return {};
    }
    if (!value.IsObject()) {
        fail_argument(parameters.Env(), "thinking must be an object or null");
    }
    const Napi::Object thinking = value.As<Napi::Object>();
    ThinkingBudget budget;
    budget.tokens = (int32_t) integer_field(thinking, "budgetTokens", -1, INT32_MAX);
    budget.start = tokens_field(vocab, thinking, "startTokens");
    budget.end = tokens_field(vocab, thinking, "endTokens");
    budget.forced = tokens_field(vocab, thinking, "forcedTokens");
    budget.prefill = tokens_field(vocab, thinking, "prefillTokens");
    return budget;
}

}  // namespace

SamplingParameters read_sampling_parameters(const llama_vocab * vocab, const std::vector<llama_token> & ends, Napi::Object parameters) {
    SamplingParameters read;
    read.temperature = float_field(parameters, "temperature");
    read.top_k = (int32_t) integer_field(parameters, "topK", 0, INT32_MAX);
    read.top_p = float_field(parameters, "topP");
    read.min_p = float_field(parameters, "minP");
    read.typical_p = float_field(parameters, "typicalP");
    read.seed = (uint32_t) integer_field(parameters, "seed", 0, UINT32_MAX);
    read.presence_penalty = float_field(parameters, "presencePenalty");
    read.frequency_penalty = float_field(parameters, "frequencyPenalty");
    read.repetition_penalty = float_field(parameters, "repetitionPenalty");
    if (!(read.repetition_penalty > 0.0f)) {
        fail_argument(parameters.Env(), "repetitionPenalty must be above 0; 1 disables it");
    }
    read.penalty_window = integer_field(parameters, "penaltyWindowTokens", -1, INT32_MAX);
    read.bias = read_bias(vocab, parameters);
    const bool ignore_eos = bool_field(parameters, "ignoreEos");
    read.min_tokens = (int32_t) integer_field(parameters, "minTokens", 0, INT32_MAX);
    if (ignore_eos || read.min_tokens > 0) {
        read.ends = ends;
    }
    if (ignore_eos) {
        for (const llama_token token : ends) {
            read.bias.push_back({token, -INFINITY});
        }
    }
    if (read.min_tokens > 0) {
        const std::vector<llama_token> stops = tokens_field(vocab, parameters, "stopTokens");
        read.ends.insert(read.ends.end(), stops.begin(), stops.end());
    }
    read.grammar = string_field(parameters, "grammar");
    read.grammar_root = string_field(parameters, "grammarRoot");
    read.visible = tokens_field(vocab, parameters, "visibleTokens");
    std::sort(read.visible.begin(), read.visible.end());
    read.thinking = read_thinking(vocab, parameters);
    read.top_logprobs = (int32_t) integer_field(parameters, "topLogprobs", -1, most_top_logprobs);
    read.scores_prompt = bool_field(parameters, "scoresPrompt");
    return read;
}

}  // namespace weir
