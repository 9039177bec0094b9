// SPDX-License-Identifier: Apache-2.0
// open_loop PORT RATE SECONDS CONNECTIONS < REQUEST: sends the request at a fixed rate to 127.0.0.1, whether or not
// answers come back, and counts each latency from the instant its request was due: a server that stalls can't hide it.
// It runs before all else where it may (root): a wait of its own for a core would be told as the server's. `late` is
// how long after its instant a request was sent, 99th percentile, in ms: what of the latency is ours.
#include <poll.h>
#include <sched.h>
#include <unistd.h>

#include <chrono>
#include <iostream>
#include <iterator>
#include <optional>

#include "client.hpp"

namespace {

using Clock = std::chrono::steady_clock;

struct Connection {
    int fd;
    std::optional<Clock::time_point> due;  // of the request that it waits for
    std::string received;
};

}  // namespace

int main(int argc, char** argv) {
    if (argc != 5) return 2;
    const std::string request((std::istreambuf_iterator<char>(std::cin)), {});
    const auto interval =
        std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(1 / std::atof(argv[2])));
    const auto total = static_cast<std::size_t>(std::atof(argv[2]) * std::atof(argv[3]));
    const int port = std::atoi(argv[1]);
    std::vector<Connection> connections;
    for (int i = 0; i < std::atoi(argv[4]); ++i) connections.push_back({bench::dial(port), {}, {}});

    const sched_param first{.sched_priority = 1};
    ::sched_setscheduler(0, SCHED_FIFO, &first);  // refused: as everybody

    std::vector<double> latencies, late;
    std::size_t sent = 0, refused = 0;
    const auto start = Clock::now(), give_up = start + interval * static_cast<long>(total) + std::chrono::seconds(30);
    while (latencies.size() < total && Clock::now() < give_up) {
        for (Connection& connection : connections) {
            const auto due = start + interval * static_cast<long>(sent);
            if (connection.due || sent == total || due > Clock::now()) continue;
            late.push_back(std::chrono::duration<double, std::milli>(Clock::now() - due).count());
            ::send(connection.fd, request.data(), request.size(), MSG_NOSIGNAL);
            connection.due = due;
            ++sent;
        }
        std::vector<pollfd> waits;
        for (const Connection& connection : connections) waits.push_back({connection.fd, POLLIN, 0});
        const auto wait =
            sent == total ? std::chrono::milliseconds(50) : start + interval * static_cast<long>(sent) - Clock::now();
        const auto nanoseconds = std::max<long>(0, std::chrono::nanoseconds(wait).count());
        const timespec timeout{nanoseconds / 1'000'000'000, nanoseconds % 1'000'000'000};
        if (::ppoll(waits.data(), waits.size(), &timeout, nullptr) <= 0) continue;
        for (std::size_t i = 0; i < waits.size(); ++i) {
            if (waits[i].revents == 0) continue;
            char buffer[16384];
            const ssize_t got = ::recv(waits[i].fd, buffer, sizeof buffer, 0);
            Connection& connection = connections[i];
            if (got <= 0) {
                ::close(connection.fd);
                connection.fd = bench::dial(port);
                connection.received.clear();
                if (connection.due) ::send(connection.fd, request.data(), request.size(), MSG_NOSIGNAL);
                continue;
            }
            connection.received.append(buffer, static_cast<std::size_t>(got));
            if (!connection.due || !bench::is_complete(connection.received)) continue;
            latencies.push_back(std::chrono::duration<double, std::milli>(Clock::now() - *connection.due).count());
            if (connection.received.compare(9, 1, "2") != 0) ++refused;
            connection.due.reset();
            connection.received.clear();
        }
    }
    using bench::percentile;
    std::printf("RESULT requests=%zu p50=%.3f p99=%.3f max=%.3f late=%.3f status=%zu unanswered=%zu\n",
                latencies.size(), percentile(latencies, .5), percentile(latencies, .99), percentile(latencies, 1),
                percentile(late, .99), refused, total - latencies.size());
}
