#include "memory-list.h"

#include "llama-ext.h"

namespace weir {

Napi::Array memory_list(Napi::Env env, const llama_context * context) {
    const Napi::Array list = Napi::Array::New(env);
    uint32_t index = 0;
    for (const auto & [buffer_type, bytes] : llama_get_memory_breakdown(context)) {
        const Napi::Object entry = Napi::Object::New(env);
        entry.Set("device", ggml_backend_buft_name(buffer_type));
        entry.Set("modelBytes", (double) bytes.model);
        entry.Set("contextBytes", (double) bytes.context);
        entry.Set("computeBytes", (double) bytes.compute);
        list.Set(index++, entry);
    }
    return list;
}

}  // namespace weir
