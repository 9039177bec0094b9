// One client's connection: reads, serves, writes; keeps more than 1 KiB only while a request is unfinished.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>

#include "http/io_thread.hpp"
#include "http/tls.hpp"

namespace keyhold::http {

class Connection final : public std::enable_shared_from_this<Connection>, public ListHook {
public:
    // With a `tls` the client speaks TLS.
    Connection(Socket socket, std::string remote_address, Admission::Place place, std::unique_ptr<TlsStream> tls,
               IoThread& thread)
        : socket_(std::move(socket)),
          remote_address_(std::move(remote_address)),
          place_(std::move(place)),
          thread_(thread),
          from_proxy_(thread.options.trusted_proxies.trust(remote_address_)),
          tls_(std::move(tls)) {
        thread_.connections.push_back(*this);
        thread_.traffic.accepted.add();
        enter(tls_ ? Phase::handshake : Phase::idle);
    }

    // Serves the client, or tells it why not if its place says so.
    void begin();

    // Called once a second: ends the connection if its time is over. May unlink it from the thread's list.
    void sweep();
    // The server stops: ends the connection if it is idle and nothing is on its way, as far as one can know.
    void stop();

private:
    enum class Phase : unsigned char { handshake, idle, head, body, working, sending, lingering, closed };
    struct Job;

    void wait_readable();
    void on_read(std::size_t size);
    void read_more();
    void keep(std::string_view input);
    void close();
    void linger();

    // connection_tls.cpp
    void wait_for_record();
    void on_record();

    // connection_serve.cpp
    void serve(std::string_view input);
    bool serve_one(std::string_view& input);
    void hand_over(const Route& route, On on, std::string_view input);
    void on_done(const std::shared_ptr<Job>& job);
    void give_up_job();
    void answer(const Route* route, const Request& request, Response& response,
                std::chrono::steady_clock::time_point started);
    void refuse_bytes(const Error& error);
    void identify(Request& request, std::string_view fallback_id) const;

    // connection_write.cpp
    void flush();
    bool transmit();
    ssize_t send(std::string_view bytes);
    bool owes() const { return !unsent_.empty() || !unsent_static_.empty(); }
    void wait_writable();
    void wait_for_the_next();

    // connection_deadlines.cpp, with sweep()
    void enter(Phase phase);
    void prolong(std::size_t bytes);

    Socket socket_;
    std::string remote_address_;
    Admission::Place place_;
    IoThread& thread_;
    const bool from_proxy_;                    // which says who the client is
    std::unique_ptr<TlsStream> tls_;           // null: plain
    std::unique_ptr<RequestParser> parser_;    // while a request is unfinished
    std::shared_ptr<Job> job_;                 // the request that a pool works on
    std::stop_source gone_{std::nostopstate};  // of that request
    std::array<char, 1024> inbox_;             // a request with a token fits; all that an idle connection owns
    std::string pending_;                      // its bytes, and what came behind them
    std::string unsent_;                       // what the client did not take yet
    std::string_view unsent_static_;           // and the embedded bytes behind that
    std::chrono::steady_clock::time_point deadline_;
    std::size_t drained_ = 0;
    std::uint16_t early_ = 0;  // bytes in inbox_ that came while an earlier request was worked on
    Phase phase_ = Phase::idle;
    bool close_after_ = false;
    bool answered_ = false;   // a request, at least
    bool continued_ = false;  // "100 Continue" was said to this request
    bool stalled_ = false;    // pending_ holds a request that waits until what was answered is sent
    bool reading_ = false;    // a wait for the socket is under way: never two at once
    bool writing_ = false;
};

}  // namespace keyhold::http
