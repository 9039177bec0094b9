// The server: one event loop per thread, each with its own listening socket (SO_REUSEPORT).
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "http/admission.hpp"
#include "http/dispatcher.hpp"
#include "http/message.hpp"
#include "http/request_parser.hpp"
#include "http/trusted_proxies.hpp"
#include "http/worker_pool.hpp"

namespace keyhold::http {

// One answered request, for the log. The query is left out on purpose: people put secrets there.
struct Exchange {
    std::string_view method, path, request_id, remote_address;
    int status;
    std::size_t bytes;  // of the body
    std::chrono::nanoseconds duration;
};

struct ServerOptions {
    std::string host = "127.0.0.1";  // an IP address
    std::uint16_t port = 8000;       // 0: any free one
    std::size_t threads = 1;
    Limits limits;
    ConnectionLimits connections;
    std::chrono::seconds head_time{10};   // from the first byte of a request to the end of its head
    std::chrono::seconds body_time{20};   // from there to the end of its body, and ...
    std::chrono::seconds idle_time{60};   // between requests, or for a client that does not read, and ...
    std::int64_t slowest_rate = 500;      // ... a second more for so many bytes that are sent or taken
    std::chrono::seconds drain_time{10};  // for what is in flight when stop() is called
    TrustedProxies trusted_proxies;
    std::uint64_t run_id = 0;                         // random; makes request ids differ between runs
    std::function<void(const Exchange&)> access_log;  // any I/O thread; may be empty
};

class Server {
public:
    // The dispatcher and the pools must outlive the server, which stops the pools when it goes.
    Server(ServerOptions options, const Dispatcher& dispatcher, WorkerPools& pools);
    ~Server();

    // Opens the sockets. Refused: configuration, when the address is no address, in use or not ours.
    Result<> listen();
    std::uint16_t port() const;

    void start();  // returns at once
    void stop();   // no new requests; what is in flight is finished within drain_time. Any thread
    void join();   // until everything is finished

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace keyhold::http
