#include "process-end.h"

#include "arguments.h"

#include <unistd.h>

#include <chrono>
#include <thread>

namespace weir {

Napi::Value end_within(const Napi::CallbackInfo & info) {
    const int32_t ms = integer_argument(info, 0, "ms", 0, 600'000);
    const int32_t exit_code = integer_argument(info, 1, "exitCode", 0, 255);
    std::thread([ms, exit_code]() {
        std::this_thread::sleep_for(std::chrono::milliseconds(ms));
        _exit(exit_code);
    }).detach();
    return info.Env().Undefined();
}

}  // namespace weir
