// SPDX-License-Identifier: Apache-2.0
#include "http/connection/listening_socket.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <netinet/tcp.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <optional>

#include "base/descriptor.hpp"

namespace keyhold::http {
namespace {

// How many clients may wait between their handshake and our accept(2), for each socket.
constexpr int backlog = 4096;  // cut by net.core.somaxconn

// A client that acknowledges nothing for this long is treated as gone, and the kernel drops what it still had to send
// (TCP_USER_TIMEOUT, tcp(7)).
constexpr int unacknowledged_milliseconds = 60'000;

// A socket address of any family.
struct Name {
    sockaddr_storage storage{};
    socklen_t size = sizeof(sockaddr_storage);

    sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
    const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
    int family() const { return storage.ss_family; }
};

template <class T>
Name name_from(const T& address, std::size_t size = sizeof(T)) {
    Name name;
    std::memcpy(&name.storage, &address, sizeof address);
    name.size = static_cast<socklen_t>(size);
    return name;
}

// Empty if the host is no IP address, since names are not looked up here, or if the path of a Unix socket does not fit
// (107 bytes and a NUL, unix(7)).
std::optional<Name> name_of(const Address& address) {
    if (address.is_unix()) {
        sockaddr_un name{.sun_family = AF_UNIX, .sun_path = {}};
        static_assert(longest_socket_path < sizeof name.sun_path);
        if (address.path.size() > longest_socket_path) return std::nullopt;
        address.path.copy(name.sun_path, address.path.size());
        return name_from(name, offsetof(sockaddr_un, sun_path) + address.path.size() + 1);
    }
    sockaddr_in v4{.sin_family = AF_INET, .sin_port = htons(address.port), .sin_addr = {}, .sin_zero = {}};
    if (::inet_pton(AF_INET, address.host.c_str(), &v4.sin_addr) == 1) return name_from(v4);
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(address.port);
    if (::inet_pton(AF_INET6, address.host.c_str(), &v6.sin6_addr) == 1) return name_from(v6);
    return std::nullopt;
}

// With the port that the kernel chose where none was asked for. An empty address if the socket cannot tell.
Address address_of(int descriptor) {
    Name name;
    if (::getsockname(descriptor, name.get(), &name.size) != 0) return {};
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (name.family() == AF_INET) {
        const auto& v4 = reinterpret_cast<const sockaddr_in&>(name.storage);
        ::inet_ntop(AF_INET, &v4.sin_addr, text.data(), text.size());
        return {text.data(), ntohs(v4.sin_port), {}};
    }
    if (name.family() == AF_INET6) {
        const auto& v6 = reinterpret_cast<const sockaddr_in6&>(name.storage);
        ::inet_ntop(AF_INET6, &v6.sin6_addr, text.data(), text.size());
        return {text.data(), ntohs(v6.sin6_port), {}};
    }
    const auto& local = reinterpret_cast<const sockaddr_un&>(name.storage);
    return {{}, 0, std::string(local.sun_path, ::strnlen(local.sun_path, sizeof local.sun_path))};
}

void set(int descriptor, int level, int option, int value = 1) {
    ::setsockopt(descriptor, level, option, &value, sizeof value);
}

// What the clients' sockets inherit.
void set_for_clients(int descriptor) {
    // Answers are written whole, so there is nothing that Nagle's algorithm (RFC 896) could put together; it would only
    // wait for an acknowledgement.
    set(descriptor, IPPROTO_TCP, TCP_NODELAY);
    set(descriptor, IPPROTO_TCP, TCP_USER_TIMEOUT, unacknowledged_milliseconds);
}

int new_socket(int family) { return ::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0); }

// SO_REUSEPORT would let a second server share the port in silence. This one asks without it.
// Between this and our own bind another one may still come in: then both share the port, as SO_REUSEPORT has it
// for programs of one user.
bool is_in_use(const Name& name) {
    const Descriptor probe(new_socket(name.family()));
    set(probe.get(), SOL_SOCKET, SO_REUSEADDR);
    // Otherwise "::" would take the IPv4 port too, and an address of each kind could not be listened at side by side.
    if (name.family() == AF_INET6) set(probe.get(), IPPROTO_IPV6, IPV6_V6ONLY);
    return ::bind(probe.get(), name.get(), name.size) != 0 && errno == EADDRINUSE;
}

Error trouble(const Address& address) {
    return Error(errors::configuration, "cannot listen on " + to_text(address) + ": " + std::strerror(errno));
}

Error taken(const Address& address) {
    return Error(
        errors::configuration,
        to_text(address) + " is in use by another program: stop it, or choose another address (bind, admin_bind)");
}

// Makes room for a Unix socket: a file that a dead server left goes, anything else stays. False if it stays.
bool make_room(const std::string& path, const Name& name) {
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0) return true;
    if (!S_ISSOCK(status.st_mode)) return false;
    const Descriptor probe(new_socket(AF_UNIX));
    // A live server accepts, or its queue is full (EAGAIN); only a file at which nobody listens refuses.
    if (::connect(probe.get(), name.get(), name.size) == 0 || errno != ECONNREFUSED) return false;
    return ::unlink(path.c_str()) == 0;
}

}  // namespace

ListeningSocket::ListeningSocket(int descriptor, bool shared)
    : descriptor_(descriptor), address_(address_of(descriptor)), shared_(shared), owns_file_(address_.is_unix()) {}

ListeningSocket::~ListeningSocket() {
    if (owns_file_ && !shared_) ::unlink(address_.path.c_str());
    ::close(descriptor_);
}

Result<ListeningSockets> ListeningSocket::open(const Address& address, std::size_t count, mode_t unix_mode) {
    const auto name = name_of(address);
    if (name && !address.is_unix() && address.port != 0 && is_in_use(*name)) return taken(address);
    ListeningSockets sockets;
    Address next = address;
    do {
        auto socket = next.is_unix() ? open_unix(next, unix_mode) : open_tcp(next);
        if (!socket) return std::move(socket).error();
        // Port 0 stands for any free one, and the sockets of all threads need the same: the first finds it, the others
        // ask for it by number.
        next = (*socket)->address();
        sockets.push_back(*std::move(socket));
    } while (!next.is_unix() && sockets.size() < count);
    return sockets;
}

bool ListeningSocket::is_taken(const Address& address) {
    const auto name = name_of(address);
    return name && !address.is_unix() && address.port != 0 && is_in_use(*name);
}

Result<std::shared_ptr<ListeningSocket>> ListeningSocket::open_tcp(const Address& address) {
    const auto name = name_of(address);
    if (!name) return Error(errors::configuration, "'" + address.host + "' is not an IP address to listen on");
    const int descriptor = new_socket(name->family());
    if (descriptor < 0) return trouble(address);
    const std::shared_ptr<ListeningSocket> socket(new ListeningSocket(descriptor, false));
    // Connections of an earlier server that are still in TIME_WAIT do not keep the port.
    set(descriptor, SOL_SOCKET, SO_REUSEADDR);
    set(descriptor, SOL_SOCKET, SO_REUSEPORT);
    set_for_clients(descriptor);
    if (name->family() == AF_INET6) set(descriptor, IPPROTO_IPV6, IPV6_V6ONLY);
    if (::bind(descriptor, name->get(), name->size) != 0 || ::listen(descriptor, backlog) != 0) return trouble(address);
    socket->address_ = address_of(descriptor);
    return socket;
}

Result<std::shared_ptr<ListeningSocket>> ListeningSocket::open_unix(const Address& address, mode_t mode) {
    const auto name = name_of(address);
    if (!name)
        return Error(errors::configuration, address.path + " is too long for a socket: at most " +
                                                std::to_string(longest_socket_path) + " characters");
    // Two servers that start at once look one after the other.
    const auto folder = std::filesystem::path(address.path).parent_path();
    const Descriptor lock(::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (lock.get() < 0 || ::flock(lock.get(), LOCK_EX) != 0) return trouble(address);
    if (!make_room(address.path, *name)) return taken(address);
    const int descriptor = new_socket(AF_UNIX);
    if (descriptor < 0 || ::bind(descriptor, name->get(), name->size) != 0) return trouble(address);
    const std::shared_ptr<ListeningSocket> socket(new ListeningSocket(descriptor, false));
    // The mode is set before the socket listens, so no client can connect while it has another one. A symbolic link
    // that was put in its place meanwhile is not followed.
    if (::fchmodat(AT_FDCWD, address.path.c_str(), mode, AT_SYMLINK_NOFOLLOW) != 0 ||
        ::listen(descriptor, backlog) != 0)
        return trouble(address);
    return socket;
}

Result<std::shared_ptr<ListeningSocket>> ListeningSocket::adopt(int descriptor) {
    // -1 where the descriptor is no socket, which fits none of the comparisons below.
    const auto ask = [descriptor](int option) {
        int answer = -1;
        socklen_t size = sizeof answer;
        return ::getsockopt(descriptor, SOL_SOCKET, option, &answer, &size) == 0 ? answer : -1;
    };
    const int family = ask(SO_DOMAIN);
    if (ask(SO_TYPE) != SOCK_STREAM || ask(SO_ACCEPTCONN) != 1 ||
        (family != AF_INET && family != AF_INET6 && family != AF_UNIX))
        return Error(errors::configuration, "descriptor " + std::to_string(descriptor) +
                                                " is not a listening TCP or Unix socket (Accept=no, ListenStream=)");
    // The program that opened the socket (systemd, or the server before this one) may have set neither flag.
    ::fcntl(descriptor, F_SETFD, FD_CLOEXEC);
    ::fcntl(descriptor, F_SETFL, ::fcntl(descriptor, F_GETFL) | O_NONBLOCK);
    if (family != AF_UNIX) set_for_clients(descriptor);
    return std::shared_ptr<ListeningSocket>(new ListeningSocket(descriptor, true));
}

void ListeningSocket::refuse_new_connections() {
    if (shared_) return;
    if (address_.is_unix()) {
        ::unlink(address_.path.c_str());
        owns_file_ = false;  // the next one of that name is another server's
        return;
    }
    constexpr std::uint32_t flags_of_segment = 13, syn = 0x02, everything = 0xffffffff;  // RFC 9293 §3.1
    std::array program{
        sock_filter BPF_STMT(BPF_LD | BPF_B | BPF_ABS, flags_of_segment),
        sock_filter BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, syn, 0, 1),
        sock_filter BPF_STMT(BPF_RET | BPF_K, 0),
        sock_filter BPF_STMT(BPF_RET | BPF_K, everything),
    };
    const sock_fprog filter{program.size(), program.data()};
    ::setsockopt(descriptor_, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter);
}

}  // namespace keyhold::http
