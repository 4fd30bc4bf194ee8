#include "norm-tap.h"

#include "ggml-backend.h"

#include <cstring>

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

// llama.cpp's name of what its own pooling starts from. Returning false ends the evaluation before the logits.
bool NormTap::on_node(ggml_tensor * tensor, bool ask, void * self) {
    if (ask) {
        return std::strcmp(ggml_get_name(tensor), "result_norm") == 0;
    }
    std::vector<float> & rows = ((NormTap *) self)->rows;
    rows.clear();
    if (tensor->type == GGML_TYPE_F32 && ggml_is_contiguous(tensor)) {
        rows.resize((size_t) ggml_nelements(tensor));
        ggml_backend_tensor_get(tensor, rows.data(), 0, rows.size() * sizeof(float));
    }
    return false;
}

}  // namespace weir
