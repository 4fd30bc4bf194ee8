#include "norm-tap.h"

#include "graph-rows.h"

#include <algorithm>
#include <stdexcept>
#include <string>

namespace weir {

void NormTap::output_last_tokens(llama_context_params & params) {
    params.embeddings = false;
    params.n_outputs_max = params.n_seq_max;
    params.n_outputs_max_per_seq = 1;
}

void NormTap::attach(llama_context_params & params) {
    output_last_tokens(params);
    params.cb_eval = on_node;
    params.cb_eval_user_data = this;
}

// Returning false ends the evaluation before the logits.
bool NormTap::on_node(ggml_tensor * tensor, bool ask, void * self) {
    if (ask) {
        return is_named(tensor, norm_node);
    }
    ((NormTap *) self)->rows_ = rows_of(tensor);
    return false;
}

void NormTap::take(size_t count, size_t width, float * out) {
    const size_t expected = count * (head == nullptr ? width : head->width());
    if (rows_.size() != expected) {
        throw std::runtime_error("llama.cpp's graph gave " + std::to_string(rows_.size()) + " values for " + std::to_string(count) +
                                 " texts instead of " + std::to_string(expected));
    }
    if (head == nullptr) {
        std::copy(rows_.begin(), rows_.end(), out);
    } else if (count > 0) {
        head->apply(rows_, out);
    }
}

}  // namespace weir
