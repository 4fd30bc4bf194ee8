#include "render-chat.h"

#include "error.h"

#include "chat.h"

namespace weir {

ChatTemplates::ChatTemplates(const llama_model * model)
    : templates_(common_chat_templates_init(model, "").release(), common_chat_templates_free) {}

namespace {

common_chat_params apply(const common_chat_templates * templates, const std::string & json) {
    const common_json request = common_json::parse(json);
    common_chat_templates_inputs inputs;
    inputs.messages = common_chat_msgs_parse_oaicompat(request.at("messages"));
    inputs.tools = common_chat_tools_parse_oaicompat(request.at("tools"));
    inputs.reasoning_format = COMMON_REASONING_FORMAT_AUTO;
    for (const auto & argument : request.at("templateArguments").items()) {
        inputs.chat_template_kwargs[argument.key()] = argument.value().dump();
        if (argument.key() == "enable_thinking") {
            inputs.enable_thinking = argument.value().dump() != "false";
        }
    }
    return common_chat_templates_apply(templates, inputs);
}

}  // namespace

Napi::Value render_chat(Napi::Env env, const ChatTemplates & templates, const std::string & json) {
    common_chat_params rendered;
    try {
        rendered = apply(templates.get(), json);
    } catch (const std::exception & error) {
        fail(env, "template_failed", std::string("the model's chat template refused the messages: ") + error.what());
    }
    const Napi::Object result = Napi::Object::New(env);
    result.Set("prompt", rendered.prompt);
    const Napi::Array stops = Napi::Array::New(env, rendered.additional_stops.size());
    for (uint32_t i = 0; i < rendered.additional_stops.size(); i++) {
        stops.Set(i, rendered.additional_stops[i]);
    }
    result.Set("stopStrings", stops);
    result.Set("thinkingStart", rendered.supports_thinking ? rendered.thinking_start_tag : "");
    result.Set("thinkingEnd", rendered.supports_thinking && !rendered.thinking_end_tags.empty() ? rendered.thinking_end_tags.front() : "");
    return result;
}

}  // namespace weir
