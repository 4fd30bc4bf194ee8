// What a model's file says about itself, for clients that ask.
#pragma once

#include <napi.h>

#include "templates.h"

namespace weir {

// describe(): { chatTemplate, toolTemplate, templateCapabilities, bosToken, eosToken, fileType }
// chatTemplate is what is in use: llama.cpp's ChatML where the file has none. toolTemplate, bosToken and eosToken may be empty.
Napi::Value describe_model(Napi::Env env, const llama_model * model, const ChatTemplates & templates);

}  // namespace weir
