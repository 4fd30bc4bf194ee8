// SamplingParameters of src/engine/generation.ts, read and checked.
#pragma once

#include <napi.h>

#include "llama.h"

#include <cstdint>
#include <string>
#include <vector>

namespace weir {

struct ThinkingBudget {
    // Most tokens between the tags; negative: no limit.
    int32_t tokens = -1;
    std::vector<llama_token> start;
    std::vector<llama_token> end;
    // What ends the thinking when its budget is used up; it contains `end`.
    std::vector<llama_token> forced;
    // The tokens of the prompt that belong to the answer, such as an opening tag.
    std::vector<llama_token> prefill;
};

struct SamplingParameters {
    float temperature;
    int32_t top_k;
    float top_p;
    float min_p;
    float typical_p;
    uint32_t seed;
    float presence_penalty;
    float frequency_penalty;
    float repetition_penalty;
    // -1: the slot's whole context.
    int64_t penalty_window;
    // Bans of end-of-generation tokens (ignoreEos) included.
    std::vector<llama_logit_bias> bias;
    // Tokens that can't be sampled before so many others were: those that end the answer.
    int32_t min_tokens;
    std::vector<llama_token> ends;
    // GBNF; empty: no constraint.
    std::string grammar;
    std::string grammar_root;
    // Control tokens that are part of the answer's text, in order.
    std::vector<llama_token> visible;
    ThinkingBudget thinking;
    // How many of the likeliest tokens to report beside the sampled one; -1: report nothing.
    int32_t top_logprobs;
    // The same of the prompt's tokens.
    bool scores_prompt;
};

// `ends`: the tokens of the vocabulary that end a generation. Throws `invalid_argument` that names the field.
SamplingParameters read_sampling_parameters(const llama_vocab * vocab, const std::vector<llama_token> & ends, Napi::Object parameters);

}  // namespace weir
