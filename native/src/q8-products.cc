#include "q8-products.h"

#include "ggml-backend.h"

#include <cstring>
#include <memory>
#include <new>

namespace weir {

namespace {

bool is_matrix(const ggml_tensor * tensor) {
    return tensor->ne[2] == 1 && tensor->ne[3] == 1;
}

// In plain layout: some of ggml's buffers hold weights in an order of their own.
bool is_in_host_memory(const ggml_tensor * tensor) {
    const ggml_backend_buffer_t buffer = tensor->view_src == nullptr ? tensor->buffer : tensor->view_src->buffer;
    return buffer != nullptr && ggml_backend_buffer_is_host(buffer);
}

bool is_q8_product(const ggml_tensor * node) {
    if (node->op != GGML_OP_MUL_MAT || node->type != GGML_TYPE_F32 || !q8::is_supported()) {
        return false;
    }
    const ggml_tensor * weights = node->src[0];
    const ggml_tensor * rows = node->src[1];
    return weights->type == GGML_TYPE_Q8_0 && rows->type == GGML_TYPE_F32 && is_matrix(weights) && is_matrix(rows) && rows->ne[1] > 0 &&
           weights->nb[0] == q8::block_bytes && rows->nb[0] == sizeof(float) && node->nb[0] == sizeof(float) && is_in_host_memory(weights) &&
           is_in_host_memory(rows) && is_in_host_memory(node);
}

// A node that calls back, as ggml itself writes it.
ggml_tensor calling_back(ggml_custom_op_t function, void * self) {
    const ggml_init_params params = {ggml_tensor_overhead(), nullptr, true};
    const std::unique_ptr<ggml_context, decltype(&ggml_free)> context(ggml_init(params), &ggml_free);
    return *ggml_custom_4d(context.get(), GGML_TYPE_F32, 1, 1, 1, 1, nullptr, 0, function, GGML_N_TASKS_MAX, self);
}

}  // namespace

Q8Products::Q8Products(int32_t threads) : pattern_(calling_back(compute, this)), scratch_((size_t) threads) {}

bool Q8Products::take_over(ggml_tensor * node) {
    const bool is_taken = node->op == pattern_.op && std::memcmp(node->op_params, pattern_.op_params, sizeof(node->op_params)) == 0;
    if (!is_taken) {
        if (!is_q8_product(node)) {
            return false;
        }
        try {
            for (q8::Scratch & scratch : scratch_) {
                scratch.reserve(node->src[0]->ne[0]);
            }
        } catch (const std::bad_alloc &) {
            return false;
        }
        node->op = pattern_.op;
        std::memcpy(node->op_params, pattern_.op_params, sizeof(node->op_params));
    }
    count_++;
    return true;
}

void Q8Products::compute(ggml_tensor * node, int thread, int threads, void * self) {
    const ggml_tensor * weights = node->src[0];
    const ggml_tensor * rows = node->src[1];
    const q8::Product product = {
        (const uint8_t *) weights->data, weights->nb[1], (const char *) rows->data, rows->nb[1], (char *) node->data, node->nb[1], weights->ne[0], weights->ne[1], rows->ne[1],
    };
    q8::multiply(product, thread, threads, ((Q8Products *) self)->scratch_[(size_t) thread]);
}

}  // namespace weir
