#include "datagram.h"

#include "arguments.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstring>

namespace weir {

namespace {

socklen_t fill_address(Napi::Env env, const std::string & path, sockaddr_un & address) {
    address.sun_family = AF_UNIX;
    const bool is_abstract = !path.empty() && path[0] == '@';
    // A path in the file system ends with a zero; an abstract name is as long as it is, and begins with one.
    const size_t room = sizeof(address.sun_path) - (is_abstract ? 0 : 1);
    if (path.empty() || path.size() > room || path.find('\0') != std::string::npos) {
        fail_argument(env, "the socket's path must have 1 to " + std::to_string(room) + " bytes, none of them zero");
    }
    std::memcpy(address.sun_path, path.data(), path.size());
    if (is_abstract) {
        address.sun_path[0] = '\0';
    }
    return (socklen_t) (offsetof(sockaddr_un, sun_path) + path.size() + (is_abstract ? 0 : 1));
}

}  // namespace

Napi::Value send_datagram(const Napi::CallbackInfo & info) {
    const Napi::Env env = info.Env();
    const std::string path = string_argument(info, 0, "path");
    const std::string text = string_argument(info, 1, "text");
    sockaddr_un address = {};
    const socklen_t length = fill_address(env, path, address);

    const int descriptor = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) {
        fail(env, "datagram_failed", "can't make a socket: " + std::string(std::strerror(errno)));
    }
    const ssize_t sent = sendto(descriptor, text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT,
                                (const sockaddr *) &address, length);
    const int problem = errno;
    close(descriptor);
    if (sent >= 0) {
        return Napi::Boolean::New(env, true);
    }
    if (problem == EAGAIN || problem == EWOULDBLOCK) {
        return Napi::Boolean::New(env, false);
    }
    fail(env, "datagram_failed", "can't send to " + path + ": " + std::strerror(problem));
}

}  // namespace weir
