// The model's own chat template, through libllama-common.
#pragma once

#include <napi.h>

#include "templates.h"

namespace weir {

// renderChat(json): the prompt, what of it belongs to the answer (generationPrompt), and the answer's format (templates.h).
// json: { messages, tools, templateArguments, continueFinalMessage } in OpenAI's shape; with continueFinalMessage the last
// message is the beginning of the answer. Throws `template_failed` with the template's own message.
Napi::Value render_chat(Napi::Env env, const ChatTemplates & templates, const std::string & json);

}  // namespace weir
