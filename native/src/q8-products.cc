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
    if (node->op != GGML_OP_MUL_MAT || node->type != GGML_TYPE_F32) {
        return false;
    }
    const ggml_tensor * weights = node->src[0];
    const ggml_tensor * rows = node->src[1];
    return weights->type == GGML_TYPE_Q8_0 && rows->type == GGML_TYPE_F32 && is_matrix(weights) && is_matrix(rows) && rows->ne[1] > 0 &&
           weights->nb[0] == q8::block_bytes && rows->nb[0] == sizeof(float) && node->nb[0] == sizeof(float) && is_in_host_memory(weights) &&
           is_in_host_memory(rows) && is_in_host_memory(node);
}

// As ggml itself writes it.
ggml_tensor make_callback_node(ggml_custom_op_t function, void * self) {
    const ggml_init_params params = {ggml_tensor_overhead(), nullptr, true};
    const std::unique_ptr<ggml_context, decltype(&ggml_free)> context(ggml_init(params), &ggml_free);
    return *ggml_custom_4d(context.get(), GGML_TYPE_F32, 1, 1, 1, 1, nullptr, 0, function, GGML_N_TASKS_MAX, self);
}

}  // namespace

Q8Products::Q8Products(int32_t threads) : callback_node_(make_callback_node(compute, this)), scratch_((size_t) threads) {}

bool Q8Products::take_over(ggml_tensor * node) {
    if (node->op == callback_node_.op && std::memcmp(node->op_params, callback_node_.op_params, sizeof(node->op_params)) == 0) {
        return true;
    }
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
    node->op = callback_node_.op;
    std::memcpy(node->op_params, callback_node_.op_params, sizeof(node->op_params));
    return true;
}

void Q8Products::compute(ggml_tensor * node, int thread, int threads, void * self) {
    auto & products = *(Q8Products *) self;
    const ggml_tensor * weights = node->src[0];
    const ggml_tensor * rows = node->src[1];
    q8::Product product;
    product.weights = (const uint8_t *) weights->data;
    product.weights_stride = weights->nb[1];
    product.activations = (const char *) rows->data;
    product.activations_stride = rows->nb[1];
    product.result = (char *) node->data;
    product.result_stride = node->nb[1];
    product.width = weights->ne[0];
    product.columns = weights->ne[1];
    product.rows = rows->ne[1];
    q8::multiply(product, thread, threads, products.scratch_[(size_t) thread]);
    if (thread == 0) {
        products.count_++;
    }
}

}  // namespace weir
