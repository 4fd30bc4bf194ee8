#include "render-chat.h"

#include "error.h"

#include "chat.h"

namespace weir {

namespace {

common_chat_params apply(const ChatTemplates & templates, const std::string & json) {
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
    if (request.at("continueFinalMessage").get<bool>()) {
        inputs.continue_final_message = COMMON_CHAT_CONTINUATION_AUTO;
        inputs.add_generation_prompt = false;
    }
    // Without it llama.cpp analyses the template again and makes a grammar and a parser of the tools: 7 ms and more a request.
    inputs.force_pure_content = !templates.is_special() && inputs.add_generation_prompt;
    return common_chat_templates_apply(templates.get(), inputs);
}

}  // namespace

Napi::Value render_chat(Napi::Env env, const ChatTemplates & templates, const std::string & json) {
    common_chat_params rendered;
    try {
        rendered = apply(templates, json);
    } catch (const std::exception & error) {
        fail(env, "template_failed", std::string("the model's chat template refused the messages: ") + error.what());
    }
    AnswerFormat format = templates.format();
    if (templates.is_special() && rendered.supports_thinking && !rendered.thinking_end_tags.empty()) {
        format.thinking_start = rendered.thinking_start_tag;
        format.thinking_end = rendered.thinking_end_tags.front();
    }
    if (templates.is_special()) {
        format.stops = rendered.additional_stops;
    }
    const Napi::Object result = Napi::Object::New(env);
    result.Set("prompt", rendered.prompt);
    result.Set("generationPrompt", rendered.generation_prompt);
    const Napi::Array stops = Napi::Array::New(env, format.stops.size());
    for (uint32_t i = 0; i < format.stops.size(); i++) {
        stops.Set(i, format.stops[i]);
    }
    result.Set("stopStrings", stops);
    result.Set("thinkingStart", format.thinking_start);
    result.Set("thinkingEnd", format.thinking_end);
    result.Set("callStart", format.call_start);
    result.Set("callEnd", format.call_end);
    result.Set("nameField", format.name_field);
    result.Set("argumentsField", format.arguments_field);
    return result;
}

}  // namespace weir
