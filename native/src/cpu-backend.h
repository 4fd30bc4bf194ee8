// ggml's CPU backend, which is loaded at run time, the build that fits the processor: its functions are found by name.
#pragma once

#include "ggml-backend.h"

namespace weir {

inline ggml_backend_dev_t cpu_device() {
    return ggml_backend_dev_by_type(GGML_BACKEND_DEVICE_TYPE_CPU);
}

// Null where the backend has no such function.
template <typename Function>
Function * cpu_function(const char * name) {
    ggml_backend_dev_t cpu = cpu_device();
    ggml_backend_reg_t registry = cpu == nullptr ? nullptr : ggml_backend_dev_backend_reg(cpu);
    return registry == nullptr ? nullptr : (Function *) ggml_backend_reg_get_proc_address(registry, name);
}

}  // namespace weir
