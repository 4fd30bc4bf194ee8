#include "context.h"

#include "arguments.h"
#include "cpu-turn.h"
#include "graph-watch.h"
#include "llama-log.h"
#include "memory-list.h"
#include "placement.h"
#include "slot-store.h"
#include "thread-pool.h"

#include <atomic>

namespace weir {

namespace {

std::atomic<int32_t> alive_contexts{0};

ContextLimits limits_of(const llama_context * context, const Model & model) {
    return {
        (int32_t) llama_n_seq_max(context),
        (int32_t) llama_n_ctx_seq(context),
        (int32_t) llama_n_batch(context),
        model.vocab_size(),
    };
}

// A slot's cache is cut at any token (prefix reuse, padding rows), which only a cache of keys and values can do.
void refuse_unsupported(Napi::Env env, const llama_model * model) {
    if (llama_model_is_recurrent(model) || llama_model_is_hybrid(model)) {
        fail(env, "model_unsupported",
             "this model keeps a recurrent state, which can't be cut back to a prefix; Weir serves models with a KV cache "
             "only (Qwen3, Qwen2.5, Llama, Mistral and the like)");
    }
    if (!llama_model_has_decoder(model) || llama_model_has_encoder(model)) {
        fail(env, "model_unsupported", "this model has an encoder; Weir serves decoder-only models");
    }
}

}  // namespace

// The members are freed in reverse order: what uses llama's context, then the context, then this owner's share of the model.
struct ContextHandle::State {
    std::shared_ptr<Model> model;
    GraphWatch watch;
    llama_context_ptr context;
    std::unique_ptr<ThreadPool> threads;
    std::unique_ptr<SlotStore> store;
    std::unique_ptr<StepRunner> runner;
    bool running = false;
    bool fast_sampling = true;
    std::vector<int32_t> out;

    ~State() { alive_contexts--; }
};

int32_t ContextHandle::alive() {
    return alive_contexts;
}

void ContextHandle::define(Napi::Env env, Napi::Object exports) {
    exports.Set("Context", DefineClass(env, "Context", {
        InstanceMethod<&ContextHandle::info>("info"),
        InstanceMethod<&ContextHandle::memory>("memory"),
        InstanceMethod<&ContextHandle::set_single_row_threads>("setSingleRowThreads"),
        InstanceMethod<&ContextHandle::set_sampler>("setSampler"),
        InstanceMethod<&ContextHandle::clear_sampler>("clearSampler"),
        InstanceMethod<&ContextHandle::step>("step"),
        InstanceMethod<&ContextHandle::logits>("logits"),
        InstanceMethod<&ContextHandle::logprobs>("logprobs"),
        InstanceMethod<&ContextHandle::take_scores>("takeScores"),
        InstanceMethod<&ContextHandle::slot_bytes>("slotBytes"),
        InstanceMethod<&ContextHandle::save_slot>("saveSlot"),
        InstanceMethod<&ContextHandle::drop_saved>("dropSaved"),
        InstanceMethod<&ContextHandle::close>("close"),
    }));
}

ContextHandle::ContextHandle(const Napi::CallbackInfo & info) : Napi::ObjectWrap<ContextHandle>(info) {
    const Napi::Env env = info.Env();
    std::shared_ptr<Model> model = ModelHandle::unwrap(info, 0);
    const Napi::Object options = object_argument(info, 1, "options");
    llama_context_params params = context_params(options, (uint32_t) llama_model_n_ctx_train(model->get()));
    refuse_unsupported(env, model->get());
    const auto sampler_threads = (int32_t) integer_field(options, "samplerThreads", 1, 64);
    const auto poll = (int32_t) integer_field(options, "poll", 0, 100);

    alive_contexts++;
    auto state = std::make_unique<State>();
    state->model = std::move(model);
    state->fast_sampling = bool_field(options, "fastSampling");
    // Elsewhere the callback would have the CPU wait for every part of a graph.
    const bool on_cpu_alone = has_cpu_alone(state->model->get());
    state->watch.attach(params, {bool_field(options, "countGraphs"), bool_field(options, "logitsInPlace") && on_cpu_alone,
                                 bool_field(options, "q8Products") && on_cpu_alone});
    ErrorCapture errors;
    const AbortGuard guard;
    try {
        state->context.reset(llama_init_from_model(state->model->get(), params));
        if (state->context == nullptr) {
            fail(env, "context_failed", "llama.cpp could not make a context: " + errors.text("no reason given"));
        }
        const ContextLimits limits = limits_of(state->context.get(), *state->model);
        state->threads = std::make_unique<ThreadPool>(state->context.get(), params.n_threads, poll, on_cpu_alone);
        state->store = std::make_unique<SlotStore>(state->context.get());
        state->watch.set_context(state->context.get());
        state->runner = std::make_unique<StepRunner>(state->context.get(), *state->store, state->watch, limits, state->model->is_on_cpu(), state->threads->seats(), sampler_threads);
        state->out.resize((size_t) (result::header_size + 2 * limits.slots));
    } catch (const Napi::Error &) {
        throw;
    } catch (const std::exception & error) {
        fail(env, "context_failed", std::string("llama.cpp could not make a context: ") + error.what());
    }
    state_ = std::move(state);
}

ContextHandle::~ContextHandle() = default;

ContextHandle::State & ContextHandle::open(Napi::Env env) const {
    if (state_ == nullptr) {
        fail(env, "handle_closed", "the context is closed");
    }
    return *state_;
}

Napi::Value ContextHandle::info(const Napi::CallbackInfo & info) {
    const State & state = open(info.Env());
    const Napi::Object result = Napi::Object::New(info.Env());
    result.Set("slots", llama_n_seq_max(state.context.get()));
    result.Set("slotTokens", llama_n_ctx_seq(state.context.get()));
    result.Set("batchTokens", llama_n_batch(state.context.get()));
    result.Set("microBatchTokens", llama_n_ubatch(state.context.get()));
    result.Set("threads", llama_n_threads_batch(state.context.get()));
    result.Set("graphsInPlace", (double) state.watch.graphs_in_place());
    result.Set("q8Products", (double) state.watch.q8_products());
    result.Set("canSaveSlots", llama_model_n_swa(state.model->get()) == 0);
    return result;
}

Napi::Value ContextHandle::memory(const Napi::CallbackInfo & info) {
    return memory_list(info.Env(), open(info.Env()).context.get());
}

// setSingleRowThreads(threads): of the compute threads, how many share a graph of one row
Napi::Value ContextHandle::set_single_row_threads(const Napi::CallbackInfo & info) {
    llama_context * context = open(info.Env()).context.get();
    const int32_t threads = llama_n_threads_batch(context);
    llama_set_n_threads(context, integer_argument(info, 0, "threads", 1, threads), threads);
    return info.Env().Undefined();
}

// setSampler(sampler, parameters, recent: Int32Array)
Napi::Value ContextHandle::set_sampler(const Napi::CallbackInfo & info) {
    const Napi::Env env = info.Env();
    const State & before = open(env);
    const std::shared_ptr<Model> model = before.model;
    const auto context_tokens = (int32_t) llama_n_ctx_seq(before.context.get());
    const bool fast_sampling = before.fast_sampling;
    const int32_t index = integer_argument(info, 0, "sampler", 0, (int32_t) llama_n_seq_max(before.context.get()) - 1);
    const Napi::Object parameters = object_argument(info, 1, "parameters");
    const Napi::Int32Array array = int32_array_argument(info, 2, "recent");
    const std::vector<int32_t> recent(array.Data(), array.Data() + array.ElementLength());
    // Reading the parameters can run JavaScript (getters), which can close this context: it is looked up again afterwards.
    const SamplingParameters read = read_sampling_parameters(model->vocab(), model->ends(), parameters);
    std::unique_ptr<Sampler> sampler;
    try {
        sampler = std::make_unique<Sampler>(model->vocab(), model->grammars(), read, recent, context_tokens, fast_sampling);
    } catch (const std::exception & error) {
        fail_argument(env, error.what());
    }
    State & state = open(env);
    if (state.running && state.runner->samplers[(size_t) index] != nullptr) {
        fail_argument(env, "a sampler can't be replaced from within onDecoded");
    }
    state.runner->samplers[(size_t) index] = std::move(sampler);
    return env.Undefined();
}

Napi::Value ContextHandle::clear_sampler(const Napi::CallbackInfo & info) {
    State & state = open(info.Env());
    const int32_t index = integer_argument(info, 0, "sampler", 0, (int32_t) llama_n_seq_max(state.context.get()) - 1);
    state.runner->samplers[(size_t) index].reset();
    return info.Env().Undefined();
}

// step(plan: Int32Array, onDecoded: (tokens: Int32Array) => boolean | undefined): Int32Array, laid out as step.h says; the prompt
// pass is left out where onDecoded returns false
Napi::Value ContextHandle::step(const Napi::CallbackInfo & info) {
    const Napi::Env env = info.Env();
    State & state = open(env);
    const Napi::Int32Array plan = int32_array_argument(info, 0, "plan");
    const Napi::Function on_decoded = function_argument(info, 1, "onDecoded");
    if (state.running) {
        fail_argument(env, "step() was called from within onDecoded");
    }
    // The plan is read while JavaScript may run (onDecoded), so it is checked and run from a copy.
    const std::vector<int32_t> copy(plan.Data(), plan.Data() + plan.ElementLength());
    const auto & samplers = state.runner->samplers;
    const std::string problem =
        check_plan(copy.data(), copy.size(), limits_of(state.context.get(), *state.model),
                   [&samplers](int32_t number) { return samplers[(size_t) number] != nullptr; },
                   [&state](int32_t key) { return state.store->has(key); }, state.runner->copies_pending);
    if (!problem.empty()) {
        fail_argument(env, problem);
    }
    const auto to_array = [env](const int32_t * values, int32_t count) {
        Napi::Int32Array array = Napi::Int32Array::New(env, (size_t) count);
        std::copy_n(values, count, array.Data());
        return array;
    };
    state.running = true;
    try {
        const int32_t written = state.runner->run(copy.data(), state.out.data(), [&](const int32_t * tokens, int32_t count) {
            const Napi::Value goes_on = on_decoded.Call({to_array(tokens, count)});
            return !goes_on.IsBoolean() || goes_on.As<Napi::Boolean>().Value();
        });
        state.running = false;
        return to_array(state.out.data(), written);
    } catch (const Napi::Error &) {
        state.running = false;
        current_step().phase = "idle";
        throw;
    } catch (const std::exception & error) {
        state.running = false;
        current_step().phase = "idle";
        fail(env, "decode_failed", std::string("llama.cpp failed in a step: ") + error.what());
    }
}

// logits(row): Float32Array of the vocabulary, of a sampled row of the last pass: for tests of exactness
Napi::Value ContextHandle::logits(const Napi::CallbackInfo & info) {
    const State & state = open(info.Env());
    const int32_t row = integer_argument(info, 0, "row", 0, (int32_t) llama_n_batch(state.context.get()) - 1);
    const float * values = llama_get_logits_ith(state.context.get(), row);
    if (values == nullptr) {
        fail_argument(info.Env(), "row " + std::to_string(row) + " of the last pass has no logits");
    }
    const auto size = (size_t) state.model->vocab_size();
    Napi::Float32Array result = Napi::Float32Array::New(info.Env(), size);
    std::copy_n(values, size, result.Data());
    return result;
}

namespace {

Napi::Value to_float64_array(Napi::Env env, const std::vector<double> & values) {
    Napi::Float64Array result = Napi::Float64Array::New(env, values.size());
    std::copy(values.begin(), values.end(), result.Data());
    return result;
}

}  // namespace

// logprobs(sampler): Float64Array, of the token that the sampler chose last: its log-probability, then a pair of id and
// log-probability for each of the likeliest tokens
Napi::Value ContextHandle::logprobs(const Napi::CallbackInfo & info) {
    return to_float64_array(info.Env(), sampler_argument(info).logprobs());
}

// takeScores(sampler): Float64Array, the same of the prompt's tokens after the rows that were scored since the last call,
// 1 + 2 * topLogprobs values a row
Napi::Value ContextHandle::take_scores(const Napi::CallbackInfo & info) {
    return to_float64_array(info.Env(), sampler_argument(info).take_scores());
}

Sampler & ContextHandle::sampler_argument(const Napi::CallbackInfo & info) const {
    const State & state = open(info.Env());
    const int32_t index = integer_argument(info, 0, "sampler", 0, (int32_t) llama_n_seq_max(state.context.get()) - 1);
    Sampler * sampler = state.runner->samplers[(size_t) index].get();
    if (sampler == nullptr) {
        fail_argument(info.Env(), "sampler " + std::to_string(index) + " is not set");
    }
    return *sampler;
}

int32_t ContextHandle::slot_argument(const Napi::CallbackInfo & info, size_t index) const {
    return integer_argument(info, index, "slot", 0, (int32_t) llama_n_seq_max(open(info.Env()).context.get()) - 1);
}

// A step that is between its passes may still restore what was saved, and has half of its cells computed.
ContextHandle::State & ContextHandle::between_steps(Napi::Env env) const {
    State & state = open(env);
    if (state.running) {
        fail_argument(env, "slots can't be saved from within onDecoded");
    }
    if (state.runner->copies_pending) {
        fail_argument(env, "slots can't be saved before llama.cpp has done the copies of the last plan, which had no rows");
    }
    return state;
}

// slotBytes(slot): what saveSlot() would take
Napi::Value ContextHandle::slot_bytes(const Napi::CallbackInfo & info) {
    return Napi::Number::New(info.Env(), (double) between_steps(info.Env()).store->size_of(slot_argument(info, 0)));
}

// saveSlot(slot, key): bytes
Napi::Value ContextHandle::save_slot(const Napi::CallbackInfo & info) {
    const Napi::Env env = info.Env();
    const int32_t slot = slot_argument(info, 0);
    const int32_t key = integer_argument(info, 1, "key", 0, INT32_MAX);
    try {
        return Napi::Number::New(env, (double) between_steps(env).store->save(slot, key));
    } catch (const Napi::Error &) {
        throw;
    } catch (const std::exception & error) {
        fail(env, "decode_failed", std::string("a slot could not be saved: ") + error.what());
    }
}

// dropSaved(key): frees the copy
Napi::Value ContextHandle::drop_saved(const Napi::CallbackInfo & info) {
    open(info.Env()).store->drop(integer_argument(info, 0, "key", 0, INT32_MAX));
    return info.Env().Undefined();
}

Napi::Value ContextHandle::close(const Napi::CallbackInfo & info) {
    if (state_ != nullptr && state_->running) {
        fail_argument(info.Env(), "close() was called from within onDecoded");
    }
    state_.reset();
    return info.Env().Undefined();
}

}  // namespace weir
