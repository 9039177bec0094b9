#include "app/service_manager.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>

namespace keyhold::app {

void tell_service_manager(std::string_view state) {
    const char* const variable = std::getenv("NOTIFY_SOCKET");
    const std::string_view path(variable != nullptr ? variable : "");
    sockaddr_un name{.sun_family = AF_UNIX, .sun_path = {}};
    if (path.empty() || path.size() > sizeof name.sun_path) return;
    path.copy(name.sun_path, path.size());
    if (path.front() == '@') name.sun_path[0] = '\0';  // unix(7): the abstract namespace
    const int descriptor = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return;
    ::sendto(descriptor, state.data(), state.size(), MSG_NOSIGNAL, reinterpret_cast<const sockaddr*>(&name),
             static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size()));
    ::close(descriptor);
}

}  // namespace keyhold::app
