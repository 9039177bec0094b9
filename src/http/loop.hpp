// SPDX-License-Identifier: Apache-2.0
// One event loop: accepts, serves, and looks once a second at whose time is over.
#pragma once

#include <atomic>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <chrono>
#include <memory>
#include <vector>

#include "base/descriptor.hpp"
#include "http/io_thread.hpp"
#include "http/listening_socket.hpp"

namespace keyhold::http {

class Loop {
public:
    Loop(const ServerOptions& options, const Dispatcher& dispatcher, WorkerPools& pools, Admission& admission,
         unsigned number);
    ~Loop();

    // Before run().
    enum class Company { none, others };  // whether other loops accept there too
    void accept_from(std::shared_ptr<ListeningSocket> socket, Company company);

    void run() noexcept;  // until everything is finished
    bool finished() const { return finished_; }
    const Traffic& traffic() const { return thread_.traffic; }

    // As Server's. Any thread.
    void post_use(std::shared_ptr<const TlsContext> tls);
    void post_drain();
    void post_stop();

private:
    // A listening socket as this loop sees it: other loops may wait at the same one.
    struct Door {
        using Descriptor = boost::asio::posix::basic_stream_descriptor<Executor>;
        std::shared_ptr<ListeningSocket> socket;  // null: closed
        Descriptor descriptor;
        Company company;
        bool paused = false;  // there was no descriptor left for a client
        bool waits = false;   // a wait for clients is under way
    };

    void wait_for_clients(Door& door);
    // False if nobody waits any more; or if there is no descriptor left, and then the door is paused.
    bool accept_one(Door& door);
    void adopt(Descriptor accepted, std::string remote_address, bool is_unix);
    void serve();
    void sweep();
    void stop();
    void close(Door& door);
    bool is_open() const;

    IoThread thread_;
    std::vector<std::unique_ptr<Door>> doors_;
    Timer timer_;
    std::chrono::steady_clock::time_point close_at_;
    std::chrono::steady_clock::time_point stop_at_;
    std::atomic<bool> finished_ = false;
};

}  // namespace keyhold::http
