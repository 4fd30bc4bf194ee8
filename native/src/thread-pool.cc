#include "thread-pool.h"

#include "cpu-backend.h"

#include <initializer_list>

namespace weir {

ThreadPool::ThreadPool(llama_context * context, int32_t threads, int32_t poll, bool has_seats) : context_(context) {
    auto * create = cpu_function<decltype(ggml_threadpool_new)>("ggml_threadpool_new");
    if (create == nullptr) {
        return;
    }
    ggml_threadpool_params params = ggml_threadpool_params_default(threads);
    params.paused = true;  // until their first graph
    params.poll = (uint32_t) poll;
    single_ = create(&params);
    params.poll = 0;
    batch_ = create(&params);
    if (single_ != nullptr && batch_ != nullptr) {
        llama_attach_threadpool(context_, single_, batch_);
        if (has_seats) {
            seats_ = std::make_unique<CoreSeats>(std::initializer_list<ggml_threadpool *>{single_, batch_}, threads);
        }
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
