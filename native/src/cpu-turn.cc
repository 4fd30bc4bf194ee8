#include "cpu-turn.h"

#include "llama-ext.h"

#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace weir {

namespace {

// Numbers as at a counter: a mutex alone would let the one who has just been served go first again.
std::mutex counter;
std::condition_variable called;
uint64_t next_number = 0;
uint64_t served_number = 0;

}  // namespace

CpuTurn::CpuTurn(bool is_taken) : is_taken_(is_taken) {
    if (!is_taken_) {
        return;
    }
    std::unique_lock<std::mutex> lock(counter);
    const uint64_t number = next_number++;
    called.wait(lock, [number] { return served_number == number; });
}

CpuTurn::~CpuTurn() {
    if (!is_taken_) {
        return;
    }
    {
        const std::lock_guard<std::mutex> lock(counter);
        served_number++;
    }
    called.notify_all();
}

bool has_cpu_alone(const llama_model * model) {
    for (int32_t i = 0; i < llama_model_n_devices(model); i++) {
        if (ggml_backend_dev_type(llama_model_get_device(model, i)) != GGML_BACKEND_DEVICE_TYPE_CPU) {
            return false;
        }
    }
    return true;
}

bool computes_on_cpu(const llama_model * model, int32_t gpu_layers) {
    // llama.cpp counts the output as a layer, behind the others.
    return (gpu_layers >= 0 && gpu_layers <= llama_model_n_layer(model)) || has_cpu_alone(model);
}

}  // namespace weir
