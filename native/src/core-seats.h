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
    // False where the kernel refuses.
    bool leave_core(int core, const cpu_set_t & allowed);
    // Whether nobody else has told the workers where to be since then.
    bool are_where_told() const;
    // Undoes it, where it was done; for the calling thread too.
    void free_all(const cpu_set_t & allowed);
    bool place_workers(const cpu_set_t & cores);

    int32_t threads_;
    std::vector<pid_t> workers_;
    bool are_narrowed_ = false;
    cpu_set_t others_ = {};
#endif
};

// Held by the thread that computes, while it does: it stays on its core, and the pools' threads on the others. What the process may
// use can be changed meanwhile (taskset --all-tasks, cpusets): the seats follow with the next graph. What one of these threads alone
// is told does not hold.
class Seat {
  public:
    // `seats`: null where there are none.
    explicit Seat(CoreSeats * seats);
    ~Seat();
    Seat(const Seat &) = delete;
    Seat & operator=(const Seat &) = delete;

#ifdef __linux__
  private:
    bool is_taken_ = false;
    cpu_set_t allowed_ = {};
    cpu_set_t own_ = {};
#endif
};

}  // namespace weir
