#include "graph-watch.h"

#include "graph-rows.h"

namespace weir {

void GraphWatch::attach(llama_context_params & params, Options options) {
    options_ = options;
    if (counts()) {
        params.cb_eval = on_node;
        params.cb_eval_user_data = this;
    }
}

// The output is the last node of every graph; asking for it alone lets the rest run as one piece.
bool GraphWatch::on_node(ggml_tensor * tensor, bool ask, void * self) {
    GraphWatch & watch = *(GraphWatch *) self;
    if (!is_named(tensor, output_node)) {
        return !ask;
    }
    if (ask) {
        watch.before_output(tensor);
    } else {
        watch.graphs++;
        watch.rows_ += tensor->ne[1];
    }
    return true;
}

// llama.cpp then copies the rows onto themselves, which memcpy does nothing for. A graph may be used again, and llama.cpp may
// have moved its logits since, so the address is looked up for each.
void GraphWatch::before_output(ggml_tensor * output) {
    const bool is_plain = output->op == GGML_OP_MUL_MAT && output->view_src == nullptr && output->type == GGML_TYPE_F32 && ggml_is_contiguous(output);
    if (!options_.writes_in_place || context_ == nullptr || !is_plain || output->ne[1] == 0 || !ggml_backend_buffer_is_host(output->buffer)) {
        return;
    }
    if (float * logits = llama_get_logits(context_)) {
        output->data = logits + rows_ * output->ne[0];
        graphs_in_place_++;
    }
}

}  // namespace weir
