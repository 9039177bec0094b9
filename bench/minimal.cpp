// SPDX-License-Identifier: Apache-2.0
// minimal PORT: as little of a server as answers at all, to show how far the others are from what the kernel takes. One
// thread waits with epoll(7); whatever arrives on a connection, it sends one constant answer. It parses nothing, so it
// is right only for clients that send a request at a time and wait.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace {

constexpr std::string_view answer =
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 30\r\n\r\n{\"message\":\"Welcome testuser\"}";

int listening_at(int port) {
    const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), on = 1;
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ::setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (::bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
        ::listen(listener, SOMAXCONN) == 0)
        return listener;
    std::perror("minimal");
    std::exit(1);
}

void watch(int poll, int descriptor) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = descriptor;
    ::epoll_ctl(poll, EPOLL_CTL_ADD, descriptor, &event);
}

void accept_all(int poll, int listener) {
    const int on = 1;
    for (int client; (client = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK)) >= 0; watch(poll, client))
        ::setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

void serve(int client) {
    std::array<char, 4096> request;
    if (::recv(client, request.data(), request.size(), 0) > 0)
        ::send(client, answer.data(), answer.size(), MSG_NOSIGNAL);
    else
        ::close(client);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) return 2;
    const int listener = listening_at(std::atoi(argv[1])), poll = ::epoll_create1(0);
    watch(poll, listener);
    std::array<epoll_event, 256> events;
    while (true) {
        const int count = ::epoll_wait(poll, events.data(), static_cast<int>(events.size()), -1);
        for (int i = 0; i < count; ++i) {
            const int ready = events[static_cast<std::size_t>(i)].data.fd;
            if (ready == listener)
                accept_all(poll, listener);
            else
                serve(ready);
        }
    }
}
