// SPDX-License-Identifier: Apache-2.0
// crowd PORT CLIENTS SECONDS < REQUEST: so many clients send the same log-in at once, each over an open connection of
// its own to 127.0.0.1. Who is answered sends the next one at once; who is answered 503 waits a second, as Retry-After
// says. Prints log-ins and refusals per second, and how long both take. Rates are those of SECONDS after a first
// second, in which nobody is answered yet; latencies leave nothing out.
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <iostream>
#include <iterator>
#include <optional>
#include <thread>

#include "client.hpp"

namespace {

using Clock = std::chrono::system_clock;  // the one that the kernel stamps with
using std::chrono::duration_cast;
constexpr std::chrono::milliseconds settle{300};  // in which the server accepts all of them
constexpr std::chrono::seconds warm_up{1};
constexpr std::chrono::seconds retry_after{1};
constexpr std::chrono::seconds patience{30};  // for the last answers

struct Client {
    int fd;
    Clock::time_point next;  // when it sends again
    Clock::time_point sent{};
    bool waits = false;  // for an answer
    std::string received{};
};

struct Answers {
    std::vector<double> milliseconds;
    std::size_t counted = 0;  // after the warm-up
};

// Reads what is there; when the kernel got it. With hundreds of clients the clock when we come to read would tell
// how busy this program is. Empty if the server has hung up.
std::optional<Clock::time_point> receive(Client& client) {
    char buffer[4096];
    alignas(cmsghdr) char control[256];
    iovec into{buffer, sizeof buffer};
    msghdr message{};
    message.msg_iov = &into;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    const ssize_t got = ::recvmsg(client.fd, &message, 0);
    if (got <= 0) return std::nullopt;
    client.received.append(buffer, static_cast<std::size_t>(got));
    for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr; part = CMSG_NXTHDR(&message, part)) {
        if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_TIMESTAMPNS) continue;
        timespec at{};
        std::memcpy(&at, CMSG_DATA(part), sizeof at);
        return Clock::time_point(
            duration_cast<Clock::duration>(std::chrono::seconds(at.tv_sec) + std::chrono::nanoseconds(at.tv_nsec)));
    }
    return Clock::now();  // it begins to stamp a moment after it is asked to
}

int dial(int port) {
    const int fd = bench::dial(port), on = 1;
    ::setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
    return fd;
}

// A server whose event loop hashes may find a connection idle whose next request it has not read yet: then the client
// comes again, as a browser does, and its time goes on. What cannot be sent is found out by the next receive().
void send_again(Client& client, int port, const std::string& request) {
    ::close(client.fd);
    client.fd = dial(port);
    client.received.clear();
    ::send(client.fd, request.data(), request.size(), MSG_NOSIGNAL);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 4) return 2;
    const std::string request((std::istreambuf_iterator<char>(std::cin)), {});
    const int port = std::atoi(argv[1]);
    std::vector<Client> clients;
    for (int i = 0; i < std::atoi(argv[2]); ++i) clients.push_back({dial(port), {}});
    std::this_thread::sleep_for(settle);
    const auto counting = Clock::now() + warm_up, end = counting + std::chrono::seconds(std::atoi(argv[3]));

    Answers answered, refused;
    std::size_t others = 0;
    std::vector<pollfd> waits(clients.size());
    const auto waits_for_answer = [](const Client& client) { return client.waits; };
    while (Clock::now() < end || (Clock::now() < end + patience && std::ranges::any_of(clients, waits_for_answer))) {
        for (std::size_t i = 0; i < clients.size(); ++i) {
            Client& client = clients[i];
            waits[i] = {client.fd, POLLIN, 0};
            if (client.waits || client.next > Clock::now() || Clock::now() > end) continue;
            client.sent = Clock::now();
            client.waits = true;
            ::send(client.fd, request.data(), request.size(), MSG_NOSIGNAL);
        }
        if (::poll(waits.data(), waits.size(), 10) <= 0) continue;
        for (std::size_t i = 0; i < clients.size(); ++i) {
            if (waits[i].revents == 0) continue;
            Client& client = clients[i];
            const auto received = receive(client);
            if (!received && client.waits) send_again(client, port, request);
            if (!received || !bench::is_complete(client.received)) continue;
            const std::string status = client.received.substr(9, 3);
            const auto arrived = *received;
            if (status == "200" || status == "503") {
                Answers& kind = status == "200" ? answered : refused;
                kind.milliseconds.push_back(std::chrono::duration<double, std::milli>(arrived - client.sent).count());
                if (arrived >= counting && arrived < end) ++kind.counted;
            } else {
                ++others;
            }
            client.next = status == "503" ? arrived + retry_after : arrived;
            client.waits = false;
            client.received.clear();
        }
    }
    const double seconds = std::chrono::duration<double>(end - counting).count();
    using bench::percentile;
    std::printf(
        "RESULT per_second=%.3f p50=%.1f p99=%.1f refused_per_second=%.1f refused_p50=%.3f refused_p99=%.3f "
        "refused_max=%.3f others=%zu\n",
        static_cast<double>(answered.counted) / seconds, percentile(answered.milliseconds, .5),
        percentile(answered.milliseconds, .99), static_cast<double>(refused.counted) / seconds,
        percentile(refused.milliseconds, .5), percentile(refused.milliseconds, .99),
        percentile(refused.milliseconds, 1), others);
}
