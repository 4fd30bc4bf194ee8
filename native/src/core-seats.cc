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

constexpr pid_t no_thread = 0;
// To sched_setaffinity().
constexpr pid_t caller = 0;

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

bool get_cores(pid_t thread, cpu_set_t & cores) {
    return sched_getaffinity(thread, sizeof(cores), &cores) == 0;
}

bool has_cores(pid_t thread, const cpu_set_t & cores) {
    cpu_set_t now;
    return get_cores(thread, now) && CPU_EQUAL(&now, &cores);
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

bool CoreSeats::leave_core(int core, const cpu_set_t & allowed) {
    others_ = allowed;
    CPU_CLR((size_t) core, &others_);
    are_narrowed_ = true;
    return are_where_told() || place_workers(others_);
}

bool CoreSeats::are_where_told() const {
    return std::all_of(workers_.begin(), workers_.end(), [&](pid_t worker) { return has_cores(worker, others_); });
}

void CoreSeats::free_all(const cpu_set_t & allowed) {
    if (!are_narrowed_) {
        return;
    }
    are_narrowed_ = false;
    cpu_set_t cores = allowed;
    cpu_set_t own;
    if (are_where_told() && get_cores(caller, own)) {
        // Then the main thread alone was told to be on fewer cores, or a cpuset has grown.
        cpu_set_t common;
        CPU_AND(&common, &own, &allowed);
        cores = CPU_EQUAL(&common, &own) ? allowed : own;
    }
    place_workers(cores);
    set_cores(caller, cores);
}

bool CoreSeats::place_workers(const cpu_set_t & cores) {
    return std::all_of(workers_.begin(), workers_.end(), [&](pid_t worker) { return set_cores(worker, cores); });
}

Seat::Seat(CoreSeats * seats) {
    // What the process may use is what its main thread may, which has no seat but where it computes itself.
    if (seats == nullptr || seats->workers_.empty() || !get_cores(getpid(), allowed_)) {
        return;
    }
    const int core = sched_getcpu();
    // With cores to spare a thread that is woken finds an idle one; with too few, some have to share.
    if (core < 0 || !CPU_ISSET((size_t) core, &allowed_) || CPU_COUNT(&allowed_) != seats->threads_) {
        seats->free_all(allowed_);
        return;
    }
    CPU_SET((size_t) core, &own_);
    is_taken_ = seats->leave_core(core, allowed_) && set_cores(caller, own_);
}

Seat::~Seat() {
    // Otherwise it was told meanwhile to be elsewhere. That all were told to be on this very core shows before the next graph.
    if (is_taken_ && has_cores(caller, own_)) {
        set_cores(caller, allowed_);
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
