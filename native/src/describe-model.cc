#include "describe-model.h"

#include "token-text.h"

#include "chat.h"
#include "llama.h"

namespace weir {

Napi::Value describe_model(Napi::Env env, const llama_model * model, const ChatTemplates & templates) {
    const llama_vocab * vocab = llama_model_get_vocab(model);
    const Napi::Object capabilities = Napi::Object::New(env);
    for (const auto & [name, is_there] : common_chat_templates_get_caps(templates.get())) {
        capabilities.Set(name, is_there);
    }
    const Napi::Object result = Napi::Object::New(env);
    result.Set("chatTemplate", common_chat_templates_source(templates.get()));
    result.Set("toolTemplate", common_chat_templates_source(templates.get(), "tool_use"));
    result.Set("templateCapabilities", capabilities);
    result.Set("bosToken", token_text(vocab, llama_vocab_bos(vocab)));
    result.Set("eosToken", token_text(vocab, llama_vocab_eos(vocab)));
    result.Set("fileType", llama_ftype_name(llama_model_ftype(model)));
    return result;
}

}  // namespace weir
