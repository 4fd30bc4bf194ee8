// Threads that sample rows side by side. They sleep between steps, so that llama.cpp's threads have the cores.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace weir {

class SamplerPool {
  public:
    // `threads` counts the caller of run(), which works too.
    explicit SamplerPool(int32_t threads);
    ~SamplerPool();
    SamplerPool(const SamplerPool &) = delete;
    SamplerPool & operator=(const SamplerPool &) = delete;

    int32_t threads() const { return (int32_t) workers_.size() + 1; }

    // Calls task(index, thread) for every index in [0, count), in no order, and returns when all are done.
    // Throws what a task threw, when all are done.
    void run(int32_t count, const std::function<void(int32_t index, int32_t thread)> & task);

  private:
    void work(int32_t thread);
    void join();
    void take_tasks(int32_t thread, std::unique_lock<std::mutex> & lock);

    std::mutex mutex_;
    std::condition_variable wake_;
    std::condition_variable done_;
    const std::function<void(int32_t, int32_t)> * task_ = nullptr;
    int32_t next_ = 0;
    int32_t count_ = 0;
    int32_t unfinished_ = 0;
    bool closing_ = false;
    std::exception_ptr failure_;
    std::vector<std::thread> workers_;
};

}  // namespace weir
