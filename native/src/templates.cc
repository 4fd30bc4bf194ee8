#include "templates.h"

#include "token-text.h"

#include "chat-auto-parser.h"
#include "chat.h"
#include "log.h"

#include <mutex>

namespace weir {

namespace {

// libllama-common prints to stderr; what it warns of (a template without a tool section, say) it would say for every request.
void silence_common_log() {
    static std::once_flag once;
    std::call_once(once, []() { common_log_set_verbosity_thold(LOG_LEVEL_OUTPUT); });
}

std::string trimmed(const std::string & text) {
    const char * space = " \t\r\n";
    const size_t begin = text.find_first_not_of(space);
    return begin == std::string::npos ? "" : text.substr(begin, text.find_last_not_of(space) - begin + 1);
}

bool has_special_handler(const common_chat_template & chat_template) {
    autoparser::generation_params params;
    common_chat_msg message;
    message.role = "user";
    message.content = "Hello";
    params.messages = common_chat_msgs_to_json_oaicompat({message});
    params.add_generation_prompt = true;
    try {
        return common_chat_try_specialized_template(chat_template, chat_template.source(), params).has_value();
    } catch (const std::exception &) {
        return true;  // it was recognized, and refused the message
    }
}

AnswerFormat analyse(const common_chat_template & chat_template) {
    autoparser::autoparser analysis;
    analysis.analyze_template(chat_template);
    AnswerFormat format;
    format.stops = analysis.additional_stops;
    if (analysis.reasoning.mode != autoparser::reasoning_mode::NONE) {
        format.thinking_start = trimmed(analysis.reasoning.start);
        format.thinking_end = trimmed(analysis.reasoning.end);
    }
    const autoparser::tool_format_analysis & calls = analysis.tools.format;
    const bool is_tagged = calls.section_start.empty() && !calls.per_call_start.empty();
    if (calls.mode == autoparser::tool_format::JSON_NATIVE && is_tagged && !calls.fun_name_is_key && !calls.tools_array_wrapped &&
        !calls.openai_wrapper_trigger && calls.id_field.empty() && calls.gen_id_field.empty()) {
        format.call_start = trimmed(calls.per_call_start);
        format.call_end = trimmed(calls.per_call_end);
        format.name_field = calls.name_field;
        format.arguments_field = calls.args_field;
    }
    return format;
}

}  // namespace

ChatTemplates::ChatTemplates(const llama_model * model) {
    silence_common_log();
    templates_.reset(common_chat_templates_init(model, "").release(), common_chat_templates_free);
    std::string source = common_chat_templates_source(templates_.get(), "tool_use");
    if (source.empty()) {
        source = common_chat_templates_source(templates_.get());
    }
    const llama_vocab * vocab = llama_model_get_vocab(model);
    const common_chat_template chat_template(source, token_text(vocab, llama_vocab_bos(vocab)), token_text(vocab, llama_vocab_eos(vocab)));
    is_special_ = has_special_handler(chat_template);
    format_ = std::make_shared<AnswerFormat>(is_special_ ? AnswerFormat() : analyse(chat_template));
}

}  // namespace weir
