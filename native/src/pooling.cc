#include "pooling.h"

#include <array>
#include <string>

namespace weir {

namespace {

constexpr std::array<const char *, 5> names = {"none", "mean", "cls", "last", "rank"};

std::string metadata(const llama_model * model, const std::string & key) {
    char value[64];
    return llama_model_meta_val_str(model, key.c_str(), value, sizeof value) < 0 ? "" : value;
}

std::string architecture_of(const llama_model * model) {
    return metadata(model, "general.architecture");
}

}  // namespace

enum llama_pooling_type pooling_of(const llama_model * model) {
    const std::string value = metadata(model, architecture_of(model) + ".pooling_type");
    for (size_t type = 0; type < names.size(); type++) {
        if (value == std::to_string(type)) {
            return (enum llama_pooling_type) type;
        }
    }
    return LLAMA_POOLING_TYPE_NONE;
}

const char * pooling_name(enum llama_pooling_type pooling) {
    return names.at((size_t) pooling);
}

bool pools_last_token(const llama_model * model) {
    const std::string architecture = architecture_of(model);
    if (metadata(model, architecture + ".attention.causal") == "false") {
        return false;
    }
    const enum llama_pooling_type pooling = pooling_of(model);
    // llama.cpp ranks by the last token in these two architectures, by the first one in all others.
    const bool ranks_last = architecture == "qwen3" || architecture == "qwen3vl";
    return pooling == LLAMA_POOLING_TYPE_LAST || (pooling == LLAMA_POOLING_TYPE_RANK && ranks_last);
}

int32_t width_of(const llama_model * model) {
    return pooling_of(model) == LLAMA_POOLING_TYPE_RANK ? (int32_t) llama_model_n_cls_out(model) : llama_model_n_embd_out(model);
}

bool is_encoder(const llama_context * context) {
    return llama_get_memory(context) == nullptr;
}

}  // namespace weir
