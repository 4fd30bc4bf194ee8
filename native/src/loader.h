// Loading a model off the JavaScript thread.
#pragma once

#include <napi.h>

namespace weir {

// loadModel(path, placement, onProgress: (fraction) => void): { promise: Promise<Model>, abort(): void }
// The promise rejects with `model_load_failed` (llama.cpp's own reasons) or `model_load_aborted`; nothing stays allocated.
Napi::Value load_model(const Napi::CallbackInfo & info);

}  // namespace weir
