// SPDX-License-Identifier: Apache-2.0
// An I/O thread without a thread: connections over socket pairs, driven step by step from where the test stands.
#pragma once

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <cerrno>
#include <memory>
#include <string>
#include <string_view>
#include <thread>

#include "base/descriptor.hpp"
#include "http/connection/connection.hpp"

namespace keyhold::http {

// The dispatcher must outlive it. The pools have real threads, one each, because hashing, storing and looking up
// block; their answers come back through `thread.io`, which only turn() and turn_alone() run.
class OneThread {
public:
    OneThread(ServerOptions the_options, const Dispatcher& dispatcher)
        : options(std::move(the_options)), thread(options, dispatcher, pools, admission, 0) {}

    // The client's end of a new connection.
    // A socket pair has no address, so `remote_address` is what the server is told and what admission counts. The
    // client's end does not block either: received() and sent() report what is possible at once. The limits of
    // `admission` are the default ones (1,024 from one address).
    Descriptor connect(std::string remote_address = "192.0.2.1", std::shared_ptr<const TlsContext> tls = nullptr) {
        std::array<int, 2> ends{};
        if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()) != 0) std::abort();
        Socket socket(thread.io);
        socket.assign(boost::asio::ip::tcp::v4(), ends[0]);
        auto place = admission.enter(remote_address);
        auto stream = tls ? std::make_unique<TlsStream>(*tls, ends[0]) : nullptr;
        std::make_shared<Connection>(std::move(socket), std::move(remote_address), *std::move(place), std::move(stream),
                                     thread)
            ->begin();
        return Descriptor(ends[1]);
    }

    // Everything that there is to do, until only clients can bring about more.
    void turn() {
        while (true) {
            // Asked before poll(): a pool that is idle by then has posted all of its answers, and poll() runs them.
            // The other way round, an answer that is posted between the two would be missed. `looking_up` is not
            // waited for.
            const bool was_idle = !is_busy(pools.hashing) && !is_busy(pools.storing);
            thread.io.restart();
            if (thread.io.poll() == 0 && was_idle) return;
            if (!was_idle) std::this_thread::yield();
        }
    }
    // What there is to do on this thread, whatever others are at.
    void turn_alone() {
        do thread.io.restart();
        while (thread.io.poll() > 0);
    }

    // In this order, because `thread` keeps references to the three above it.
    ServerOptions options;
    WorkerPools pools{.hashing{1, 4}, .storing{1, 4}, .looking_up{1, 16}};
    Admission admission{{}};
    IoThread thread;

private:
    static bool is_busy(const WorkerPool& pool) {
        const PoolCounters counters = pool.counters();
        return counters.waiting + counters.running > 0;
    }
};

// What has come so far; `ended` says whether the server has closed.
inline std::string received(const Descriptor& client, bool* ended = nullptr) {
    std::string text;
    std::array<char, 4096> piece;
    ssize_t size = 0;
    while ((size = ::recv(client.get(), piece.data(), piece.size(), 0)) > 0)
        text.append(piece.data(), static_cast<std::size_t>(size));
    // EAGAIN says that there is nothing yet; 0 and every other error that there will be nothing more.
    if (ended != nullptr) *ended = size == 0 || errno != EAGAIN;
    return text;
}

// False if the server takes no more.
inline bool sent(const Descriptor& client, std::string_view bytes) {
    return ::send(client.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size());
}

}  // namespace keyhold::http
