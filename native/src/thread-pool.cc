#include "thread-pool.h"

#include "cpu-backend.h"

#include <initializer_list>

namespace weir {

ThreadPool::ThreadPool(llama_context * context, int32_t threads, int32_t poll) : context_(context) {
    auto * create = cpu_function<decltype(ggml_threadpool_new)>("ggml_threadpool_new");
    if (create == nullptr) {
        return;
    }
    ggml_threadpool_params params = ggml_threadpool_params_default(threads);
    params.poll = (uint32_t) poll;
    single_ = create(&params);
    params.poll = 0;
    params.paused = true;  // until the first graph of several rows
    batch_ = create(&params);
    if (single_ != nullptr && batch_ != nullptr) {
        llama_attach_threadpool(context_, single_, batch_);
    }
}

ThreadPool::~ThreadPool() {
    auto * destroy = cpu_function<decltype(ggml_threadpool_free)>("ggml_threadpool_free");
    llama_detach_threadpool(context_);
    for (ggml_threadpool * pool : {single_, batch_}) {
        if (pool != nullptr && destroy != nullptr) {
            destroy(pool);
        }
    }
}

}  // namespace weir
