// What callbacks of a llama.cpp graph look at.
#pragma once

#include "ggml-backend.h"
#include "ggml.h"

#include <cstring>
#include <vector>

namespace weir {

// llama.cpp's names of what its own pooling starts from, of what it comes to, and of the logits.
constexpr const char * norm_node = "result_norm";
constexpr const char * pooled_node = "result_embd_pooled";
constexpr const char * output_node = "result_output";

inline bool is_named(const ggml_tensor * tensor, const char * name) {
    return std::strcmp(ggml_get_name(tensor), name) == 0;
}

// Its values, row after row; none where they are no plain floats.
inline std::vector<float> rows_of(const ggml_tensor * tensor) {
    if (tensor->type != GGML_TYPE_F32 || !ggml_is_contiguous(tensor)) {
        return {};
    }
    std::vector<float> rows((size_t) ggml_nelements(tensor));
    ggml_backend_tensor_get(tensor, rows.data(), 0, rows.size() * sizeof(float));
    return rows;
}

}  // namespace weir
