// llama.cpp's compute threads, kept from graph to graph: without a pool ggml starts them anew for every graph.
#pragma once

#include "core-seats.h"

#include "ggml-cpu.h"
#include "llama.h"

#include <cstdint>
#include <memory>

namespace weir {

class ThreadPool {
  public:
    // `poll` is ggml's polling level, 0 … 100: how long a thread spins for the next graph before it sleeps. It holds for graphs
    // of one row, where waking up counts: while a thread spins it holds a core, which after larger graphs the samplers and the
    // main thread have work for. Those have a pool of their own whose threads sleep at once.
    // Where the CPU backend offers no pools, llama.cpp goes on as it would without one.
    // `has_seats`: nothing is computed elsewhere, so that whoever waits for these threads is one of them.
    ThreadPool(llama_context * context, int32_t threads, int32_t poll, bool has_seats);
    ~ThreadPool();
    ThreadPool(const ThreadPool &) = delete;
    ThreadPool & operator=(const ThreadPool &) = delete;

    // Null where there are none.
    CoreSeats * seats() const { return seats_.get(); }

  private:
    llama_context * context_;
    ggml_threadpool * single_ = nullptr;
    ggml_threadpool * batch_ = nullptr;
    std::unique_ptr<CoreSeats> seats_;
};

}  // namespace weir
