#include "embedding-context.h"

#include "arguments.h"
#include "llama-log.h"
#include "memory-list.h"
#include "placement.h"
#include "pooling.h"
#include "text-runner.h"
#include "thread-pool.h"

#include <algorithm>
#include <atomic>
#include <cmath>

namespace weir {

namespace {

std::atomic<int32_t> alive_contexts{0};

void refuse_unsupported(Napi::Env env, const llama_model * model) {
    if (pooling_of(model) == LLAMA_POOLING_TYPE_NONE) {
        fail(env, "context_failed", "this model generates text: its file names no pooling type");
    }
    // They would need a state for every text and other calls; nobody has tried them here.
    if (llama_model_is_recurrent(model) || llama_model_is_hybrid(model)) {
        fail(env, "context_failed", "this model keeps a recurrent state; Weir embeds with encoders and with decoders that have a KV cache only");
    }
    // What llama.cpp calls an encoder is T5's, which it runs by another function than BERT's and its kin.
    if (llama_model_has_encoder(model)) {
        fail(env, "context_failed", "this model is a T5 or its encoder; Weir embeds with decoders, BERT and its kin");
    }
}

llama_context_ptr make_context(const Model & model, const llama_context_params & params) {
    return llama_context_ptr(llama_init_from_model(model.get(), params));
}

// Whether two ways to compute the same vectors give the same, but for rounding: within 1 % of their length.
bool are_alike(const std::vector<float> & a, const std::vector<float> & b) {
    double difference = 0;
    double square = 0;
    for (size_t i = 0; i < a.size(); i++) {
        difference += ((double) a[i] - b[i]) * ((double) a[i] - b[i]);
        square += (double) b[i] * b[i];
    }
    return square > 0 && difference <= 1e-4 * square;
}

std::vector<int32_t> copy_of(const Napi::Int32Array & array) {
    return {array.Data(), array.Data() + array.ElementLength()};
}

}  // namespace

// The members are freed in reverse order: what uses llama's context, then the context, then this owner's share of the model.
struct EmbeddingContextHandle::State {
    std::shared_ptr<Model> model;
    std::unique_ptr<NormTap> tap;
    llama_context_ptr context;
    std::unique_ptr<ThreadPool> threads;
    std::unique_ptr<TextRunner> runner;
    int32_t width = 0;  // values a text
    TextLimits limits{};

    void open(const llama_context_params & params);
    bool tap_gives_vectors(const llama_context_params & params);

    ~State() { alive_contexts--; }
};

// A context that llama.cpp pools, or a tapped one.
void EmbeddingContextHandle::State::open(const llama_context_params & params) {
    runner.reset();
    threads.reset();
    context.reset();
    llama_context_params own = params;
    if (tap != nullptr) {
        tap->attach(own);
    }
    context = make_context(*model, own);
    if (context != nullptr) {
        threads = std::make_unique<ThreadPool>(context.get(), own.n_threads, 0);
        runner = std::make_unique<TextRunner>(context.get(), width, tap.get());
    }
}

// The tap goes by a name in llama.cpp's graphs. It is used only where two short texts show that it gives what llama.cpp's own
// pooling gives.
bool EmbeddingContextHandle::State::tap_gives_vectors(const llama_context_params & params) {
    llama_context_params small = params;
    small.n_ctx = 256;
    small.n_batch = 32;
    small.n_ubatch = 32;
    small.n_seq_max = 2;
    const llama_context_ptr pooled = make_context(*model, small);
    if (pooled == nullptr || context == nullptr || limits.sequences < 2) {
        return false;
    }
    TextBatch texts;
    for (int32_t i = 1; i <= 9; i++) {
        texts.tokens.push_back((int32_t) ((int64_t) limits.vocab_size * i / 10));
    }
    texts.ends = {4, 9};
    std::vector<float> expected(2 * (size_t) width);
    std::vector<float> tapped(2 * (size_t) width);
    TextRunner(pooled.get(), width, nullptr).run(texts, expected.data());
    try {
        runner->run(texts, tapped.data());
    } catch (const std::runtime_error &) {
        return false;  // the graph has no such node, or one of another shape
    }
    return are_alike(tapped, expected);
}

int32_t EmbeddingContextHandle::alive() {
    return alive_contexts;
}

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
    const enum llama_pooling_type pooling = pooling_of(llama);
    const auto trained_context = (uint32_t) llama_model_n_ctx_train(llama);
    const bool in_parts = pools_last_token(llama);
    const auto [params, text_tokens, batch_tokens] = embedding_params(options, trained_context, in_parts);
    const bool skip_logits = bool_field(options, "skipLogits");

    alive_contexts++;
    auto state = std::make_unique<State>();
    state->model = std::move(model);
    state->width = pooling == LLAMA_POOLING_TYPE_RANK ? (int32_t) llama_model_n_cls_out(llama) : llama_model_n_embd_out(llama);
    state->limits = {(int32_t) params.n_seq_max, text_tokens, 0, state->model->vocab_size()};
    ErrorCapture errors;
    try {
        if (skip_logits && in_parts && pooling == LLAMA_POOLING_TYPE_LAST) {
            state->tap = std::make_unique<NormTap>();
            state->open(params);
            if (!state->tap_gives_vectors(params)) {
                state->tap.reset();
            }
        }
        if (state->tap == nullptr) {
            state->open(params);
        }
    } catch (const std::exception & error) {
        fail(env, "context_failed", std::string("llama.cpp could not make a context: ") + error.what());
    }
    if (state->context == nullptr) {
        fail(env, "context_failed", "llama.cpp could not make a context: " + errors.text("no reason given"));
    }
    if (is_encoder(state->context.get())) {
        // An encoder's positions are rows of a matrix, and there are none after the trained ones.
        state->limits.text_tokens = std::min(state->limits.text_tokens, (int32_t) trained_context);
    }
    state->limits.capacity = std::max(state->limits.text_tokens, batch_tokens);
    state_ = std::move(state);
}

EmbeddingContextHandle::~EmbeddingContextHandle() = default;

EmbeddingContextHandle::State & EmbeddingContextHandle::open(Napi::Env env) const {
    if (state_ == nullptr) {
        fail(env, "handle_closed", "the embedding context is closed");
    }
    return *state_;
}

// info(): as EmbeddingContextHandle of src/llama/addon.ts says
Napi::Value EmbeddingContextHandle::info(const Napi::CallbackInfo & info) {
    const State & state = open(info.Env());
    const Napi::Object result = Napi::Object::New(info.Env());
    result.Set("pooling", pooling_name(pooling_of(state.model->get())));
    result.Set("width", state.width);
    result.Set("sequences", state.limits.sequences);
    result.Set("textTokens", state.limits.text_tokens);
    result.Set("capacityTokens", state.limits.capacity);
    result.Set("microBatchTokens", llama_n_ubatch(state.context.get()));
    result.Set("threads", llama_n_threads_batch(state.context.get()));
    result.Set("skipsLogits", state.tap != nullptr);
    return result;
}

Napi::Value EmbeddingContextHandle::memory(const Napi::CallbackInfo & info) {
    return memory_list(info.Env(), open(info.Env()).context.get());
}

// embed(tokens: Int32Array, ends: Int32Array): Float32Array of `width` values a text. Text i is tokens[ends[i-1] … ends[i]).
// Throws `invalid_argument` for what does not fit, `decode_failed` where llama.cpp fails; the next call starts afresh.
Napi::Value EmbeddingContextHandle::embed(const Napi::CallbackInfo & info) {
    const Napi::Env env = info.Env();
    State & state = open(env);
    // From copies: the arrays may be shared with another thread.
    const TextBatch batch = {copy_of(int32_array_argument(info, 0, "tokens")), copy_of(int32_array_argument(info, 1, "ends"))};
    const std::string problem = check_texts(batch, state.limits);
    if (!problem.empty()) {
        fail_argument(env, problem);
    }
    Napi::Float32Array values = Napi::Float32Array::New(env, batch.ends.size() * (size_t) state.width);
    ErrorCapture errors;
    CurrentStep & step = current_step();
    step.number++;
    step.decode_rows = 0;
    step.prompt_rows = (int32_t) batch.tokens.size();
    step.phase = "embedding";
    try {
        state.runner->run(batch, values.Data());
    } catch (const std::exception & error) {
        step.phase = "idle";
        fail(env, "decode_failed", std::string(error.what()) + ": " + errors.text("no reason given"));
    }
    step.phase = "idle";
    return values;
}

Napi::Value EmbeddingContextHandle::close(const Napi::CallbackInfo & info) {
    state_.reset();
    return info.Env().Undefined();
}

}  // namespace weir
