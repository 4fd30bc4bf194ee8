#include "devices.h"

#include "error.h"

#include <limits>

namespace weir {

namespace {

const char * type_name(enum ggml_backend_dev_type type) {
    switch (type) {
        case GGML_BACKEND_DEVICE_TYPE_CPU:  return "cpu";
        case GGML_BACKEND_DEVICE_TYPE_GPU:  return "gpu";
        case GGML_BACKEND_DEVICE_TYPE_IGPU: return "integrated";
        default:                            return "accelerator";
    }
}

// Some devices take no tensor beyond a size, and llama.cpp ends the process where a KV cache has one (Vulkan's
// maxStorageBufferRange). Found by asking; infinite where none is too large.
double largest_tensor_bytes(ggml_backend_dev_t device) {
    const auto takes = [device](int64_t bytes) {
        ggml_tensor tensor = {};
        tensor.type = GGML_TYPE_I8;
        tensor.op = GGML_OP_NONE;
        tensor.ne[0] = bytes;
        tensor.ne[1] = tensor.ne[2] = tensor.ne[3] = 1;
        tensor.nb[0] = 1;
        tensor.nb[1] = tensor.nb[2] = tensor.nb[3] = (size_t) bytes;
        return ggml_backend_dev_supports_op(device, &tensor);
    };
    int64_t taken = 0;
    int64_t refused = int64_t{1} << 42;
    if (takes(refused)) {
        return std::numeric_limits<double>::infinity();
    }
    while (refused - taken > 1) {
        const int64_t middle = taken + (refused - taken) / 2;
        (takes(middle) ? taken : refused) = middle;
    }
    return (double) taken;
}

}  // namespace

Napi::Value list_devices(const Napi::CallbackInfo & info) {
    const Napi::Env env = info.Env();
    const Napi::Array list = Napi::Array::New(env);
    for (size_t i = 0; i < ggml_backend_dev_count(); i++) {
        const ggml_backend_dev_t device = ggml_backend_dev_get(i);
        size_t free_bytes = 0;
        size_t total_bytes = 0;
        ggml_backend_dev_memory(device, &free_bytes, &total_bytes);
        const Napi::Object entry = Napi::Object::New(env);
        entry.Set("name", ggml_backend_dev_name(device));
        entry.Set("description", ggml_backend_dev_description(device));
        entry.Set("type", type_name(ggml_backend_dev_type(device)));
        entry.Set("freeBytes", (double) free_bytes);
        entry.Set("totalBytes", (double) total_bytes);
        entry.Set("largestTensorBytes", largest_tensor_bytes(device));
        list.Set((uint32_t) i, entry);
    }
    return list;
}

std::vector<ggml_backend_dev_t> find_devices(Napi::Env env, const std::vector<std::string> & names) {
    std::vector<ggml_backend_dev_t> devices;
    for (const std::string & name : names) {
        const ggml_backend_dev_t device = ggml_backend_dev_by_name(name.c_str());
        if (device == nullptr) {
            std::string known;
            for (size_t i = 0; i < ggml_backend_dev_count(); i++) {
                known += (i > 0 ? ", " : "") + std::string(ggml_backend_dev_name(ggml_backend_dev_get(i)));
            }
            fail(env, "invalid_argument", "there is no device \"" + name + "\"; the devices are: " + known);
        }
        devices.push_back(device);
    }
    devices.push_back(nullptr);
    return devices;
}

}  // namespace weir
