#include "sampler-pool.h"

#include <utility>

namespace weir {

SamplerPool::SamplerPool(int32_t threads) {
    try {
        for (int32_t thread = 1; thread < threads; thread++) {
            workers_.emplace_back([this, thread]() { work(thread); });
        }
    } catch (...) {
        join();  // a thread that is destroyed while it runs ends the process
        throw;
    }
}

SamplerPool::~SamplerPool() {
    join();
}

void SamplerPool::join() {
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
    if (failure_ != nullptr) {
        std::rethrow_exception(std::exchange(failure_, nullptr));
    }
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
        std::exception_ptr failure;
        try {
            (*task_)(index, thread);
        } catch (...) {
            failure = std::current_exception();
        }
        lock.lock();
        failure_ = failure != nullptr ? failure : failure_;
        if (--unfinished_ == 0) {
            done_.notify_all();
        }
    }
}

}  // namespace weir
