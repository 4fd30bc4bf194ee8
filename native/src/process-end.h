// The end of the process where nothing else brings it.
#pragma once

#include <napi.h>

namespace weir {

// endWithin(ms, exitCode): ends the process after that time, without waiting for any of its threads: one that hangs in llama.cpp
// or a driver keeps process.exit() from ending it.
Napi::Value end_within(const Napi::CallbackInfo & info);

}  // namespace weir
