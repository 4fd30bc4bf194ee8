// Datagrams to a Unix socket, which Node.js cannot send.
#pragma once

#include <napi.h>

namespace weir {

// sendDatagram(path: string, text: string): boolean: sends `text` as one datagram to the Unix socket `path`; one that
// begins with '@' is in the abstract namespace. Does not wait: false where the receiver has no room now. Throws
// `invalid_argument` for a path that no socket address holds, and `datagram_failed` with the system's reason.
Napi::Value send_datagram(const Napi::CallbackInfo & info);

}  // namespace weir
