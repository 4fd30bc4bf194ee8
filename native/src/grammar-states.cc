#include "grammar-states.h"

#include <algorithm>

namespace weir {

namespace {

// A step takes 50 to 100 ns. So many are free at once, as the first states of a large grammar need them …
constexpr int64_t most_steps = 4'000'000;
// … and so many more with each token: a grammar may take 10 ms a token of the engine's time, but not more for long.
constexpr int64_t steps_a_token = 100'000;
// Numbers held for one answer, of 4 to 16 bytes each.
constexpr size_t most_numbers = 4'000'000;
// What is not needed any more is forgotten when there is so much of it.
constexpr size_t most_garbage = 100'000;

// Calls are numbered from here on, above all nodes.
constexpr uint32_t first_call = UINT32_MAX / 2;

uint64_t pair_key(uint32_t a, uint32_t b) {
    return ((uint64_t) a << 32) | b;
}

}  // namespace

GrammarStates::GrammarStates(std::shared_ptr<const Grammar> grammar) : grammar_(std::move(grammar)), steps_left_(most_steps) {
    states_.push_back({0, 0, false, false});
    begin_closure();
    enter_rule(grammar_->root(), ReturnGraph::bottom);
    start_ = finish_closure();
}

uint32_t GrammarStates::after_character(uint32_t state, uint32_t code_point) {
    const uint32_t character = grammar_->class_of(code_point);
    const uint64_t key = pair_key(state, character);
    const uint32_t known = transitions_.find(key);
    if (known != StampedMap::none) {
        return known;
    }
    const uint32_t next = advance(state, [&](const Grammar::Symbol & symbol) {
        return symbol.kind == Grammar::Kind::characters && grammar_->has_class(symbol.value, character, character);
    });
    transitions_.insert(key, next);
    return next;
}

uint32_t GrammarStates::after_token(uint32_t state, llama_token token) {
    if (!states_[state].names_token) {
        return dead;
    }
    return advance(state, [&](const Grammar::Symbol & symbol) {
        const bool is_named = symbol.value == (uint32_t) token;
        return (symbol.kind == Grammar::Kind::token && is_named) || (symbol.kind == Grammar::Kind::other_token && !is_named);
    });
}

uint32_t GrammarStates::either(uint32_t a, uint32_t b) {
    if (a == b || b == dead) {
        return a;
    }
    if (a == dead) {
        return b;
    }
    Places places;
    for (const uint32_t state : {a, b}) {
        const auto first = places_.begin() + states_[state].first_place;
        places.insert(places.end(), first, first + states_[state].places);
    }
    spend(places.size());
    return add_state(places, may_end(a) || may_end(b));
}

bool GrammarStates::may_follow(uint32_t state, uint32_t first, uint32_t last) {
    const uint32_t missing_bytes = last - first < 64 ? 1 : last - first < 64 * 64 ? 2 : 3;
    const uint64_t key = pair_key(state, (1u << 31) | (missing_bytes << 24) | first);
    const uint32_t known = transitions_.find(key);
    if (known != StampedMap::none) {
        return known == 1;
    }
    const uint32_t first_class = grammar_->class_of(first);
    const uint32_t last_class = grammar_->class_of(last);
    const auto begin = places_.begin() + states_[state].first_place;
    spend(states_[state].places);
    const bool follows = std::any_of(begin, begin + states_[state].places, [&](const Place & place) {
        const Grammar::Symbol & symbol = grammar_->symbol(place.position);
        return symbol.kind == Grammar::Kind::characters && grammar_->has_class(symbol.value, first_class, last_class);
    });
    transitions_.insert(key, follows ? 1 : 0);
    return follows;
}

template <typename Matches> uint32_t GrammarStates::advance(uint32_t state, Matches matches) {
    const State from = states_[state];
    spend(from.places);
    begin_closure();
    for (size_t i = 0; i < from.places; i++) {
        const Place place = places_[from.first_place + i];
        if (matches(grammar_->symbol(place.position))) {
            visit(place.position + 1, place.node);
        }
    }
    return finish_closure();
}

void GrammarStates::begin_closure() {
    calls_.clear();
    call_at_.clear();
    visited_.clear();
    todo_.clear();
    found_.clear();
    found_end_ = false;
}

void GrammarStates::visit(uint32_t position, uint32_t node) {
    spend(1);
    const auto order = (uint32_t) visited_.size();
    if (visited_.insert(pair_key(position, node), order) == order) {
        todo_.push_back({position, node});
    }
}

// Follows every place until it is one where a character or a token must be read (Earley's prediction and completion).
uint32_t GrammarStates::finish_closure() {
    while (!todo_.empty()) {
        const Place place = todo_.back();
        todo_.pop_back();
        follow(place);
    }
    const std::vector<uint32_t> nodes = settle_calls();
    for (Place & place : found_) {
        place.node = place.node >= first_call ? nodes[place.node - first_call] : place.node;
    }
    return add_state(found_, found_end_);
}

void GrammarStates::follow(Place place) {
    const Grammar::Symbol & symbol = grammar_->symbol(place.position);
    switch (symbol.kind) {
        case Grammar::Kind::end: pass(place.node); break;
        case Grammar::Kind::rule:
            // A rule at the end of another returns to where that one returns: repetitions, which are written so, add no nodes.
            if (grammar_->symbol(place.position + 1).kind == Grammar::Kind::end) {
                enter_rule(symbol.value, place.node);
            } else {
                call(place);
            }
            break;
        default: found_.push_back(place); break;
    }
}

void GrammarStates::enter_rule(uint32_t rule, uint32_t node) {
    for (const uint32_t start : grammar_->alternatives(rule)) {
        visit(start, node);
    }
}

void GrammarStates::call(Place place) {
    const uint32_t position = place.position + 1;
    const auto next = (uint32_t) calls_.size();
    const uint32_t index = call_at_.insert(position, next);
    if (index == next) {
        calls_.push_back({position, {}, false});
        enter_rule(grammar_->symbol(place.position).value, first_call + index);
    }
    calls_[index].parents.push_back(place.node);
    if (calls_[index].is_passed) {
        visit(position, place.node);
    }
}

void GrammarStates::pass(uint32_t node) {
    if (node == ReturnGraph::bottom) {
        found_end_ = true;
    } else if (node >= first_call) {
        Call & call = calls_[node - first_call];
        if (call.is_passed) {
            return;
        }
        call.is_passed = true;
        spend(call.parents.size());
        for (const uint32_t parent : call.parents) {
            visit(call.position, parent);
        }
    } else {
        spend((size_t) (returns_.parents_end(node) - returns_.parents_begin(node)));
        std::for_each(returns_.parents_begin(node), returns_.parents_end(node),
                      [&](uint32_t parent) { visit(returns_.position(node), parent); });
    }
}

// Makes nodes of the calls, parents first, and returns their numbers. Calls that are their own ancestors (left recursion) come last.
std::vector<uint32_t> GrammarStates::settle_calls() {
    std::vector<uint32_t> nodes(calls_.size(), StampedMap::none);
    std::vector<size_t> missing(calls_.size());
    std::vector<std::vector<uint32_t>> users(calls_.size());
    std::vector<uint32_t> ready;
    for (uint32_t index = 0; index < calls_.size(); index++) {
        for (const uint32_t parent : calls_[index].parents) {
            if (parent >= first_call) {
                missing[index]++;
                users[parent - first_call].push_back(index);
            }
        }
        if (missing[index] == 0) {
            ready.push_back(index);
        }
    }
    const auto parents_of = [&](uint32_t index) {
        std::vector<uint32_t> parents = calls_[index].parents;
        for (uint32_t & parent : parents) {
            parent = parent >= first_call ? nodes[parent - first_call] : parent;
        }
        std::sort(parents.begin(), parents.end());
        parents.erase(std::unique(parents.begin(), parents.end()), parents.end());
        return parents;
    };
    for (size_t next = 0; next < ready.size(); next++) {
        nodes[ready[next]] = returns_.add(calls_[ready[next]].position, parents_of(ready[next]));
        for (const uint32_t user : users[ready[next]]) {
            if (--missing[user] == 0) {
                ready.push_back(user);
            }
        }
    }
    for (uint32_t index = 0; index < calls_.size(); index++) {
        if (missing[index] > 0) {
            nodes[index] = returns_.add_open(calls_[index].position, calls_[index].parents.size());
        }
    }
    for (uint32_t index = 0; index < calls_.size(); index++) {
        spend(calls_[index].parents.size());
        if (missing[index] > 0) {
            returns_.close(nodes[index], parents_of(index));
        }
    }
    return nodes;
}

uint32_t GrammarStates::add_state(Places & places, bool may_end) {
    if (places.empty() && !may_end) {
        return dead;
    }
    const auto key = [](const Place & place) { return pair_key(place.position, place.node); };
    const auto comes_first = [&](const Place & a, const Place & b) { return key(a) < key(b); };
    const auto is_same = [&](const Place & a, const Place & b) { return key(a) == key(b); };
    std::sort(places.begin(), places.end(), comes_first);
    places.erase(std::unique(places.begin(), places.end(), is_same), places.end());

    uint64_t hash = may_end ? 1 : 0;
    bool names_token = false;
    for (const Place & place : places) {
        hash = (hash ^ key(place)) * 0x9e3779b97f4a7c15ull;
        hash ^= hash >> 32;
        const Grammar::Kind kind = grammar_->symbol(place.position).kind;
        names_token = names_token || kind != Grammar::Kind::characters;
    }
    for (;; hash++) {
        const auto next = (uint32_t) states_.size();
        const uint32_t state = index_.insert(hash, next);
        if (state == next) {
            states_.push_back({(uint32_t) places_.size(), (uint32_t) places.size(), may_end, names_token});
            places_.insert(places_.end(), places.begin(), places.end());
            return state;
        }
        const auto begin = places_.begin() + states_[state].first_place;
        if (states_[state].may_end == may_end && std::equal(begin, begin + states_[state].places, places.begin(), places.end(), is_same)) {
            return state;
        }
    }
}

void GrammarStates::spend(size_t steps) {
    steps_left_ -= (int64_t) steps;
    if (steps_left_ < 0 || size() > most_numbers) {
        throw GrammarTooAmbiguous();
    }
}

size_t GrammarStates::size() const {
    return returns_.size() + 2 * places_.size() + 4 * states_.size() + 4 * transitions_.size() + 4 * visited_.size();
}

uint32_t GrammarStates::keep(uint32_t state) {
    steps_left_ = std::min(steps_left_ + steps_a_token, most_steps);
    if (size() < 2 * size_after_keeping_ + most_garbage) {
        return state;
    }
    const State kept = states_[state];
    Places places(places_.begin() + kept.first_place, places_.begin() + kept.first_place + kept.places);
    std::vector<uint32_t> nodes;
    for (const Place & place : places) {
        nodes.push_back(place.node);
    }
    returns_.keep_only(nodes);
    for (size_t i = 0; i < places.size(); i++) {
        places[i].node = nodes[i];
    }
    states_.resize(1);
    places_.clear();
    index_.clear();
    transitions_.clear();
    const uint32_t renumbered = add_state(places, kept.may_end);
    size_after_keeping_ = size();
    return renumbered;
}

}  // namespace weir
