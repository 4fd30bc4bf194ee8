#include "embedding-context.h"

#include "arguments.h"
#include "llama-log.h"
#include "memory-list.h"
#include "placement.h"
#include "pooling.h"

namespace weir {

namespace {

void refuse_unsupported(Napi::Env env, const llama_model * model) {
    if (pooling_of(model) == LLAMA_POOLING_TYPE_NONE) {
        fail(env, "model_unsupported", "this model generates text: its file names no pooling type");
    }
    // They would need a state for every text and other calls; nobody has tried them here.
    if (llama_model_is_recurrent(model) || llama_model_is_hybrid(model)) {
        fail(env, "model_unsupported", "this model keeps a recurrent state; Weir embeds with encoders and with decoders that have a KV cache only");
    }
    // What llama.cpp calls an encoder is T5's, which it runs by another function than BERT's and its kin.
    if (llama_model_has_encoder(model)) {
        fail(env, "model_unsupported", "this model is a T5 or its encoder; Weir embeds with decoders, BERT and its kin");
    }
}

std::vector<int32_t> copy_of(const Napi::Int32Array & array) {
    return {array.Data(), array.Data() + array.ElementLength()};
}

}  // namespace

void EmbeddingContextHandle::define(Napi::Env env, Napi::Object exports) {
    exports.Set("EmbeddingContext", DefineClass(env, "EmbeddingContext", {
        InstanceMethod<&EmbeddingContextHandle::info>("info"),
        InstanceMethod<&EmbeddingContextHandle::memory>("memory"),
        InstanceMethod<&EmbeddingContextHandle::embed>("embed"),
        InstanceMethod<&EmbeddingContextHandle::close>("close"),
    }));
}

EmbeddingContextHandle::EmbeddingContextHandle(const Napi::CallbackInfo & info)
    : Napi::ObjectWrap<EmbeddingContextHandle>(info) {
    const Napi::Env env = info.Env();
    std::shared_ptr<Model> model = ModelHandle::unwrap(info, 0);
    const Napi::Object options = object_argument(info, 1, "options");
    const llama_model * llama = model->get();
    refuse_unsupported(env, llama);
    const auto trained_context = (uint32_t) llama_model_n_ctx_train(llama);
    const EmbeddingParams params = embedding_params(options, trained_context, pools_last_token(llama));
    const bool skip_logits = bool_field(options, "skipLogits");
    ErrorCapture errors;
    try {
        context_ = std::make_unique<TextContext>(std::move(model), params, skip_logits);
    } catch (const std::exception & error) {
        fail(env, "context_failed", "llama.cpp could not make a context: " + errors.text(error.what()));
    }
}

TextContext & EmbeddingContextHandle::open(Napi::Env env) const {
    if (context_ == nullptr) {
        fail(env, "handle_closed", "the embedding context is closed");
    }
    return *context_;
}

// info(): as EmbeddingContextHandle of src/llama/addon.ts says
Napi::Value EmbeddingContextHandle::info(const Napi::CallbackInfo & info) {
    const TextContext & context = open(info.Env());
    const TextLimits & limits = context.limits();
    const Napi::Object result = Napi::Object::New(info.Env());
    result.Set("pooling", pooling_name(pooling_of(context.model().get())));
    result.Set("width", context.width());
    result.Set("sequences", limits.sequences);
    result.Set("textTokens", limits.text_tokens);
    result.Set("capacityTokens", limits.capacity);
    result.Set("microBatchTokens", llama_n_ubatch(context.get()));
    result.Set("threads", llama_n_threads_batch(context.get()));
    result.Set("skipsLogits", context.is_tapped());
    return result;
}

Napi::Value EmbeddingContextHandle::memory(const Napi::CallbackInfo & info) {
    return memory_list(info.Env(), open(info.Env()).get());
}

// embed(tokens: Int32Array, ends: Int32Array): Float32Array of `width` values a text. Text i is tokens[ends[i-1] … ends[i]).
// Throws `invalid_argument` for what does not fit, `decode_failed` where llama.cpp fails; the next call starts afresh.
Napi::Value EmbeddingContextHandle::embed(const Napi::CallbackInfo & info) {
    const Napi::Env env = info.Env();
    TextContext & context = open(env);
    // From copies: the arrays may be shared with another thread.
    const TextBatch batch = {copy_of(int32_array_argument(info, 0, "tokens")), copy_of(int32_array_argument(info, 1, "ends"))};
    const std::string problem = check_texts(batch, context.limits());
    if (!problem.empty()) {
        fail_argument(env, problem);
    }
    Napi::Float32Array values = Napi::Float32Array::New(env, batch.ends.size() * (size_t) context.width());
    ErrorCapture errors;
    CurrentStep & step = current_step();
    step.number++;
    step.decode_rows = 0;
    step.prompt_rows = (int32_t) batch.tokens.size();
    step.phase = "embedding";
    try {
        context.runner().run(batch, values.Data());
    } catch (const std::exception & error) {
        step.phase = "idle";
        fail(env, "decode_failed", std::string(error.what()) + ": " + errors.text("no reason given"));
    }
    step.phase = "idle";
    return values;
}

Napi::Value EmbeddingContextHandle::close(const Napi::CallbackInfo & info) {
    context_.reset();
    return info.Env().Undefined();
}

}  // namespace weir
