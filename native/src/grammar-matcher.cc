#include "grammar-matcher.h"

#include <algorithm>
#include <stdexcept>

namespace weir {

GrammarMatcher::GrammarMatcher(std::shared_ptr<const Grammar> grammar, const TokenTexts & texts)
    : states_(std::move(grammar)), texts_(texts), at_{states_.start(), {}} {}

bool GrammarMatcher::allows(llama_token token) {
    if (is_end(token)) {
        return may_end();
    }
    const std::string_view text = texts_.of(token);
    return !text.empty() && (is_possible(after_text(at_, text)) || after_name(token) != GrammarStates::dead);
}

bool GrammarMatcher::is_end(llama_token token) const {
    return std::find(texts_.ends().begin(), texts_.ends().end(), token) != texts_.ends().end();
}

GrammarMatcher::Progress GrammarMatcher::after_byte(const Progress & from, uint8_t byte) {
    Progress next = from;
    switch (next.reader.read(byte)) {
        case Utf8Reader::Step::complete: next.state = states_.after_character(from.state, next.reader.value()); break;
        case Utf8Reader::Step::refused: next.state = GrammarStates::dead; break;
        case Utf8Reader::Step::within: break;
    }
    return next;
}

GrammarMatcher::Progress GrammarMatcher::after_text(const Progress & from, std::string_view text) {
    Progress progress = from;
    for (const char byte : text) {
        progress = after_byte(progress, (uint8_t) byte);
        if (progress.state == GrammarStates::dead) {
            break;
        }
    }
    return progress;
}

// A character that has begun must be one that may follow.
bool GrammarMatcher::is_possible(const Progress & progress) {
    const Utf8Reader & reader = progress.reader;
    return progress.state != GrammarStates::dead &&
           (!reader.is_within() || states_.may_follow(progress.state, reader.first(), reader.last()));
}

uint32_t GrammarMatcher::after_name(llama_token token) {
    return at_.reader.is_within() ? GrammarStates::dead : states_.after_token(at_.state, token);
}

void GrammarMatcher::find_allowed(std::vector<uint8_t> & is_allowed) {
    is_allowed.assign(texts_.size(), 0);
    find_texts(is_allowed);
    if (states_.names_token(at_.state)) {
        find_names(is_allowed);
    }
    if (may_end()) {
        for (const llama_token token : texts_.ends()) {
            is_allowed[(size_t) token] = 1;
        }
    }
}

// Tokens that the grammar does not name are alike.
void GrammarMatcher::find_names(std::vector<uint8_t> & is_allowed) {
    const std::vector<llama_token> & named = states_.grammar().tokens();
    const bool takes_others = after_name(LLAMA_TOKEN_NULL) != GrammarStates::dead;
    for (const llama_token token : texts_.in_order()) {
        const bool is_named = std::binary_search(named.begin(), named.end(), token);
        if (is_named ? after_name(token) != GrammarStates::dead : takes_others) {
            is_allowed[(size_t) token] = 1;
        }
    }
}

// Texts come in order: what one begins with as the one before it does is read once, and refused once.
void GrammarMatcher::find_texts(std::vector<uint8_t> & is_allowed) {
    path_.assign(1, at_);
    const std::vector<llama_token> & tokens = texts_.in_order();
    for (size_t place = 0; place < tokens.size(); place++) {
        const size_t shared = texts_.shared_bytes(place);
        if (shared + 1 < path_.size()) {
            path_.resize(shared + 1);
        } else if (path_.back().state == GrammarStates::dead) {
            continue;  // begins with what was refused
        }
        const std::string_view text = texts_.of(tokens[place]);
        while (path_.size() <= text.size() && path_.back().state != GrammarStates::dead) {
            path_.push_back(after_byte(path_.back(), (uint8_t) text[path_.size() - 1]));
        }
        is_allowed[(size_t) tokens[place]] = is_possible(path_.back()) ? 1 : 0;
    }
}

void GrammarMatcher::accept(llama_token token) {
    if (is_end(token)) {
        return;
    }
    const uint32_t named = after_name(token);
    const Progress read = after_text(at_, texts_.of(token));
    const bool is_read = is_possible(read);
    if (!is_read && named == GrammarStates::dead) {
        throw std::runtime_error("the grammar does not allow the token");
    }
    const uint32_t state = states_.either(is_read ? read.state : GrammarStates::dead, named);
    at_ = {states_.keep(state), is_read ? read.reader : Utf8Reader()};
}

}  // namespace weir
