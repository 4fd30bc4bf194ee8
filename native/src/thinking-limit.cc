#include "thinking-limit.h"

#include "token-text.h"

#include <algorithm>
#include <cctype>
#include <string>

namespace weir {

namespace {

bool is_blank(const std::string & text) {
    return std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isspace(c) != 0; });
}

int32_t missing_after(int32_t missing, const std::string & text) {
    for (const char c : text) {
        const auto byte = (uint8_t) c;
        if ((byte & 0xc0) == 0x80) {
            missing = std::max(missing - 1, 0);
        } else {
            missing = byte >= 0xf0 ? 3 : byte >= 0xe0 ? 2 : byte >= 0xc0 ? 1 : 0;
        }
    }
    return missing;
}

}  // namespace

ThinkingLimit::ThinkingLimit(const llama_vocab * vocab, const ThinkingBudget & budget) : vocab_(vocab), budget_(budget) {
    if (budget_.tokens < 0 || budget_.forced.empty() || budget_.start.empty()) {
        state_ = State::over;
    }
    for (const llama_token token : budget_.prefill) {
        accept(token);
    }
}

llama_token ThinkingLimit::forced() const {
    return state_ == State::ending ? budget_.forced[forced_] : -1;
}

void ThinkingLimit::accept(llama_token token) {
    switch (state_) {
        case State::opening: open(token, visible_text(vocab_, token)); break;
        case State::thinking: think(token); break;
        case State::ending: follow_end(token); break;
        case State::over: break;
    }
}

void ThinkingLimit::open(llama_token token, const std::string & text) {
    if (token != budget_.start[opened_]) {
        state_ = opened_ == 0 && is_blank(text) ? State::opening : State::over;
    } else if (++opened_ == budget_.start.size()) {
        state_ = State::thinking;
        end_if_used_up();
    }
}

void ThinkingLimit::think(llama_token token) {
    if (has_ended(token)) {
        state_ = State::over;
        return;
    }
    missing_bytes_ = missing_after(missing_bytes_, visible_text(vocab_, token));
    used_++;
    end_if_used_up();
}

// A character that has begun is completed first.
void ThinkingLimit::end_if_used_up() {
    if (used_ >= budget_.tokens && missing_bytes_ == 0) {
        state_ = State::ending;
    }
}

// Where a grammar does not let the end pass, it does not come.
void ThinkingLimit::follow_end(llama_token token) {
    if (token != budget_.forced[forced_] || ++forced_ == budget_.forced.size()) {
        state_ = State::over;
    }
}

bool ThinkingLimit::has_ended(llama_token token) {
    if (budget_.end.empty()) {
        return false;
    }
    last_.push_back(token);
    if (last_.size() > budget_.end.size()) {
        last_.erase(last_.begin());
    }
    return last_ == budget_.end;
}

}  // namespace weir
