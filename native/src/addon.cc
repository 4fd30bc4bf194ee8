// The exports. Every function is documented where it is declared.
#include "context.h"
#include "datagram.h"
#include "devices.h"
#include "embedding-context.h"
#include "error.h"
#include "estimate.h"
#include "llama-log.h"
#include "loader.h"
#include "memory-trim.h"
#include "model.h"
#include "process-end.h"

#include "llama.h"

namespace {

Napi::Value alive(const Napi::CallbackInfo & info) {
    const Napi::Object counts = Napi::Object::New(info.Env());
    counts.Set("models", weir::Model::alive());
    counts.Set("contexts", weir::ContextHandle::alive() + weir::TextContext::alive());
    return counts;
}

Napi::Object init(Napi::Env env, Napi::Object exports) {
    const Napi::Object build = Napi::Object::New(env);
    build.Set("nodeLlamaCpp", WEIR_NODE_LLAMA_CPP_VERSION);
    build.Set("llamaCpp", WEIR_LLAMA_CPP_RELEASE);
    build.Set("llamaCppLoaded", llama_version());
    exports.Set("build", build);
    weir::ModelHandle::define(env, exports);
    weir::ContextHandle::define(env, exports);
    weir::EmbeddingContextHandle::define(env, exports);
    exports.Set("alive", Napi::Function::New<alive>(env));
    exports.Set("sendDatagram", Napi::Function::New<weir::send_datagram>(env));
    exports.Set("trimMemory", Napi::Function::New<weir::trim_memory>(env));
    exports.Set("endWithin", Napi::Function::New<weir::end_within>(env));
    exports.Set("devices", Napi::Function::New<weir::list_devices>(env));
    exports.Set("setLogHandler", Napi::Function::New<weir::set_log_handler>(env));
    exports.Set("loadModel", Napi::Function::New<weir::load_model>(env));
    exports.Set("attachModel", Napi::Function::New<weir::ModelHandle::attach>(env));
    exports.Set("estimateMemory", Napi::Function::New<weir::estimate_memory>(env));
    return exports;
}

}  // namespace

NODE_API_MODULE(weir, init)
