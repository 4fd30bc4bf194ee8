#include "loader.h"

#include "arguments.h"
#include "llama-log.h"
#include "model.h"
#include "placement.h"

#include <atomic>
#include <memory>

namespace weir {

namespace {

using AbortFlag = std::shared_ptr<std::atomic<bool>>;

void abort_loading(void * flag) {
    *(std::atomic<bool> *) flag = true;
}

class Loading : public Napi::AsyncWorker {
  public:
    Loading(Napi::Env env, std::string path, std::unique_ptr<Placement> placement, Napi::Function on_progress)
        : Napi::AsyncWorker(env, "weir loadModel"),
          deferred_(Napi::Promise::Deferred::New(env)),
          path_(std::move(path)),
          placement_(std::move(placement)),
          progress_(Napi::ThreadSafeFunction::New(env, on_progress, "weir load progress", 0, 1)),
          aborted_(std::make_shared<std::atomic<bool>>(false)) {
        placement_->params.progress_callback = [](float fraction, void * self) { return ((Loading *) self)->report(fraction); };
        placement_->params.progress_callback_user_data = this;
        // A dying environment waits for its workers: end the loading early instead of reading 20 GB for nobody.
        napi_add_env_cleanup_hook(env, abort_loading, aborted_.get());
    }

    ~Loading() override {
        napi_remove_env_cleanup_hook(Env(), abort_loading, aborted_.get());
        progress_.Release();
    }

    Napi::Value promise() { return deferred_.Promise(); }
    AbortFlag abort_flag() { return aborted_; }

  protected:
    void Execute() override {
        ErrorCapture errors;
        const AbortGuard guard;
        try {
            llama_model_ptr model(llama_model_load_from_file(path_.c_str(), placement_->params));
            if (model != nullptr) {
                model_ = std::make_shared<Model>(std::move(model), path_, placement_->params.n_gpu_layers);
                return;
            }
        } catch (const std::exception & error) {
            SetError("llama.cpp could not load " + path_ + ": " + error.what());
            return;
        }
        SetError("llama.cpp could not load " + path_ + ": " + errors.text("no reason given"));
    }

    void OnOK() override { deferred_.Resolve(ModelHandle::create(Env(), std::move(model_))); }

    void OnError(const Napi::Error & error) override {
        const bool aborted = *aborted_;
        deferred_.Reject(make_error(Env(), aborted ? "model_load_aborted" : "model_load_failed",
                                    aborted ? "loading " + path_ + " was aborted" : error.Message())
                             .Value());
    }

  private:
    // Called by llama.cpp on the loading thread; false ends the loading.
    bool report(float fraction) {
        // Loading calls this for every tensor; a hundred steps are enough for a progress bar.
        const int percent = (int) (fraction * 100);
        if (percent != last_percent_) {
            last_percent_ = percent;
            progress_.NonBlockingCall([percent](Napi::Env env, Napi::Function call) {
                if (env != nullptr) {
                    call.Call({Napi::Number::New(env, percent / 100.0)});
                }
            });
        }
        return !*aborted_;
    }

    Napi::Promise::Deferred deferred_;
    std::string path_;
    std::unique_ptr<Placement> placement_;
    Napi::ThreadSafeFunction progress_;
    AbortFlag aborted_;
    std::shared_ptr<Model> model_;
    int last_percent_ = -1;
};

}  // namespace

Napi::Value load_model(const Napi::CallbackInfo & info) {
    const Napi::Env env = info.Env();
    std::string path = string_argument(info, 0, "path");
    auto placement = std::make_unique<Placement>(object_argument(info, 1, "placement"));
    const Napi::Function on_progress = function_argument(info, 2, "onProgress");

    auto * loading = new Loading(env, std::move(path), std::move(placement), on_progress);  // deletes itself when done
    const AbortFlag aborted = loading->abort_flag();
    const Napi::Object result = Napi::Object::New(env);
    result.Set("promise", loading->promise());
    result.Set("abort", Napi::Function::New(env, [aborted](const Napi::CallbackInfo &) { *aborted = true; }));
    loading->Queue();
    return result;
}

}  // namespace weir
