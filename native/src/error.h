// Errors with the codes of src/errors.ts.
#pragma once

#include <napi.h>

#include <string>

namespace weir {

inline Napi::Error make_error(Napi::Env env, const char * code, const std::string & message) {
    Napi::Error error = Napi::Error::New(env, message);
    error.Value().Set("code", Napi::String::New(env, code));
    return error;
}

[[noreturn]] inline void fail(Napi::Env env, const char * code, const std::string & message) {
    throw make_error(env, code, message);
}

[[noreturn]] inline void fail_argument(Napi::Env env, const std::string & message) {
    fail(env, "invalid_argument", message);
}

}  // namespace weir
