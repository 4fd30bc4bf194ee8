#include "memory-trim.h"

#include <thread>

#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace weir {

Napi::Value trim_memory(const Napi::CallbackInfo & info) {
#ifdef __GLIBC__
    std::thread([] { malloc_trim(0); }).detach();
#endif
    return info.Env().Undefined();
}

}  // namespace weir
