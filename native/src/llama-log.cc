#include "llama-log.h"

#include "arguments.h"

#include "ggml.h"
#include "llama.h"

#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <ctime>
#include <memory>
#include <mutex>
#include <stdexcept>

namespace weir {

namespace {

struct Line {
    ggml_log_level level;
    std::string text;
};

thread_local ErrorCapture * capture = nullptr;

// Guards `handler` alone; calling into a thread-safe function never blocks (its queue is unbounded).
std::mutex handler_mutex;
Napi::ThreadSafeFunction handler;
bool handler_set = false;
uint64_t handler_generation = 0;

const char * level_name(ggml_log_level level) {
    switch (level) {
        case GGML_LOG_LEVEL_ERROR: return "error";
        case GGML_LOG_LEVEL_WARN:  return "warn";
        case GGML_LOG_LEVEL_INFO:  return "info";
        default:                   return "debug";
    }
}

void deliver(Line line) {
    std::lock_guard<std::mutex> lock(handler_mutex);
    if (!handler_set) {
        return;
    }
    auto owned = std::make_unique<Line>(std::move(line));
    const napi_status status = handler.NonBlockingCall(owned.get(), [](Napi::Env env, Napi::Function call, Line * queued) {
        std::unique_ptr<Line> taken(queued);
        if (env == nullptr) {
            return;  // the environment is being torn down
        }
        try {
            call.Call({Napi::String::New(env, level_name(taken->level)), Napi::String::New(env, taken->text)});
        } catch (const Napi::Error &) {
            // A log handler that throws has nobody to tell.
        }
    });
    if (status == napi_ok) {
        owned.release();
    }
}

}  // namespace

void capture_error(const char * line) {
    if (capture != nullptr) {
        capture->lines_ += line;
    }
}

namespace {

// llama.cpp prints a line in pieces (GGML_LOG_LEVEL_CONT); a piece is kept until its line ends.
void on_log(ggml_log_level level, const char * text, void *) {
    thread_local std::string partial;
    thread_local ggml_log_level partial_level = GGML_LOG_LEVEL_INFO;
    if (level == GGML_LOG_LEVEL_ERROR) {
        capture_error(text);
    }
    if (level != GGML_LOG_LEVEL_CONT) {
        partial_level = level;
    }
    for (const char * rest = text; *rest != '\0';) {
        const char * end = std::strchr(rest, '\n');
        if (end == nullptr) {
            partial += rest;
            return;
        }
        partial.append(rest, end);
        if (!partial.empty()) {
            deliver({partial_level, partial});
        }
        partial.clear();
        rest = end + 1;
    }
}

// Into a buffer of `size` bytes: nothing may be allocated while the process aborts.
void json_escape(const char * text, char * out, size_t size) {
    size_t length = 0;
    for (const char * c = text; *c != '\0' && length + 3 < size; c++) {
        if (*c == '"' || *c == '\\') {
            out[length++] = '\\';
        }
        out[length++] = (unsigned char) *c < 0x20 ? ' ' : *c;
    }
    out[length] = '\0';
}

thread_local int32_t abort_guards = 0;

// Runs on the thread that failed, right before abort(): only write(2), in the shape of the log's other lines.
void on_abort(const char * message) {
    if (abort_guards > 0) {
        throw std::runtime_error(message);
    }
    const CurrentStep & step = current_step();
    const std::time_t now = std::time(nullptr);
    char time[32];
    std::tm utc;
    std::strftime(time, sizeof time, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &utc));
    char escaped[3000];
    json_escape(message, escaped, sizeof escaped);
    char line[4096];
    const int length = std::snprintf(
        line, sizeof line,
        "{\"level\":\"fatal\",\"time\":\"%s\",\"msg\":\"ggml aborted: %s\",\"step\":{\"number\":%lld,\"phase\":\"%s\","
        "\"decodeRows\":%d,\"promptRows\":%d}}\n",
        time, escaped, (long long) step.number.load(), step.phase.load(), step.decode_rows.load(),
        step.prompt_rows.load());
    if (length > 0 && write(STDERR_FILENO, line, std::min((size_t) length, sizeof line - 1)) < 0) {
        return;  // nothing left to try
    }
}

void release_handler(uint64_t generation) {
    std::lock_guard<std::mutex> lock(handler_mutex);
    if (handler_set && handler_generation == generation) {
        handler.Release();
        handler_set = false;
    }
}

}  // namespace

CurrentStep & current_step() {
    static CurrentStep step;
    return step;
}

AbortGuard::AbortGuard() {
    abort_guards++;
}

AbortGuard::~AbortGuard() {
    abort_guards--;
}

ErrorCapture::ErrorCapture() : outer_(capture) {
    capture = this;
}

ErrorCapture::~ErrorCapture() {
    capture = outer_;
}

std::string ErrorCapture::text(const char * fallback) const {
    std::string text = lines_;
    while (!text.empty() && text.back() == '\n') {
        text.pop_back();
    }
    return text.empty() ? fallback : text;
}

Napi::Value set_log_handler(const Napi::CallbackInfo & info) {
    const Napi::Function call = function_argument(info, 0, "handler");
    auto next = Napi::ThreadSafeFunction::New(info.Env(), call, "weir log", 0, 1);
    next.Unref(info.Env());  // a log does not keep the process alive
    uint64_t generation;
    {
        std::lock_guard<std::mutex> lock(handler_mutex);
        if (handler_set) {
            handler.Release();
        }
        handler = next;
        handler_set = true;
        generation = ++handler_generation;
    }
    info.Env().AddCleanupHook([generation]() { release_handler(generation); });
    llama_log_set(on_log, nullptr);
    ggml_log_set(on_log, nullptr);
    ggml_set_abort_callback(on_abort);
    return info.Env().Undefined();
}

}  // namespace weir
