// Ends an answer's thinking when its budget is used up.
#pragma once

#include "sampling-parameters.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace weir {

// An answer thinks once, and at its beginning: an opening tag behind other text is text about tags. llama.cpp's own sampler
// (common_reasoning_budget_init) limits what follows any of them, and waits for a token that is whole characters by itself,
// which may never come where a character takes several.
class ThinkingLimit {
  public:
    ThinkingLimit(const llama_vocab * vocab, const ThinkingBudget & budget);

    // The token that must come next, whatever the logits say; -1 where there is none.
    llama_token forced() const;
    void accept(llama_token token);

  private:
    enum class State { opening, thinking, ending, over };

    void open(llama_token token, const std::string & text);
    void think(llama_token token);
    void end_if_used_up();
    void follow_end(llama_token token);
    bool has_ended(llama_token token);

    const llama_vocab * vocab_;
    ThinkingBudget budget_;
    State state_ = State::opening;
    // How much of the opening tag and of the forced end has come.
    size_t opened_ = 0;
    size_t forced_ = 0;
    int32_t used_ = 0;
    // As many of the last tokens as the end tag has.
    std::vector<llama_token> last_;
    // Bytes that are missing of a character that has begun.
    int32_t missing_bytes_ = 0;
};

}  // namespace weir
