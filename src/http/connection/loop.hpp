// SPDX-License-Identifier: Apache-2.0
// One event loop: accepts, serves, and looks once a second at whose time is over.
#pragma once

#include <atomic>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <chrono>
#include <memory>
#include <vector>

#include "base/descriptor.hpp"
#include "http/connection/io_thread.hpp"
#include "http/connection/listening_socket.hpp"

namespace keyhold::http {

// Owns an IoThread and everything that happens on it. Made and given its sockets by one thread; run() then holds a
// thread until the loop is finished. Only what begins with post_, finished() and traffic() may be called from other
// threads meanwhile.
class Loop {
public:
    Loop(const ServerOptions& options, const Dispatcher& dispatcher, WorkerPools& pools, Admission& admission,
         unsigned number);
    ~Loop();

    // Before run().
    enum class Accepting { alone, with_others };  // other loops, at the same socket
    void accept_from(std::shared_ptr<ListeningSocket> socket, Accepting accepting);

    void run() noexcept;  // until everything is finished
    bool finished() const { return finished_; }
    const Traffic& traffic() const { return thread_.traffic; }

    // As Server's. Any thread.
    void post_use(std::shared_ptr<const TlsContext> tls);
    void post_drain();
    void post_stop();

private:
    // A listening socket as this loop sees it: other loops may wait at the same one.
    struct Listener {
        using Descriptor = boost::asio::posix::basic_stream_descriptor<Executor>;
        std::shared_ptr<ListeningSocket> socket;  // null: closed
        Descriptor descriptor;
        Accepting accepting;
        bool paused = false;  // there was no descriptor left for a client
        bool waits = false;   // a wait for clients is under way
    };

    void wait_for_clients(Listener& listener);
    // False if nobody waits any more; or if there is no descriptor left, and then the listener is paused.
    bool accept_one(Listener& listener);
    void adopt(Descriptor accepted, std::string remote_address, bool is_unix);
    // Runs until the loop is finished or something is thrown.
    void serve();
    // Once a second, and every 20 ms while the server stops: the clock, deadlines, paused doors, the end.
    void sweep();
    void stop();
    void close(Listener& listener);
    bool is_open() const;

    IoThread thread_;
    std::vector<std::unique_ptr<Listener>> listeners_;
    Timer timer_;
    // While stopping: when the queues are emptied for the last time and closed, and when whoever still waits for an
    // answer is refused.
    std::chrono::steady_clock::time_point close_at_;
    std::chrono::steady_clock::time_point stop_at_;
    std::atomic<bool> finished_ = false;
};

}  // namespace keyhold::http
