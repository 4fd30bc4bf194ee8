// Keeps compute threads off each other's cores, where there are as many as cores.
//
// ggml's threads spin at barriers and never yield. A thread that is woken for a graph is put on the core that it had before if no
// other is idle in that moment; if that is the core of the thread that waits for it, they share it, 4 ms each in turn, beside a
// core that has nothing to do (docs/decisions/0053).
#pragma once

#include "ggml-cpu.h"

#include <cstdint>
#include <initializer_list>
#include <vector>

#ifdef __linux__
#include <sched.h>
#endif

namespace weir {

class CoreSeats {
  public:
    // `threads`: of each pool, with the caller. The pools are paused afterwards, until their next graph. Without effect but on Linux.
    CoreSeats(std::initializer_list<ggml_threadpool *> pools, int32_t threads);

  private:
    friend class Seat;
#ifdef __linux__
    void find_workers(ggml_threadpool * pool);

    int32_t threads_;
    std::vector<pid_t> workers_;
    // Whose core the workers were told to leave, and what is left to them.
    int core_ = -1;
    cpu_set_t others_ = {};
#endif
};

// Held by the thread that computes, while it does: it stays on its core, and the pools' threads on the others. What a process may
// use can be changed meanwhile (taskset, cpusets): the seats follow with the next graph.
class Seat {
  public:
    // `seats`: null where there are none.
    explicit Seat(CoreSeats * seats);
    ~Seat();
    Seat(const Seat &) = delete;
    Seat & operator=(const Seat &) = delete;

#ifdef __linux__
  private:
    const CoreSeats * seats_ = nullptr;
    cpu_set_t allowed_ = {};
    cpu_set_t own_ = {};
#endif
};

}  // namespace weir
