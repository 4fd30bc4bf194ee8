// llama.cpp's log and its last words.
#pragma once

#include <napi.h>

#include <atomic>
#include <cstdint>
#include <string>

namespace weir {

// setLogHandler(handler: (level: string, message: string) => void): sends llama.cpp's whole log, from any thread, to
// `handler` on the calling thread. One handler a process; the last one set wins.
Napi::Value set_log_handler(const Napi::CallbackInfo & info);

// Collects the errors that llama.cpp logs on this thread, since its functions return only null.
class ErrorCapture {
  public:
    ErrorCapture();
    ~ErrorCapture();
    ErrorCapture(const ErrorCapture &) = delete;
    ErrorCapture & operator=(const ErrorCapture &) = delete;

    // The lines captured so far, or `fallback` where there is none.
    std::string text(const char * fallback) const;

  private:
    std::string lines_;
    ErrorCapture * outer_;
    friend void capture_error(const char * line);
};

// While one lives, an assertion of llama.cpp or ggml that fails on this thread is thrown instead of ending the process: for
// what reads a file. ggml's compute threads still abort. See docs/decisions/0047.
class AbortGuard {
  public:
    AbortGuard();
    ~AbortGuard();
    AbortGuard(const AbortGuard &) = delete;
    AbortGuard & operator=(const AbortGuard &) = delete;
};

// What the engine is doing, for the message that an abort inside ggml leaves behind.
struct CurrentStep {
    std::atomic<int64_t> number{0};
    std::atomic<int32_t> decode_rows{0};
    std::atomic<int32_t> prompt_rows{0};
    std::atomic<const char *> phase{"idle"};
};

CurrentStep & current_step();

}  // namespace weir
