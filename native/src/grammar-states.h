// What may follow a text by a grammar: states, made when they are first come to.
#pragma once

#include "grammar.h"
#include "return-graph.h"
#include "stamped-map.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <vector>

namespace weir {

struct GrammarTooAmbiguous : std::runtime_error {
    GrammarTooAmbiguous() : std::runtime_error("the grammar can be read in too many ways") {}
};

// A state is a set of places in the grammar (a symbol that may come next, and where to go on behind its rule), and whether the
// text may end. What is common between states is computed once: reading a character that was read in this state before is a
// look-up. Every grammar takes time and memory in proportion to the text's length or, where it is ambiguous, to a power of it,
// and of either only so much: methods that make states throw GrammarTooAmbiguous where the grammar takes more.
class GrammarStates {
  public:
    // The state in which nothing may follow, not even the end.
    static constexpr uint32_t dead = 0;

    explicit GrammarStates(std::shared_ptr<const Grammar> grammar);

    const Grammar & grammar() const { return *grammar_; }
    uint32_t start() const { return start_; }
    bool may_end(uint32_t state) const { return states_[state].may_end; }

    uint32_t after_character(uint32_t state, uint32_t code_point);
    // Where the grammar names the token; its text is not looked at.
    uint32_t after_token(uint32_t state, llama_token token);
    // The state of a text that is read in both ways.
    uint32_t either(uint32_t a, uint32_t b);
    // Whether one of the characters `first` to `last`, which begin with the same bytes, may come next.
    bool may_follow(uint32_t state, uint32_t first, uint32_t last);
    // Whether the grammar names a token that may come next, or one that may not.
    bool names_token(uint32_t state) const { return states_[state].names_token; }

    // A token has been read: `state` is all that is needed of what was. Returns its number, which may be new.
    uint32_t keep(uint32_t state);

  private:
    struct Place {
        uint32_t position;
        uint32_t node;
    };

    struct State {
        uint32_t first_place;
        uint32_t places;
        bool may_end;
        bool names_token;
    };

    // A return position of the closure that is under way.
    struct Call {
        uint32_t position;
        std::vector<uint32_t> parents;
        // Read to its end without a character: what is added to its parents later has to go on at once.
        bool is_passed;
    };

    using Places = std::vector<Place>;

    template <typename Matches> uint32_t advance(uint32_t state, Matches matches);
    void begin_closure();
    uint32_t finish_closure();
    void visit(uint32_t position, uint32_t node);
    void follow(Place place);
    void enter_rule(uint32_t rule, uint32_t node);
    void call(Place place);
    void pass(uint32_t node);
    std::vector<uint32_t> settle_calls();
    uint32_t add_state(Places & places, bool may_end);
    void spend(size_t steps);
    size_t size() const;

    std::shared_ptr<const Grammar> grammar_;
    ReturnGraph returns_;
    std::vector<State> states_;
    Places places_;
    StampedMap index_;
    // By state and class, or by state and the characters that a few bytes may become.
    StampedMap transitions_;
    uint32_t start_ = dead;
    int64_t steps_left_;
    size_t size_after_keeping_ = 0;

    // Of the closure that is under way.
    std::vector<Call> calls_;
    StampedMap call_at_;
    StampedMap visited_;
    Places todo_;
    Places found_;
    bool found_end_ = false;
};

}  // namespace weir
