// SPDX-License-Identifier: Apache-2.0
// The server: one event loop per thread, at one or more listening sockets.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "http/connection/admission.hpp"
#include "http/connection/listening_socket.hpp"
#include "http/connection/request_parser.hpp"
#include "http/connection/tls.hpp"
#include "http/connection/traffic.hpp"
#include "http/connection/worker_pool.hpp"
#include "http/message.hpp"
#include "http/routes/dispatcher.hpp"
#include "http/trusted_proxies.hpp"

namespace keyhold::http {

// One answered request, for the log. The query is left out on purpose: people put secrets there.
// The views hold during the call of the access log only, as the request's buffer is used again behind it.
struct Exchange {
    std::string_view method, path, request_id, remote_address;
    int status;
    std::size_t bytes;  // of the body
    std::chrono::nanoseconds duration;
};

// All of it is fixed when the server is made; what may change at a reload (certificates, trusted origins) is given to
// other objects. Times are measured by sweeps once a second, so each is exact to about a second. None of them is cut
// short, but for idle_time where connections get scarce (Admission::is_crowded).
struct ServerOptions {
    // I/O threads, at least one. Each has its own event loop and, where there are enough sockets, its own queue of new
    // clients.
    std::size_t threads = 1;
    Limits limits;
    ConnectionLimits connections;
    std::chrono::seconds head_time{10};  // from the first byte of a request to the end of its head
    std::chrono::seconds body_time{20};  // from there to the end of its body, and ...
    std::chrono::seconds idle_time{60};  // between requests, or for a client that does not read, and ...
    std::int64_t slowest_rate = 500;     // ... a second more for so many bytes that are sent or taken
    // From a request's end to its answer, whatever it waits for (a queue, a password's hash, the database): 503 then.
    // Less than the 30 s and 60 s after which HAProxy and nginx lose patience, more than all that a healthy server
    // does: a second's queue and the 3.3 s for which a log-out waits for a node that is silent.
    std::chrono::seconds answer_time{10};
    std::chrono::seconds drain_time{10};  // for what is in flight when stop() is called
    TrustedProxies trusted_proxies;
    // Told, at least once by each I/O thread, of a peer near by that speaks for others and is not trusted; may be
    // empty.
    std::function<void(std::string_view peer)> unknown_proxy;
    std::string hsts;                                 // the value of Strict-Transport-Security (RFC 6797); empty: none
    std::uint64_t run_id = 0;                         // random; makes request ids differ between runs
    std::function<void(const Exchange&)> access_log;  // any I/O thread; may be empty
};

class Server {
public:
    // The dispatcher and the pools must outlive the server, which stops the pools when it goes.
    Server(ServerOptions options, const Dispatcher& dispatcher, WorkerPools& pools);
    ~Server();

    // Connections over TCP from now on speak TLS; those that are open go on as before. Any thread, but the first call
    // comes before start().
    void use(std::shared_ptr<const TlsContext> tls);
    std::shared_ptr<const TlsContext> tls() const;  // null: nobody does

    // Before start(); for each address. Each thread gets sockets of its own if there are enough of them.
    void listen(const ListeningSockets& sockets);
    ListeningSockets sockets() const;  // all of them, until stop()

    void start();  // returns at once

    // The end comes near: every answer ends its connection from now on. New ones are still accepted. Any thread.
    void drain();
    // No new connections; what is in flight is finished within drain_time. Who was accepted, or is in the queue of a
    // socket that nobody shares, gets an answer. One thread, once.
    void stop();
    bool finished() const;
    void join();  // until everything is finished

    // The objects live as long as the server, and may be read while it runs.
    std::vector<const Traffic*> traffic() const;  // of each thread

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace keyhold::http
