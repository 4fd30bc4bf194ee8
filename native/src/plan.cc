#include "plan.h"

#include <vector>

namespace weir {

namespace {

std::string at(const char * what, int32_t index, const std::string & problem) {
    return std::string(what) + " " + std::to_string(index) + " of the plan " + problem;
}

bool is_slot(int32_t slot, const ContextLimits & limits) {
    return slot >= 0 && slot < limits.slots;
}

std::string check_operation(const int32_t * operation, const ContextLimits & limits, bool after_copy,
                            const std::function<bool(int32_t)> & is_saved) {
    if (operation[0] == plan::restore) {
        if (!is_saved(operation[1])) {
            return "restores key " + std::to_string(operation[1]) + ", under which nothing is saved";
        }
        if (after_copy) {
            return "restores a slot after a copy, which llama.cpp has not done yet";
        }
        return is_slot(operation[2], limits) ? "" : "restores into a slot outside 0.." + std::to_string(limits.slots - 1);
    }
    const bool argument_fits =
        operation[0] == plan::remove ? operation[2] >= 0 : operation[0] == plan::copy && is_slot(operation[2], limits);
    if (is_slot(operation[1], limits) && argument_fits) {
        return "";
    }
    return "has an unknown kind, a slot outside 0.." + std::to_string(limits.slots - 1) + " or a negative position";
}

std::string check_row(const int32_t * row, const ContextLimits & limits, const std::function<bool(int32_t)> & sampler_is_set) {
    if (row[0] < 0 || row[0] >= limits.vocab_size) {
        return "has token " + std::to_string(row[0]) + ", outside the vocabulary";
    }
    if (row[1] < 0 || row[1] >= limits.slot_tokens || !is_slot(row[2], limits)) {
        return "is at position " + std::to_string(row[1]) + " of slot " + std::to_string(row[2]) + ", outside the context";
    }
    const int32_t sampler = plan::is_scored(row[3]) ? plan::scoring_sampler(row[3]) : row[3];
    if (sampler >= 0 && (sampler >= limits.slots || !sampler_is_set(sampler))) {
        return "names sampler " + std::to_string(sampler) + ", which is not set";
    }
    return "";
}

// The rows of one pass: each by itself, and that no sampler is named twice, since rows are sampled side by side. Scored rows
// do not count as outputs: the prompt pass is cut into calls that have room for them.
std::string check_pass(const int32_t * rows, int32_t count, int32_t first_index, bool may_score, const ContextLimits & limits,
                       const std::function<bool(int32_t)> & sampler_is_set) {
    std::vector<bool> named((size_t) limits.slots, false);
    int32_t outputs = 0;
    for (int32_t i = 0; i < count; i++) {
        const int32_t * row = rows + i * plan::row_size;
        const std::string problem = check_row(row, limits, sampler_is_set);
        if (!problem.empty()) {
            return at("row", first_index + i, problem);
        }
        if (plan::is_scored(row[3])) {
            if (!may_score) {
                return at("row", first_index + i, "is scored, which only rows of the prompt pass can be");
            }
            continue;
        }
        outputs += plan::has_output(row[3]) ? 1 : 0;
        if (row[3] >= 0) {
            if (named[(size_t) row[3]]) {
                return at("row", first_index + i, "names sampler " + std::to_string(row[3]) + " a second time");
            }
            named[(size_t) row[3]] = true;
        }
    }
    return outputs > limits.slots ? "the plan has more rows with logits in a pass than there are slots" : "";
}

}  // namespace

std::string check_plan(const int32_t * data, size_t length, const ContextLimits & limits,
                       const std::function<bool(int32_t)> & sampler_is_set, const std::function<bool(int32_t)> & is_saved,
                       bool copies_pending) {
    if (length < (size_t) plan::header_size || data[0] < 0 || data[1] < 0 || data[2] < 0) {
        return "the plan has no valid header";
    }
    const size_t cells = (size_t) data[0] * plan::operation_size + ((size_t) data[1] + (size_t) data[2]) * plan::row_size;
    if (length < (size_t) plan::header_size + cells) {
        return "the plan is shorter than its header says";
    }
    if (data[1] > limits.batch_tokens || data[2] > limits.batch_tokens) {
        return "the plan has more rows in a pass than batchTokens (" + std::to_string(limits.batch_tokens) + ")";
    }
    const int32_t * operations = data + plan::header_size;
    bool after_copy = copies_pending;
    for (int32_t i = 0; i < data[0]; i++) {
        const int32_t * operation = operations + i * plan::operation_size;
        const std::string problem = check_operation(operation, limits, after_copy, is_saved);
        if (!problem.empty()) {
            return at("operation", i, problem);
        }
        after_copy = after_copy || operation[0] == plan::copy;
    }
    const int32_t * decode_rows = operations + data[0] * plan::operation_size;
    const int32_t * prompt_rows = decode_rows + data[1] * plan::row_size;
    const std::string problem = check_pass(decode_rows, data[1], 0, false, limits, sampler_is_set);
    return problem.empty() ? check_pass(prompt_rows, data[2], data[1], true, limits, sampler_is_set) : problem;
}

}  // namespace weir
