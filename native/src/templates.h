// Hides libllama-common's chat headers, which are heavy to compile, from everything that only holds the templates.
#pragma once

#include <memory>
#include <string>
#include <vector>

struct llama_model;
struct common_chat_templates;

namespace weir {

// What a template says about the answers of its model.
struct AnswerFormat {
    // Around the thinking; empty where the model has no thinking tags.
    std::string thinking_start;
    std::string thinking_end;
    // A tool call is a JSON object with these two fields between these tags. Empty `name_field`: the model writes calls in
    // another way, or not at all.
    std::string call_start;
    std::string call_end;
    std::string name_field;
    std::string arguments_field;
    // Texts that end an answer.
    std::vector<std::string> stops;
};

class ChatTemplates {
  public:
    ChatTemplates() = default;
    // Parses and analyses the template of `model`; throws std::exception where it has a broken one.
    explicit ChatTemplates(const llama_model * model);

    const common_chat_templates * get() const { return templates_.get(); }
    const AnswerFormat & format() const { return *format_; }
    // Whether llama.cpp has code of its own for this template; its analysis then says nothing.
    bool is_special() const { return is_special_; }
    explicit operator bool() const { return templates_ != nullptr; }

  private:
    std::shared_ptr<common_chat_templates> templates_;
    std::shared_ptr<AnswerFormat> format_;
    bool is_special_ = false;
};

}  // namespace weir
