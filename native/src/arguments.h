// Reading JavaScript arguments, each with an error that names the field.
#pragma once

#include "error.h"

#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

namespace weir {

inline Napi::Object object_argument(const Napi::CallbackInfo & info, size_t index, const char * name) {
    if (info.Length() <= index || !info[index].IsObject() || info[index].IsFunction()) {
        fail_argument(info.Env(), std::string(name) + " must be an object");
    }
    return info[index].As<Napi::Object>();
}

inline std::string string_argument(const Napi::CallbackInfo & info, size_t index, const char * name) {
    if (info.Length() <= index || !info[index].IsString()) {
        fail_argument(info.Env(), std::string(name) + " must be a string");
    }
    return info[index].As<Napi::String>();
}

inline Napi::Function function_argument(const Napi::CallbackInfo & info, size_t index, const char * name) {
    if (info.Length() <= index || !info[index].IsFunction()) {
        fail_argument(info.Env(), std::string(name) + " must be a function");
    }
    return info[index].As<Napi::Function>();
}

inline Napi::Int32Array int32_array_argument(const Napi::CallbackInfo & info, size_t index, const char * name) {
    if (info.Length() <= index || !info[index].IsTypedArray() ||
        info[index].As<Napi::TypedArray>().TypedArrayType() != napi_int32_array) {
        fail_argument(info.Env(), std::string(name) + " must be an Int32Array");
    }
    return info[index].As<Napi::Int32Array>();
}

// An integer in [low, high].
inline int64_t to_integer(Napi::Env env, Napi::Value value, const std::string & name, int64_t low, int64_t high) {
    const double number = value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : std::nan("");
    if (!(number >= (double) low && number <= (double) high) || number != std::floor(number)) {
        fail_argument(env, name + " must be an integer from " + std::to_string(low) + " to " + std::to_string(high));
    }
    return (int64_t) number;
}

inline int32_t integer_argument(const Napi::CallbackInfo & info, size_t index, const char * name, int32_t low, int32_t high) {
    return (int32_t) to_integer(info.Env(), info.Length() > index ? info[index] : info.Env().Undefined(), name, low, high);
}

inline int64_t integer_field(Napi::Object object, const char * name, int64_t low, int64_t high) {
    return to_integer(object.Env(), object.Get(name), name, low, high);
}

inline float float_field(Napi::Object object, const char * name) {
    const Napi::Value value = object.Get(name);
    if (!value.IsNumber() || std::isnan(value.As<Napi::Number>().DoubleValue())) {
        fail_argument(object.Env(), std::string(name) + " must be a number");
    }
    return value.As<Napi::Number>().FloatValue();
}

inline bool bool_field(Napi::Object object, const char * name) {
    const Napi::Value value = object.Get(name);
    if (!value.IsBoolean()) {
        fail_argument(object.Env(), std::string(name) + " must be true or false");
    }
    return value.As<Napi::Boolean>();
}

inline std::string string_field(Napi::Object object, const char * name) {
    const Napi::Value value = object.Get(name);
    if (!value.IsString()) {
        fail_argument(object.Env(), std::string(name) + " must be a string");
    }
    return value.As<Napi::String>();
}

inline Napi::Array array_field(Napi::Object object, const char * name) {
    const Napi::Value value = object.Get(name);
    if (!value.IsArray()) {
        fail_argument(object.Env(), std::string(name) + " must be an array");
    }
    return value.As<Napi::Array>();
}

}  // namespace weir
