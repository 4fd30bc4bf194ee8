// The model's own chat template, through libllama-common.
#pragma once

#include <napi.h>

#include "templates.h"

namespace weir {

// renderChat(json): { prompt, stopStrings, thinkingStart, thinkingEnd }
// json: { messages, tools, templateArguments } in OpenAI's shape. Throws `template_failed` with the template's own message.
Napi::Value render_chat(Napi::Env env, const ChatTemplates & templates, const std::string & json);

}  // namespace weir
