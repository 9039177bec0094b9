// SPDX-License-Identifier: Apache-2.0
#include "server/process/handover.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstring>
#include <exception>
#include <utility>
#include <vector>

namespace keyhold::server {
namespace {

// The message: a letter for each descriptor that comes with it. The answer, when all is served: one byte.
constexpr char for_clients = 'c', for_admin = 'a', for_desk = 'd', served = '!';
constexpr std::size_t most_descriptors = 250;  // SCM_MAX_FD is 253
constexpr std::chrono::milliseconds poll_interval{100};

using Control = std::array<char, CMSG_SPACE(most_descriptors * sizeof(int))>;

Error wrong(const std::string& path, const std::string& what) {
    return Error(errors::configuration, "handover_socket " + path + ": " + what);
}

// Whether the other side is us (or root, who may do everything anyway).
// The kernel says who is at the other end (unix(7), SO_PEERCRED); the other side cannot.
bool is_ours(int connection) {
    ucred peer{};
    socklen_t size = sizeof peer;
    return ::getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
           (peer.uid == ::geteuid() || peer.uid == 0);
}

bool send_descriptors(int connection, const std::string& letters, const std::vector<int>& descriptors) {
    iovec bytes{const_cast<char*>(letters.data()), letters.size()};
    alignas(cmsghdr) Control control{};
    const std::size_t size = descriptors.size() * sizeof(int);
    msghdr message{};
    message.msg_iov = &bytes;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    // The length of what is sent and not that of the buffer, because the kernel would take trailing zeros for a header
    // and refuse it.
    message.msg_controllen = CMSG_SPACE(size);
    cmsghdr* const header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(size);
    std::memcpy(CMSG_DATA(header), descriptors.data(), size);
    return ::sendmsg(connection, &message, MSG_NOSIGNAL) == static_cast<ssize_t>(letters.size());
}

// What came, with its letters.
std::vector<std::pair<char, int>> receive_descriptors(int connection) {
    std::array<char, most_descriptors> letters{};
    iovec bytes{letters.data(), letters.size()};
    alignas(cmsghdr) Control control{};
    msghdr message{};
    message.msg_iov = &bytes;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    // No child process that is started meanwhile inherits them.
    const ssize_t got = ::recvmsg(connection, &message, MSG_CMSG_CLOEXEC);
    const cmsghdr* const header = CMSG_FIRSTHDR(&message);
    if (got <= 0 || header == nullptr || header->cmsg_type != SCM_RIGHTS) return {};
    std::vector<int> descriptors((header->cmsg_len - CMSG_LEN(0)) / sizeof(int));
    std::memcpy(descriptors.data(), CMSG_DATA(header), descriptors.size() * sizeof(int));
    std::vector<std::pair<char, int>> received;
    for (std::size_t i = 0; i < descriptors.size(); ++i)
        // A descriptor without a letter still has to be closed by somebody.
        received.emplace_back(i < static_cast<std::size_t>(got) ? letters[i] : '?', descriptors[i]);
    return received;
}

// Sockets of one address belong together.
void add(std::vector<http::ListeningSockets>& by_address, std::shared_ptr<http::ListeningSocket> socket) {
    const auto same = std::find_if(by_address.begin(), by_address.end(), [&](const auto& others) {
        return to_text(others.front()->address()) == to_text(socket->address());
    });
    if (same != by_address.end()) return same->push_back(std::move(socket));
    by_address.push_back({std::move(socket)});
}

}  // namespace

Predecessor::Predecessor(Predecessor&& other) noexcept
    : sockets(std::move(other.sockets)),
      desk(std::move(other.desk)),
      connection_(std::exchange(other.connection_, -1)) {}

Predecessor::~Predecessor() {
    if (connection_ >= 0) ::close(connection_);
}

Result<std::optional<Predecessor>> Predecessor::find(const std::string& path) {
    if (path.empty()) return std::optional<Predecessor>();
    sockaddr_un name{.sun_family = AF_UNIX, .sun_path = {}};
    if (path.size() >= sizeof name.sun_path) return wrong(path, "the path is too long for a socket");
    path.copy(name.sun_path, path.size());
    Predecessor found(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    // If nobody listens, this is the first server, or an old one has died and left its socket's name behind.
    if (::connect(found.connection_, reinterpret_cast<const sockaddr*>(&name), sizeof name) != 0)
        return std::optional<Predecessor>();
    const timeval patience{.tv_sec = 5, .tv_usec = 0};
    // Five seconds for an answer, so that a program that hangs there does not keep this one from starting.
    ::setsockopt(found.connection_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (!is_ours(found.connection_)) return wrong(path, "another user's program listens there");
    // From here on every descriptor has an owner.
    std::optional<Error> refused;
    for (const auto& [letter, descriptor] : receive_descriptors(found.connection_)) {
        auto socket = http::ListeningSocket::adopt(descriptor);
        if (!socket) {
            ::close(descriptor);
            refused = socket.error();
        } else if (letter == for_admin) {
            found.sockets.admin.push_back(*socket);
        } else if (letter == for_desk) {
            found.desk = *socket;
        } else {
            add(found.sockets.clients, *socket);
        }
    }
    if (refused) return *refused;
    if (!found.desk) return wrong(path, "who listens there hands nothing over");
    return std::optional<Predecessor>(std::move(found));
}

void Predecessor::release() const { ::send(connection_, &served, 1, MSG_NOSIGNAL); }

// The other end is closed when the predecessor lets go of the sockets: end of file (recv(2)). MSG_PEEK, so that
// nothing is taken out.
bool Predecessor::is_gone() const {
    char byte = 0;
    return ::recv(connection_, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

Result<std::unique_ptr<Handover>> Handover::begin(const std::string& path, std::optional<Predecessor> predecessor,
                                                  Sockets sockets, std::function<void()> taken) {
    if (path.empty()) return std::unique_ptr<Handover>();
    std::shared_ptr<http::ListeningSocket> desk;
    if (predecessor) {
        desk = predecessor->desk;
        predecessor->release();
    } else {
        // For this user alone: whoever connects is given the sockets.
        auto opened = http::ListeningSocket::open({{}, 0, path}, 1, S_IRUSR | S_IWUSR);
        if (!opened) return std::move(opened).error();
        desk = opened->front();
    }
    return std::make_unique<Handover>(std::move(desk), std::move(predecessor), std::move(sockets), std::move(taken));
}

Handover::Handover(std::shared_ptr<http::ListeningSocket> desk, std::optional<Predecessor> predecessor, Sockets sockets,
                   std::function<void()> taken)
    : desk_(std::move(desk)),
      predecessor_(std::move(predecessor)),
      sockets_(std::move(sockets)),
      taken_(std::move(taken)),
      thread_([this](const std::stop_token& stop) { serve(stop); }) {}

template <class Do>
void Handover::for_each_socket(Do act) {
    for (const auto& of_address : sockets_.clients)
        for (const auto& socket : of_address) act(*socket);
    for (const auto& socket : sockets_.admin) act(*socket);
    act(*desk_);
}

Handover::~Handover() {
    thread_.request_stop();
    thread_.join();
    if (successor_ >= 0) {
        ::close(successor_);
        return;
    }
    // A predecessor that still runs accepts at these sockets and answers the clients in their queues, so nothing is
    // left to do.
    if (!predecessor_ || !predecessor_->is_gone()) return;
    // The predecessor is gone, so the clients in the queues of the inherited sockets are ours to answer.
    for_each_socket([](http::ListeningSocket& socket) { socket.claim(); });
}

void Handover::serve(const std::stop_token& stop) {
    pollfd desk{.fd = desk_->descriptor(), .events = POLLIN, .revents = 0};
    bool done = false;
    while (!done && !stop.stop_requested()) {
        // Wakes up now and then to see whether it is to stop.
        if (::poll(&desk, 1, static_cast<int>(poll_interval.count())) <= 0) continue;
        successor_ = ::accept4(desk.fd, nullptr, nullptr, SOCK_CLOEXEC);
        if (successor_ < 0) continue;
        try {
            done = is_ours(successor_) && hand_over(successor_, stop);
        } catch (const std::exception&) {  // the successor sees that its connection ends, and says so
            done = false;
        }
        if (!done) ::close(std::exchange(successor_, -1));
    }
    if (done && taken_) taken_();
}

// True once the successor serves. Otherwise everything stays as it was: it has only had copies.
bool Handover::hand_over(int successor, const std::stop_token& stop) {
    std::string letters;
    std::vector<int> descriptors;
    const auto offer = [&](char letter, const http::ListeningSocket& socket) {
        letters += letter;
        descriptors.push_back(socket.descriptor());
    };
    for (const auto& of_address : sockets_.clients)
        for (const auto& socket : of_address) offer(for_clients, *socket);
    for (const auto& socket : sockets_.admin) offer(for_admin, *socket);
    offer(for_desk, *desk_);
    if (descriptors.size() > most_descriptors || !send_descriptors(successor, letters, descriptors)) return false;
    pollfd answer{.fd = successor, .events = POLLIN, .revents = 0};
    // The successor may take long to start, or never say anything.
    while (::poll(&answer, 1, static_cast<int>(poll_interval.count())) == 0)
        if (stop.stop_requested()) return false;
    char byte = 0;
    if (::recv(successor, &byte, 1, 0) != 1 || byte != served) return false;
    for_each_socket([](http::ListeningSocket& socket) { socket.share(); });
    return true;
}

}  // namespace keyhold::server
