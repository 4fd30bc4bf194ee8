// Memory that was freed goes back to the system.
#pragma once

#include <napi.h>

namespace weir {

// trimMemory(): glibc keeps what is freed for the next allocation, in an arena for every few threads; a model's vocabulary is a
// million small pieces, and each arena that one was loaded in keeps its place. Done by a thread of its own, and not waited for.
Napi::Value trim_memory(const Napi::CallbackInfo & info);

}  // namespace weir
