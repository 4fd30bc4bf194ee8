// A llama.cpp context that computes one vector, or scores, for each whole text; owned by one thread.
#pragma once

#include <napi.h>

#include "text-context.h"

#include <memory>

namespace weir {

// new EmbeddingContext(model, options): options are EmbeddingOptions of src/llama/options.ts. Throws `model_unsupported` for
// a model that generates text.
class EmbeddingContextHandle : public Napi::ObjectWrap<EmbeddingContextHandle> {
  public:
    static void define(Napi::Env env, Napi::Object exports);

    explicit EmbeddingContextHandle(const Napi::CallbackInfo & info);

  private:
    Napi::Value info(const Napi::CallbackInfo & info);
    Napi::Value memory(const Napi::CallbackInfo & info);
    Napi::Value embed(const Napi::CallbackInfo & info);
    Napi::Value close(const Napi::CallbackInfo & info);

    TextContext & open(Napi::Env env) const;

    std::unique_ptr<TextContext> context_;
};

}  // namespace weir
