// One request's sampler: llama.cpp's own chain, fed with the tokens that can win.
#pragma once

#include "candidates.h"
#include "constraint.h"
#include "sampling-parameters.h"

#include "llama-cpp.h"

#include <utility>
#include <vector>

namespace weir {

class Sampler {
  public:
    // `recent` are the last tokens of the prompt, which the penalties look at; all of them where they are scored. Without
    // `fast_path` the chain always sees the whole row. Throws std::invalid_argument for a grammar that does not compile, or a token outside of the vocabulary.
    Sampler(const llama_vocab * vocab, GrammarCache & grammars, const SamplingParameters & parameters,
            const std::vector<llama_token> & recent, int32_t context_tokens, bool fast_path);

    // What sample() returns where the grammar lets no token come, or can't be followed any more.
    static constexpr llama_token stuck = -2;
    static constexpr llama_token all_banned = -3;

    // Samples from one row of `vocab_size` logits and remembers the token; -1 where the logits are no
    // numbers, `all_banned` where the request's own parameters leave none of them, or `stuck`.
    llama_token sample(const float * logits, int32_t vocab_size, SamplingScratch & scratch);

    // Of the token that was sampled last, as logprobs_of() lays them out; empty where none are asked for.
    const std::vector<double> & logprobs() const { return logprobs_; }

    // Of the prompt's token after `position`, as logprobs_of() lays them out; empty where there is none or the logits are no
    // numbers.
    void score(const float * logits, int32_t vocab_size, int32_t position, SamplingScratch & scratch, std::vector<double> & out) const;
    // Keeps what score() has given, filled up with NaN.
    void add_score(const std::vector<double> & score);
    // What was kept since the last call: 1 + 2 × top log-probabilities a row.
    std::vector<double> take_scores() { return std::exchange(scores_, {}); }

  private:
    llama_token sample_one(const float * logits, int32_t vocab_size, SamplingScratch & scratch);
    llama_token choose(const float * logits, int32_t vocab_size, SamplingScratch & scratch);
    llama_token choose_allowed(const float * logits, int32_t vocab_size, SamplingScratch & scratch);
    llama_token only_end(const std::vector<llama_token_data> & candidates) const;
    void collect(const float * logits, int32_t vocab_size, SamplingScratch & scratch);
    bool gather(const float * logits, int32_t vocab_size, SamplingScratch & scratch);
    bool gather_allowed(const float * logits, int32_t vocab_size, SamplingScratch & scratch);
    void add_changed(const float * logits, std::vector<llama_token_data> & candidates) const;
    int64_t needed_candidates() const;
    llama_token draw(SamplingScratch & scratch);
    bool ends_are_banned() const { return sampled_ < min_tokens_; }
    void ban_ends(SamplingScratch & scratch) const;
    void remember(llama_token token);

    const llama_vocab * vocab_;
    Constraint constraint_;
    llama_sampler_ptr chain_;
    // Greedy without penalties or bias: the largest logit is the answer.
    bool plain_greedy_ = false;
    // How many of the largest logits the chain's first truncation leaves; 0 where it has none.
    int32_t top_ = 0;
    // Tokens whose logits the chain changes before it truncates: those with a bias, and those in the penalties' window.
    std::vector<llama_token> biased_;
    std::vector<llama_token> window_;
    size_t window_size_ = 0;
    size_t window_next_ = 0;
    int32_t sampled_ = 0;
    int32_t min_tokens_ = 0;
    // Tokens that end the answer, in order.
    std::vector<llama_token> ends_;
    int32_t top_logprobs_ = -1;
    std::vector<double> logprobs_;
    // Where its tokens are scored.
    std::vector<llama_token> prompt_;
    std::vector<double> scores_;
};

}  // namespace weir
