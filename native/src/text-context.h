// llama.cpp's context for whole texts: one that llama.cpp pools, or, where that gives the same for less work, a tapped one.
#pragma once

#include "model.h"
#include "norm-tap.h"
#include "placement.h"
#include "text-batch.h"
#include "text-runner.h"
#include "thread-pool.h"

#include "llama-cpp.h"

#include <memory>
#include <vector>

namespace weir {

class TextContext {
  public:
    // `skip_logits`: may be tapped. Throws where llama.cpp makes no context; what it logs says why.
    TextContext(std::shared_ptr<Model> model, const EmbeddingParams & params, bool skip_logits);
    ~TextContext();
    TextContext(const TextContext &) = delete;
    TextContext & operator=(const TextContext &) = delete;

    const Model & model() const { return *model_; }
    llama_context * get() const { return context_.get(); }
    // Values a text: its vector, or a score a class.
    int32_t width() const { return width_; }
    const TextLimits & limits() const { return limits_; }
    bool is_tapped() const { return tap_ != nullptr; }
    TextRunner & runner() { return *runner_; }

    // How many are alive in the process: for tests that count what was freed.
    static int32_t alive();

  private:
    void open(const llama_context_params & params);
    bool open_tapped(const llama_context_params & params);
    bool tap_gives(const std::vector<float> & vectors) const;

    // Freed in reverse order: what uses llama's context, then the context, then this owner's share of the model.
    std::shared_ptr<Model> model_;
    std::unique_ptr<NormTap> tap_;
    llama_context_ptr context_;
    std::unique_ptr<ThreadPool> threads_;
    std::unique_ptr<TextRunner> runner_;
    int32_t width_;
    TextLimits limits_;
};

}  // namespace weir
