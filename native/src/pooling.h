// What a model gives for a text: the next token, or one vector for the whole of it.
#pragma once

#include "llama.h"

namespace weir {

// What the model's metadata says; models that generate text say nothing, which is LLAMA_POOLING_TYPE_NONE.
enum llama_pooling_type pooling_of(const llama_model * model);

// llama.cpp's own name: "none", "mean", "cls", "last", "rank".
const char * pooling_name(enum llama_pooling_type pooling);

// Whether a text's vector comes out the same when the text is computed in parts: each token looks back only, and the
// vector is made of the last one.
bool pools_last_token(const llama_model * model);

// Values that a pooled text gets: the vector's dimensions, or a score a class.
int32_t width_of(const llama_model * model);

// Encoders have no cache of keys and values: every text is computed at once.
bool is_encoder(const llama_context * context);

}  // namespace weir
