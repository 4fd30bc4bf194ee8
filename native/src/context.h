// A llama.cpp context with its samplers, owned by one thread.
#pragma once

#include <napi.h>

#include "model.h"
#include "step.h"

#include <memory>

namespace weir {

// new Context(model, options): options are ContextOptions of src/llama/options.ts, plus `samplerThreads`, `poll`,
// `countGraphs` (also where nothing else watches the graphs; for tests and benches), `logitsInPlace` (false: copied, as llama.cpp
// does), `q8Products` (false: ggml computes them) and `fastSampling` (false: the chain sees every token).
class ContextHandle : public Napi::ObjectWrap<ContextHandle> {
  public:
    static void define(Napi::Env env, Napi::Object exports);
    // How many contexts are alive in the process: for tests that count what was freed.
    static int32_t alive();

    explicit ContextHandle(const Napi::CallbackInfo & info);
    ~ContextHandle() override;

  private:
    struct State;

    Napi::Value info(const Napi::CallbackInfo & info);
    Napi::Value memory(const Napi::CallbackInfo & info);
    Napi::Value set_single_row_threads(const Napi::CallbackInfo & info);
    Napi::Value set_sampler(const Napi::CallbackInfo & info);
    Napi::Value clear_sampler(const Napi::CallbackInfo & info);
    Napi::Value step(const Napi::CallbackInfo & info);
    Napi::Value logits(const Napi::CallbackInfo & info);
    Napi::Value logprobs(const Napi::CallbackInfo & info);
    Napi::Value take_scores(const Napi::CallbackInfo & info);
    Napi::Value slot_bytes(const Napi::CallbackInfo & info);
    Napi::Value save_slot(const Napi::CallbackInfo & info);
    Napi::Value drop_saved(const Napi::CallbackInfo & info);
    Napi::Value close(const Napi::CallbackInfo & info);

    State & open(Napi::Env env) const;
    State & between_steps(Napi::Env env) const;
    Sampler & sampler_argument(const Napi::CallbackInfo & info) const;
    int32_t slot_argument(const Napi::CallbackInfo & info, size_t index) const;

    std::unique_ptr<State> state_;
};

}  // namespace weir
