// Hides libllama-common's chat header, which is heavy to compile, from everything that only holds the templates.
#pragma once

#include <memory>

struct llama_model;
struct common_chat_templates;

namespace weir {

class ChatTemplates {
  public:
    ChatTemplates() = default;
    // Parses the template of `model`; throws std::exception where it has a broken one.
    explicit ChatTemplates(const llama_model * model);

    const common_chat_templates * get() const { return templates_.get(); }
    explicit operator bool() const { return templates_ != nullptr; }

  private:
    std::shared_ptr<common_chat_templates> templates_;
};

}  // namespace weir
