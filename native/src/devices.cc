#include "devices.h"

#include "error.h"

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
