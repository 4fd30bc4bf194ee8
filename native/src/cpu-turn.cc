#include "cpu-turn.h"

#include "llama-ext.h"

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>

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

bool computes_on_cpu(const llama_context * context) {
    for (const auto & [buffer_type, bytes] : llama_get_memory_breakdown(context)) {
        if (bytes.context > 0 && std::string(ggml_backend_buft_name(buffer_type)).rfind("CPU", 0) != 0) {
            return false;
        }
    }
    return true;
}

}  // namespace weir
