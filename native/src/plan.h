// The layout of a plan, written by src/engine/batch-plan.ts, and what must hold before llama.cpp sees one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

namespace weir {

// [operations, decode rows, prompt rows] operation… row…
//   operation: [kind, slot, argument]   remove: the slot's tokens from position `argument` on; copy: `slot` into slot
//              `argument`; restore: what was saved under key `slot` into slot `argument`, never after a copy, since llama.cpp
//              restores at once but copies when it computes next
//   row:       [token, position, slot, sampler]   sampler >= 0 samples with it; otherwise a mark:
//              no_sampler; padding (removed after the pass); unsampled (its logits are computed and left for logits());
//              padding_output (like padding, but its logits are computed too); scored and below (sampler scored - mark
//              scores the prompt's token after the row's; in the prompt pass only)
namespace plan {
constexpr int32_t header_size = 3;
constexpr int32_t operation_size = 3;
constexpr int32_t row_size = 4;
constexpr int32_t remove = 0;
constexpr int32_t copy = 1;
constexpr int32_t restore = 2;
constexpr int32_t no_sampler = -1;
constexpr int32_t padding = -2;
constexpr int32_t unsampled = -3;
constexpr int32_t padding_output = -4;
constexpr int32_t scored = -5;

inline bool is_scored(int32_t sampler) {
    return sampler <= scored;
}

inline int32_t scoring_sampler(int32_t sampler) {
    return scored - sampler;
}

inline bool has_output(int32_t sampler) {
    return sampler >= 0 || sampler == unsampled || sampler == padding_output || is_scored(sampler);
}

inline bool is_padding(int32_t sampler) {
    return sampler == padding || sampler == padding_output;
}
}  // namespace plan

// Scored rows of one llama_decode: each keeps a row of the whole vocabulary until it is scored (docs/decisions/0039).
constexpr int32_t scored_rows_of_call = 64;

// Rows with logits of one llama_decode: what llama.cpp makes room for.
inline int32_t most_outputs(int32_t slots) {
    return slots > scored_rows_of_call ? slots : scored_rows_of_call;
}

struct ContextLimits {
    int32_t slots;
    int32_t slot_tokens;
    int32_t batch_tokens;
    int32_t vocab_size;
};

// What is wrong with a plan, or an empty string. What llama.cpp would answer with an abort is caught here.
// `sampler_is_set(number)` is asked for numbers below `limits.slots`, `is_saved(key)` for any.
// `copies_pending`: an earlier plan has copied and computed nothing since.
std::string check_plan(const int32_t * data, size_t length, const ContextLimits & limits,
                       const std::function<bool(int32_t)> & sampler_is_set, const std::function<bool(int32_t)> & is_saved,
                       bool copies_pending);

}  // namespace weir
