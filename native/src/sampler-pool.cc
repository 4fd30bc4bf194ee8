#include "sampler-pool.h"

namespace weir {

SamplerPool::SamplerPool(int32_t threads) {
    for (int32_t thread = 1; thread < threads; thread++) {
        workers_.emplace_back([this, thread]() { work(thread); });
    }
}

SamplerPool::~SamplerPool() {
    {
        std::lock_guard<std::mutex> lock(mutex_);
        closing_ = true;
    }
    wake_.notify_all();
    for (std::thread & worker : workers_) {
        worker.join();
    }
}

void SamplerPool::run(int32_t count, const std::function<void(int32_t, int32_t)> & task) {
    std::unique_lock<std::mutex> lock(mutex_);
    task_ = &task;
    next_ = 0;
    count_ = count;
    unfinished_ = count;
    if (count > 1) {
        wake_.notify_all();
    }
    take_tasks(0, lock);
    done_.wait(lock, [this]() { return unfinished_ == 0; });
    task_ = nullptr;
}

void SamplerPool::work(int32_t thread) {
    std::unique_lock<std::mutex> lock(mutex_);
    for (;;) {
        wake_.wait(lock, [this]() { return closing_ || next_ < count_; });
        if (closing_) {
            return;
        }
        take_tasks(thread, lock);
    }
}

void SamplerPool::take_tasks(int32_t thread, std::unique_lock<std::mutex> & lock) {
    while (next_ < count_) {
        const int32_t index = next_++;
        lock.unlock();
        (*task_)(index, thread);
        lock.lock();
        if (--unfinished_ == 0) {
            done_.notify_all();
        }
    }
}

}  // namespace weir
