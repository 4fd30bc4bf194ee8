#include "rank-head.h"

#include "cpu-backend.h"

#include <cstdint>
#include <stdexcept>

namespace weir {

namespace {

// Of one call: vectors, product, softmax.
constexpr size_t tensors = 3;

bool is_in_cpu_memory(const ggml_tensor * tensor) {
    ggml_backend_dev_t device = ggml_backend_buft_get_device(ggml_backend_buffer_get_type(tensor->buffer));
    // The CPU backend's repacked matrices are its own, and no plain host memory; that in turn names no device.
    return ggml_backend_buffer_is_host(tensor->buffer) || device == nullptr || device == cpu_device();
}

}  // namespace

ggml_tensor * RankHead::weights_of(const ggml_tensor * pooled) {
    if (pooled->op != GGML_OP_SOFT_MAX || pooled->src[0]->op != GGML_OP_MUL_MAT) {
        return nullptr;
    }
    ggml_tensor * weights = pooled->src[0]->src[0];
    // A copy that the graph makes for another device goes with the graph.
    const bool is_models = weights->buffer != nullptr && ggml_backend_buffer_get_usage(weights->buffer) == GGML_BACKEND_BUFFER_USAGE_WEIGHTS;
    return is_models ? weights : nullptr;
}

RankHead::RankHead(ggml_tensor * weights) : weights_(weights) {
    backend_.reset(ggml_backend_init_by_type(GGML_BACKEND_DEVICE_TYPE_CPU, nullptr));
    if (backend_ == nullptr) {
        throw std::runtime_error("ggml has no CPU backend");
    }
    // Another thread would only have to be started.
    if (auto * set_threads = cpu_function<void(ggml_backend_t, int)>("ggml_backend_set_n_threads")) {
        set_threads(backend_.get(), 1);
    }
    allocator_.reset(ggml_gallocr_new(ggml_backend_get_default_buffer_type(backend_.get())));
    if (!is_in_cpu_memory(weights)) {
        copy_to_host();
    }
}

void RankHead::copy_to_host() {
    copy_.reset(ggml_init({ggml_tensor_overhead(), nullptr, true}));
    ggml_tensor * copy = ggml_dup_tensor(copy_.get(), weights_);
    copy_buffer_.reset(ggml_backend_alloc_ctx_tensors(copy_.get(), backend_.get()));
    if (copy_buffer_ == nullptr) {
        throw std::runtime_error("there is no memory for a reranker's matrix");
    }
    std::vector<uint8_t> bytes(ggml_nbytes(weights_));
    ggml_backend_tensor_get(weights_, bytes.data(), 0, bytes.size());
    ggml_backend_tensor_set(copy, bytes.data(), 0, bytes.size());
    weights_ = copy;
}

void RankHead::apply(const std::vector<float> & vectors, float * scores) {
    const size_t count = vectors.size() / width();
    const size_t bytes = tensors * ggml_tensor_overhead() + ggml_graph_overhead_custom(tensors, false);
    const ggml_context_ptr context(ggml_init({bytes, nullptr, true}));
    ggml_tensor * input = ggml_new_tensor_2d(context.get(), GGML_TYPE_F32, (int64_t) width(), (int64_t) count);
    ggml_set_input(input);
    ggml_tensor * output = ggml_soft_max(context.get(), ggml_mul_mat(context.get(), weights_, input));
    ggml_set_output(output);
    ggml_cgraph * graph = ggml_new_graph_custom(context.get(), tensors, false);
    ggml_build_forward_expand(graph, output);
    if (!ggml_gallocr_alloc_graph(allocator_.get(), graph)) {
        throw std::runtime_error("there is no memory for a reranker's scores");
    }
    ggml_backend_tensor_set(input, vectors.data(), 0, ggml_nbytes(input));
    if (ggml_backend_graph_compute(backend_.get(), graph) != GGML_STATUS_SUCCESS) {
        throw std::runtime_error("a reranker's scores could not be computed");
    }
    ggml_backend_tensor_get(output, scores, 0, ggml_nbytes(output));
}

}  // namespace weir
