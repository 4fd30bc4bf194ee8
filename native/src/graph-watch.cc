#include "graph-watch.h"

#include "graph-rows.h"

#include <algorithm>

namespace weir {

void GraphWatch::attach(llama_context_params & params, Options options) {
    options_ = options;
    if (options.computes_q8 && q8::is_supported()) {
        products_ = std::make_unique<Q8Products>(std::max(params.n_threads, params.n_threads_batch));
    }
    if (counts()) {
        params.cb_eval = on_node;
        params.cb_eval_user_data = this;
    }
}

// The output is the last node of every graph. Asking for it alone has all nodes asked about, then all of them run as one piece.
bool GraphWatch::on_node(ggml_tensor * tensor, bool ask, void * self) {
    GraphWatch & watch = *(GraphWatch *) self;
    const bool is_output = is_named(tensor, output_node);
    if (ask) {
        watch.before_node(tensor, is_output);
        return is_output;
    }
    watch.graphs++;
    watch.rows_ += tensor->ne[1];
    return true;
}

void GraphWatch::before_node(ggml_tensor * node, bool is_output) {
    const bool is_product = node->op == GGML_OP_MUL_MAT;
    const bool is_ours = products_ != nullptr && products_->take_over(node);
    if (is_output && options_.writes_in_place && (is_product || is_ours)) {
        write_in_place(node);
    }
}

// llama.cpp then copies the rows onto themselves, which memcpy does nothing for. A graph may be used again, and llama.cpp may
// have moved its logits since, so the address is looked up for each.
void GraphWatch::write_in_place(ggml_tensor * output) {
    const bool is_plain = output->view_src == nullptr && output->type == GGML_TYPE_F32 && ggml_is_contiguous(output);
    if (context_ == nullptr || !is_plain || output->ne[1] == 0 || !ggml_backend_buffer_is_host(output->buffer)) {
        return;
    }
    if (float * logits = llama_get_logits(context_)) {
        output->data = logits + rows_ * output->ne[0];
        graphs_in_place_++;
    }
}

}  // namespace weir
