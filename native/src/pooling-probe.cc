#include "pooling-probe.h"

#include "graph-rows.h"
#include "rank-head.h"

#include <cstring>

namespace weir {

void PoolingProbe::attach(llama_context_params & params) {
    params.cb_eval = on_node;
    params.cb_eval_user_data = this;
}

bool PoolingProbe::shows_head(size_t scores) const {
    return rank_weights != nullptr && (size_t) rank_weights->ne[0] * 2 == rows.size() && (size_t) rank_weights->ne[1] == scores;
}

bool PoolingProbe::on_node(ggml_tensor * tensor, bool ask, void * self) {
    PoolingProbe & probe = *(PoolingProbe *) self;
    if (!ask) {
        probe.rows = rows_of(tensor);
        return true;
    }
    if (is_named(tensor, pooled_node)) {
        probe.rank_weights = RankHead::weights_of(tensor);
    }
    // Where another device pools, it has a copy, whose name has the original's in it.
    return tensor->op == GGML_OP_GET_ROWS && std::strstr(ggml_get_name(tensor->src[0]), norm_node) != nullptr;
}

}  // namespace weir
