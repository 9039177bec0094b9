// SPDX-License-Identifier: Apache-2.0
// A web server that takes an application's place for `keyhold proxy check`: it records the head of every request and
// answers 200. It only has to understand what a proxy sends it, so it is no full HTTP server.
#include "cli/tools/stand_in.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstring>

#include "base/errors.hpp"
#include "base/text.hpp"

namespace keyhold::cli {
namespace {

constexpr int look_every = 100;             // ms: whether it shall stop
constexpr int patience = 5000;              // ms, for the next bytes of a request
constexpr std::size_t longest = 64 * 1024;  // of a request's head
constexpr std::string_view answer =
    "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 17\r\nConnection: close\r\n\r\nkeyhold stands in";

// Many applications read X-Auth-User and X_Auth_User as one (CGI, WSGI), so a proxy must take away both.
std::string with_hyphens(std::string_view name) {
    std::string text = ascii_lower(name);
    std::ranges::replace(text, '_', '-');
    return text;
}

// Reads the request line's target and the fields (RFC 9112 §3, §5). A line without a colon is skipped, because this
// records what arrives and judges nothing.
SeenRequest parse(std::string_view head) {
    SeenRequest seen;
    std::size_t end = head.find("\r\n");
    const std::string_view line = head.substr(0, end);
    const std::size_t first = line.find(' '), second = line.rfind(' ');
    if (first != line.npos && second > first) seen.target = line.substr(first + 1, second - first - 1);
    while (end != head.npos && end + 2 < head.size()) {
        head.remove_prefix(end + 2);
        end = head.find("\r\n");
        const std::string_view field = head.substr(0, end);
        const std::size_t colon = field.find(':');
        if (colon != field.npos)
            // In the order in which they came, twice where a field came twice.
            seen.fields.emplace_back(ascii_lower(field.substr(0, colon)), trimmed(field.substr(colon + 1)));
    }
    return seen;
}

}  // namespace

std::vector<std::string> SeenRequest::all(std::string_view name) const {
    std::vector<std::string> values;
    for (const auto& [key, value] : fields)
        if (with_hyphens(key) == name) values.push_back(value);
    return values;
}

Result<std::unique_ptr<StandIn>> StandIn::listen(std::string_view address) {
    const std::size_t colon = address.rfind(':');
    sockaddr_in where{};
    where.sin_family = AF_INET;
    std::uint16_t port = 0;
    const std::string_view digits = colon == address.npos ? std::string_view() : address.substr(colon + 1);
    const bool is_port =
        std::from_chars(digits.data(), digits.data() + digits.size(), port).ptr == digits.data() + digits.size();
    if (digits.empty() || !is_port ||
        inet_pton(AF_INET, std::string(address.substr(0, colon)).c_str(), &where.sin_addr) != 1)
        return Error(errors::malformed, "--listen: an address of this machine, as 127.0.0.1:3000");
    where.sin_port = htons(port);
    Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const int yes = 1;
    // The application that was here a moment ago may have left connections in TIME_WAIT.
    ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&where), sizeof where) != 0 ||
        ::listen(socket.get(), 16) != 0)
        return Error(errors::configuration, "cannot listen at " + std::string(address) + ": " + strerror(errno) +
                                                "; is the application still running there?");
    return std::unique_ptr<StandIn>(new StandIn(std::move(socket)));
}

StandIn::StandIn(Descriptor socket)
    : socket_(std::move(socket)), thread_([this](const std::stop_token& stop) { run(stop); }) {}
StandIn::~StandIn() = default;

std::vector<SeenRequest> StandIn::take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(seen_, {});
}

// The body of the thread. One connection after the other: the check sends one request at a time.
void StandIn::run(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
        // Waits for a tenth of a second at most, to see whether it shall stop.
        pollfd waits{socket_.get(), POLLIN, 0};
        if (::poll(&waits, 1, look_every) <= 0) continue;
        const Descriptor connection(::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC));
        if (connection.get() >= 0) serve(connection.get());
    }
}

// Reads one head, records it and answers. A client that sends nothing for five seconds, or too long a head, is cut off.
void StandIn::serve(int connection) {
    std::string head;
    std::size_t end = head.npos;
    // The head alone: a body that comes with it is not looked at.
    while ((end = head.find("\r\n\r\n")) == head.npos && head.size() < longest) {
        pollfd waits{connection, POLLIN, 0};
        char bytes[4096];
        const ssize_t got = ::poll(&waits, 1, patience) > 0 ? ::recv(connection, bytes, sizeof bytes, 0) : 0;
        if (got <= 0) return;
        head.append(bytes, static_cast<std::size_t>(got));
    }
    // Recorded before the answer is sent: the check looks as soon as it has the answer.
    {
        const std::lock_guard lock(mutex_);
        seen_.push_back(parse(std::string_view(head).substr(0, end)));
    }
    (void)::send(connection, answer.data(), answer.size(), MSG_NOSIGNAL);
}

}  // namespace keyhold::cli
