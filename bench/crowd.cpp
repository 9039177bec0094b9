// crowd PORT CLIENTS SECONDS < REQUEST: so many clients send the same log-in at once, each over its own connection to
// 127.0.0.1. Who is answered sends the next one at once; who is answered 503 waits a second, as Retry-After says.
// Prints log-ins and refusals per second and how long a refusal takes.
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::seconds retry_after{1};

struct Client {
    int fd;
    Clock::time_point next;  // when it sends again
    Clock::time_point sent;
    bool waits = false;  // for an answer
    std::string received;
};

int dial(int port) {
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return fd;
    std::perror("connect");
    std::exit(1);
}

bool is_complete(const std::string& text) {
    const std::size_t head = text.find("\r\n\r\n");
    if (head == text.npos) return false;
    const std::size_t length = text.find("Content-Length: ");
    return length < head && text.size() >= head + 4 + std::strtoul(text.c_str() + length + 16, nullptr, 10);
}

double percentile(std::vector<double>& values, double part) {
    std::sort(values.begin(), values.end());
    if (values.empty()) return 0;
    return values[std::min(values.size() - 1, static_cast<std::size_t>(part * static_cast<double>(values.size())))];
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 4) return 2;
    const std::string request((std::istreambuf_iterator<char>(std::cin)), {});
    const auto start = Clock::now(), end = start + std::chrono::seconds(std::atoi(argv[3]));
    std::vector<Client> clients;
    for (int i = 0; i < std::atoi(argv[2]); ++i) clients.push_back({dial(std::atoi(argv[1])), start, {}, false, {}});

    std::vector<double> refused, answered;
    std::size_t others = 0;
    std::vector<pollfd> waits(clients.size());
    while (Clock::now() < end) {
        for (std::size_t i = 0; i < clients.size(); ++i) {
            Client& client = clients[i];
            waits[i] = {client.fd, POLLIN, 0};
            if (client.waits || client.next > Clock::now()) continue;
            if (::send(client.fd, request.data(), request.size(), MSG_NOSIGNAL) < 0) return 1;
            client.sent = Clock::now();
            client.waits = true;
        }
        if (::poll(waits.data(), waits.size(), 10) <= 0) continue;
        for (std::size_t i = 0; i < clients.size(); ++i) {
            if (waits[i].revents == 0) continue;
            Client& client = clients[i];
            char buffer[4096];
            const ssize_t got = ::recv(client.fd, buffer, sizeof buffer, 0);
            if (got <= 0) return 1;
            client.received.append(buffer, static_cast<std::size_t>(got));
            if (!is_complete(client.received)) continue;
            const auto now = Clock::now();
            const std::string status = client.received.substr(9, 3);
            if (status == "503")
                refused.push_back(std::chrono::duration<double, std::milli>(now - client.sent).count());
            if (status == "200")
                answered.push_back(std::chrono::duration<double, std::milli>(now - client.sent).count());
            if (status != "200" && status != "503") ++others;
            client.next = status == "503" ? now + retry_after : now;
            client.waits = false;
            client.received.clear();
        }
    }
    const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
    std::printf(
        "RESULT per_second=%.3f p50=%.1f p99=%.1f refused_per_second=%.1f refused_p50=%.3f refused_p99=%.3f "
        "others=%zu\n",
        static_cast<double>(answered.size()) / seconds, percentile(answered, .5), percentile(answered, .99),
        static_cast<double>(refused.size()) / seconds, percentile(refused, .5), percentile(refused, .99), others);
}
