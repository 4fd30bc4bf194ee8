#include "placement.h"

#include "arguments.h"
#include "devices.h"
#include "plan.h"

#include "common.h"

#include <algorithm>
#include <map>

#ifdef __linux__
#include <sched.h>
#endif

namespace weir {

namespace {

// What is taken of a model's trained context where none is asked for: a slot of Qwen3-32B's 40,960 tokens would take
// 10 GiB of KV cache.
constexpr uint32_t default_context_limit = 8192;

template <typename Value>
Value choice_field(Napi::Object options, const char * name, const std::map<std::string, Value> & choices) {
    const std::string text = string_field(options, name);
    const auto found = choices.find(text);
    if (found == choices.end()) {
        std::string known;
        for (const auto & choice : choices) {
            known += (known.empty() ? "" : ", ") + choice.first;
        }
        fail_argument(options.Env(), std::string(name) + " is \"" + text + "\"; it must be one of " + known);
    }
    return found->second;
}

const std::map<std::string, ggml_type> cache_types = {
    {"f32", GGML_TYPE_F32},   {"f16", GGML_TYPE_F16},   {"bf16", GGML_TYPE_BF16}, {"q8_0", GGML_TYPE_Q8_0},    {"q5_1", GGML_TYPE_Q5_1},
    {"q5_0", GGML_TYPE_Q5_0}, {"q4_1", GGML_TYPE_Q4_1}, {"q4_0", GGML_TYPE_Q4_0}, {"iq4_nl", GGML_TYPE_IQ4_NL},
};

}  // namespace

Placement::Placement(Napi::Object options) : params(llama_model_default_params()) {
    const Napi::Env env = options.Env();
    const int64_t max_devices = (int64_t) llama_max_devices();

    const Napi::Array names = array_field(options, "devices");
    if (names.Length() > 0) {
        std::vector<std::string> list;
        const uint32_t count = names.Length();
        for (uint32_t i = 0; i < count; i++) {
            list.push_back(names.Get(i).ToString());
        }
        devices = find_devices(env, list);
        params.devices = devices.data();
    } else if (bool_field(options, "cpuOnly")) {
        devices = {nullptr};
        params.devices = devices.data();
    }

    const Napi::Array split = array_field(options, "tensorSplit");
    const uint32_t shares = split.Length();  // once: reading an entry can run JavaScript that makes the array longer
    if ((int64_t) shares > max_devices) {
        fail_argument(env, "tensorSplit has " + std::to_string(shares) + " entries; llama.cpp takes at most " + std::to_string(max_devices));
    }
    if (shares > 0) {
        tensor_split.assign((size_t) max_devices, 0.0f);
        for (uint32_t i = 0; i < shares; i++) {
            const Napi::Value entry = split.Get(i);
            const float share = entry.IsNumber() ? entry.As<Napi::Number>().FloatValue() : -1.0f;
            if (!(share >= 0.0f)) {
                fail_argument(env, "tensorSplit must hold proportions of 0 or more");
            }
            tensor_split[i] = share;
        }
        params.tensor_split = tensor_split.data();
    }

    params.n_gpu_layers = (int32_t) integer_field(options, "gpuLayers", -1, 1 << 20);
    params.main_gpu = (int32_t) integer_field(options, "mainGpu", 0, max_devices - 1);
    params.split_mode = choice_field<llama_split_mode>(
        options, "splitMode", {{"none", LLAMA_SPLIT_MODE_NONE}, {"layer", LLAMA_SPLIT_MODE_LAYER}, {"row", LLAMA_SPLIT_MODE_ROW}});
}

uint32_t default_context(uint32_t trained_context) {
    return std::min(trained_context, default_context_limit);
}

namespace {

// The physical cores, but no more than the process may use: threads wait for each other, and two on one core take a hundred times
// as long.
int32_t default_threads() {
    int32_t threads = common_cpu_get_num_math();
#ifdef __linux__
    cpu_set_t cores;
    if (sched_getaffinity(0, sizeof(cores), &cores) == 0) {
        threads = std::min(threads, (int32_t) CPU_COUNT(&cores));
    }
#endif
    return threads;
}

// What both kinds of context have.
llama_context_params compute_params(Napi::Object options) {
    llama_context_params params = llama_context_default_params();
    const int64_t threads = integer_field(options, "threads", 0, 512);
    params.n_threads = threads > 0 ? (int32_t) threads : default_threads();
    params.n_threads_batch = params.n_threads;
    params.type_k = choice_field(options, "cacheTypeK", cache_types);
    params.type_v = choice_field(options, "cacheTypeV", cache_types);
    params.flash_attn_type = choice_field<llama_flash_attn_type>(
        options, "flashAttention",
        {{"auto", LLAMA_FLASH_ATTN_TYPE_AUTO}, {"on", LLAMA_FLASH_ATTN_TYPE_ENABLED}, {"off", LLAMA_FLASH_ATTN_TYPE_DISABLED}});
    return params;
}

// llama.cpp rounds a sequence's cells up to a multiple of 256; the limit that clients see stays the one asked for.
int64_t whole_cells(int64_t tokens) {
    return (tokens + 255) / 256 * 256;
}

}  // namespace

llama_context_params context_params(Napi::Object options, uint32_t trained_context) {
    const Napi::Env env = options.Env();
    llama_context_params params = compute_params(options);
    const int64_t slots = integer_field(options, "slots", 1, (int64_t) llama_max_parallel_sequences());
    const int64_t asked = integer_field(options, "contextTokens", 0, 1 << 24);
    const int64_t context = asked > 0 ? asked : default_context(trained_context);
    const int64_t cells = whole_cells(context);
    if (cells * slots > INT32_MAX) {
        fail_argument(env, std::to_string(slots) + " slots of " + std::to_string(context) +
                               " tokens are more cells than llama.cpp can count (2,147,483,647); ask for fewer or smaller slots");
    }
    params.n_ctx = (uint32_t) (slots * cells);
    params.n_seq_max = (uint32_t) slots;
    params.kv_unified = false;
    params.n_batch = (uint32_t) integer_field(options, "batchTokens", 1, 1 << 20);
    params.n_ubatch = (uint32_t) integer_field(options, "microBatchTokens", 1, 1 << 20);
    if ((int64_t) params.n_batch < slots || params.n_ubatch > params.n_batch) {
        fail_argument(env, "batchTokens must be at least the number of slots and at least microBatchTokens");
    }
    // A pass samples one row a slot at most, or scores a few; llama.cpp would otherwise keep n_batch rows of the whole vocabulary.
    params.n_outputs_max = (uint32_t) most_outputs((int32_t) slots);
    params.n_outputs_max_per_seq = 1;
    return params;
}

EmbeddingParams embedding_params(Napi::Object options, uint32_t trained_context, bool in_parts) {
    llama_context_params params = compute_params(options);
    const int64_t asked = integer_field(options, "contextTokens", 0, 1 << 20);
    const int64_t context = asked > 0 ? asked : default_context(trained_context);
    const int64_t batch = integer_field(options, "batchTokens", 1, 1 << 20);
    const int64_t micro_batch = integer_field(options, "microBatchTokens", 1, 1 << 20);
    if (micro_batch > batch) {
        fail_argument(options.Env(), "microBatchTokens must be at most batchTokens");
    }
    // A batch is one long text or as many as fit: the cells are for all of them together.
    const int64_t capacity = std::max(context, batch);
    params.n_ctx = (uint32_t) whole_cells(capacity);
    params.n_seq_max = (uint32_t) integer_field(options, "sequences", 1, (int64_t) llama_max_parallel_sequences());
    params.kv_unified = true;
    // llama.cpp keeps a row of the vocabulary for every token of a call: calls are no larger than graphs.
    params.n_batch = (uint32_t) (in_parts ? micro_batch : capacity);
    params.n_ubatch = params.n_batch;
    // llama.cpp has room for an output a sequence in any case, and aborts where that is more than it was told.
    params.n_outputs_max = std::max(params.n_batch, params.n_seq_max);
    params.embeddings = true;
    params.pooling_type = LLAMA_POOLING_TYPE_UNSPECIFIED;  // the model's own
    return {params, (int32_t) context, (int32_t) batch};
}

}  // namespace weir
