#include "text-context.h"

#include "cpu-turn.h"
#include "llama-log.h"
#include "pooling-probe.h"
#include "pooling.h"

#include <algorithm>
#include <atomic>
#include <stdexcept>

namespace weir {

namespace {

std::atomic<int32_t> alive_contexts{0};

llama_context_ptr make_context(const Model & model, const llama_context_params & params) {
    const AbortGuard guard;
    return llama_context_ptr(llama_init_from_model(model.get(), params));
}

// Two short texts, for comparisons.
TextBatch two_texts(int32_t vocab_size) {
    TextBatch texts;
    for (int32_t i = 1; i <= 9; i++) {
        texts.tokens.push_back((int32_t) ((int64_t) vocab_size * i / 10));
    }
    texts.ends = {4, 9};
    return texts;
}

// Whether two ways to compute the same vectors give the same, but for rounding: within 1 % of their length.
bool are_alike(const std::vector<float> & a, const std::vector<float> & b) {
    double difference = 0;
    double square = 0;
    for (size_t i = 0; i < a.size(); i++) {
        difference += ((double) a[i] - b[i]) * ((double) a[i] - b[i]);
        square += (double) b[i] * b[i];
    }
    return square > 0 && difference <= 1e-4 * square;
}

}  // namespace

TextContext::TextContext(std::shared_ptr<Model> model, const EmbeddingParams & params, bool skip_logits)
    : model_(std::move(model)),
      width_(width_of(model_->get())),
      limits_{(int32_t) params.context.n_seq_max, params.text_tokens, 0, model_->vocab_size()} {
    if (!skip_logits || !pools_last_token(model_->get()) || !open_tapped(params.context)) {
        tap_.reset();
        open(params.context);
    }
    if (context_ == nullptr) {
        throw std::runtime_error("no reason given");
    }
    if (is_encoder(context_.get())) {
        // An encoder's positions are rows of a matrix, and there are none after the trained ones.
        limits_.text_tokens = std::min(limits_.text_tokens, llama_model_n_ctx_train(model_->get()));
    }
    limits_.capacity = std::max(limits_.text_tokens, params.batch_tokens);
    alive_contexts++;
}

TextContext::~TextContext() {
    alive_contexts--;
}

int32_t TextContext::alive() {
    return alive_contexts;
}

// A context that llama.cpp pools, or a tapped one.
void TextContext::open(const llama_context_params & params) {
    runner_.reset();
    threads_.reset();
    context_.reset();
    llama_context_params own = params;
    if (tap_ != nullptr) {
        tap_->attach(own);
    }
    context_ = make_context(*model_, own);
    if (context_ != nullptr) {
        threads_ = std::make_unique<ThreadPool>(context_.get(), own.n_threads, 0, has_cpu_alone(model_->get()));
        runner_ = std::make_unique<TextRunner>(context_.get(), width_, tap_.get(), model_->is_on_cpu(), threads_->seats());
    }
}

// The tap and a reranker's matrix go by names and shapes in llama.cpp's graphs. They are used only where two short texts show
// that both give what llama.cpp's own pooling gives.
bool TextContext::open_tapped(const llama_context_params & params) {
    llama_context_params small = params;
    small.n_ctx = 256;
    small.n_batch = 32;
    small.n_ubatch = 32;
    small.n_seq_max = 2;
    small.n_outputs_max = 32;
    PoolingProbe probe;
    probe.attach(small);
    const llama_context_ptr pooled = make_context(*model_, small);
    if (pooled == nullptr || limits_.sequences < 2) {
        return false;
    }
    std::vector<float> expected(2 * (size_t) width_);
    TextRunner(pooled.get(), width_, nullptr, model_->is_on_cpu(), nullptr).run(two_texts(limits_.vocab_size), expected.data());
    tap_ = std::make_unique<NormTap>();
    open(params);
    try {
        if (context_ == nullptr || !tap_gives(probe.rows)) {
            return false;
        }
        if (pooling_of(model_->get()) != LLAMA_POOLING_TYPE_RANK) {
            return true;
        }
        if (!probe.shows_head((size_t) width_)) {
            return false;
        }
        tap_->head = std::make_unique<RankHead>(probe.rank_weights);
        return tap_gives(expected);
    } catch (const std::runtime_error &) {
        return false;  // the graph has no such node, or one of another shape
    }
}

// Whether the two texts come to these vectors, or scores.
bool TextContext::tap_gives(const std::vector<float> & vectors) const {
    std::vector<float> tapped(vectors.size());
    TextRunner(context_.get(), (int32_t) vectors.size() / 2, tap_.get(), model_->is_on_cpu(), threads_->seats()).run(two_texts(limits_.vocab_size), tapped.data());
    return are_alike(tapped, vectors);
}

}  // namespace weir
