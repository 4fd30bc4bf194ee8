#include "core-seats.h"

#ifdef __linux__

#include "cpu-backend.h"

#include "ggml-cpp.h"

#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <iterator>

namespace weir {

namespace {

// To the kernel it means the caller.
constexpr pid_t no_thread = 0;

// Run by each thread of a pool: an operation of ggml's that computes nothing.
void note_thread(ggml_tensor *, const ggml_tensor *, int thread, int, void * ids) {
    if (thread > 0) {  // 0 is the caller
        prctl(PR_SET_NAME, "ggml-compute");
        (*(std::vector<pid_t> *) ids)[(size_t) thread - 1] = (pid_t) syscall(SYS_gettid);
    }
}

bool set_cores(pid_t thread, const cpu_set_t & cores) {
    return sched_setaffinity(thread, sizeof(cores), &cores) == 0;
}

bool has_cores(pid_t thread, const cpu_set_t & cores) {
    cpu_set_t now;
    return sched_getaffinity(thread, sizeof(now), &now) == 0 && CPU_EQUAL(&now, &cores);
}

}  // namespace

CoreSeats::CoreSeats(std::initializer_list<ggml_threadpool *> pools, int32_t threads) : threads_(threads) {
    for (ggml_threadpool * pool : pools) {
        find_workers(pool);
    }
}

void CoreSeats::find_workers(ggml_threadpool * pool) {
    auto * set_pool = cpu_function<decltype(ggml_backend_cpu_set_threadpool)>("ggml_backend_cpu_set_threadpool");
    auto * set_threads = cpu_function<void(ggml_backend_t, int)>("ggml_backend_set_n_threads");
    const ggml_backend_ptr backend(ggml_backend_init_by_type(GGML_BACKEND_DEVICE_TYPE_CPU, nullptr));
    const ggml_context_ptr context(ggml_init({2 * ggml_tensor_overhead() + ggml_graph_overhead_custom(2, false), nullptr, true}));
    if (threads_ < 2 || set_pool == nullptr || set_threads == nullptr || backend == nullptr || context == nullptr) {
        return;
    }
    std::vector<pid_t> found((size_t) threads_ - 1, no_thread);
    ggml_cgraph * graph = ggml_new_graph_custom(context.get(), 2, false);
    ggml_tensor * nothing = ggml_new_tensor_1d(context.get(), GGML_TYPE_F32, 1);
    ggml_build_forward_expand(graph, ggml_map_custom1(context.get(), nothing, note_thread, threads_, &found));
    set_threads(backend.get(), threads_);
    set_pool(backend.get(), pool);
    ggml_backend_graph_compute(backend.get(), graph);
    set_pool(backend.get(), nullptr);
    std::copy_if(found.begin(), found.end(), std::back_inserter(workers_), [](pid_t id) { return id != no_thread; });
}

Seat::Seat(CoreSeats * seats) {
    if (seats == nullptr || seats->workers_.empty() || sched_getaffinity(0, sizeof(allowed_), &allowed_) != 0) {
        return;
    }
    const int core = sched_getcpu();
    // With cores to spare a thread that is woken finds an idle one; with too few, some have to share.
    if (core < 0 || CPU_COUNT(&allowed_) != seats->threads_) {
        seats->core_ = -1;  // the workers have been told something else meanwhile
        return;
    }
    cpu_set_t others = allowed_;
    CPU_CLR(core, &others);
    if (core != seats->core_ || !CPU_EQUAL(&others, &seats->others_)) {
        const auto leave_core = [&](pid_t worker) { return set_cores(worker, others); };
        const bool left = std::all_of(seats->workers_.begin(), seats->workers_.end(), leave_core);
        seats->core_ = left ? core : -1;
        seats->others_ = others;
        if (!left) {
            return;
        }
    }
    CPU_SET(core, &own_);
    seats_ = set_cores(0, own_) ? seats : nullptr;
}

Seat::~Seat() {
    // Somebody else may have said meanwhile where the process is to be, and that may be this thread's core.
    if (seats_ != nullptr && has_cores(0, own_) && has_cores(seats_->workers_.front(), seats_->others_)) {
        set_cores(0, allowed_);
    }
}

}  // namespace weir

#else

namespace weir {

CoreSeats::CoreSeats(std::initializer_list<ggml_threadpool *>, int32_t) {}
Seat::Seat(CoreSeats *) {}
Seat::~Seat() {}

}  // namespace weir

#endif
