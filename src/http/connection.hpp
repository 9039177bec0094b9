// SPDX-License-Identifier: Apache-2.0
// One client's connection: reads, serves, writes; keeps more than 1 KiB only while a request is unfinished.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <exception>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>

#include "http/io_thread.hpp"
#include "http/tls.hpp"
#include "http/wait_list.hpp"

namespace keyhold::http {

class Connection final : public std::enable_shared_from_this<Connection>, public ListHook {
public:
    // With a `tls` the client speaks TLS.
    Connection(Socket socket, std::string remote_address, Admission::Slot slot, std::unique_ptr<TlsStream> tls,
               IoThread& thread)
        : socket_(std::move(socket)),
          remote_address_(std::move(remote_address)),
          slot_(std::move(slot)),
          thread_(thread),
          from_proxy_(thread.options.trusted_proxies.trust(remote_address_)),
          tls_(std::move(tls)) {
        thread_.connections.push_back(*this);
        thread_.traffic.accepted.add();
        enter(tls_ ? Phase::handshake : Phase::idle);
    }

    // What the loop calls. None of it throws, and each may unlink the connection from the thread's list.

    // Serves the client, or tells it why not if its slot says so.
    void begin() noexcept {
        guard([this] { serve_or_refuse(); });
    }
    // Called once a second: ends the connection if its time is over.
    void sweep() noexcept {
        guard([this] { end_if_late(); });
    }
    // The server stops: ends the connection if it is idle and nothing is on its way, as far as one can know.
    void stop() noexcept {
        guard([this] { end_if_idle(); });
    }
    // The time for stopping is over: whoever waits for an answer gets a 503.
    void cut() noexcept {
        guard([this] { refuse_what_is_unanswered(); });
    }

private:
    enum class Phase : unsigned char { handshake, idle, head, body, working, sending, lingering, closed };
    // A request that a thread of a pool works on. It owns the bytes that the request's views lead to: the connection
    // may give up waiting for it, and be closed.
    struct Job {
        std::string bytes;
        On on;
        const Route* route;
        Request request;
        Response response;
        std::string id;
        std::chrono::steady_clock::time_point started;
        std::unique_ptr<RequestParser> parser;     // which holds the fields, once the connection has given up
        std::optional<WaitList::Waiting> waiting;  // the handler found nothing to tell
        std::unique_ptr<WaitList::Ticket> ticket;  // while it waits until there is
        bool is_last = false;                      // now nothing is the answer
    };

    // Everything that happens to a connection happens within guard(): what is thrown there ends this connection and
    // nothing else, with a 500 if a request was waiting for its answer.
    template <class Step>
    void guard(Step step) noexcept {
        try {
            step();
        } catch (const std::exception& error) {
            fail(error.what());
        } catch (...) {
            fail("something was thrown that is no std::exception");
        }
    }
    void fail(std::string_view what) noexcept;
    // A callback for Asio, called as step(connection, ...): guarded, and keeps the connection alive until then.
    template <class Step>
    auto callback(Step step) {
        return [self = shared_from_this(), step = std::move(step)](auto... results) {
            self->guard([&] { step(*self, results...); });
        };
    }

    void serve_or_refuse();
    void end_if_idle();
    void refuse_what_is_unanswered();
    void give_up(const Error& error);
    void wait_readable();
    void on_read(std::size_t size);
    void read_more();
    void keep(std::string_view input);
    void close() noexcept;
    void linger();

    // TLS
    void wait_for_record();
    void on_record();

    // connection_serve.cpp
    void serve(std::string_view input);
    bool serve_one(std::string_view& input);
    void say_continue();
    void answer(const Route* route, const Request& request, Response& response,
                std::chrono::steady_clock::time_point started);
    void refuse_bytes(const Error& error, std::string_view path = {});
    void identify(Request& request, std::string_view fallback_id) const;
    void look_for_proxy(const Request& request) const;

    // connection_wait.cpp
    void hand_over(const Route& route, On on, const Payer& payer, const Request& request, std::string_view input);
    void submit(const std::shared_ptr<Job>& job, const Payer& payer);
    void hold(const std::shared_ptr<Job>& job);
    void resume(const std::shared_ptr<Job>& job);
    bool comes_too_soon(const Payer& payer, std::chrono::steady_clock::time_point now);
    void refuse_late(const Route& route, On on, const Request& request, std::string_view input,
                     std::chrono::seconds retry_after);
    std::shared_ptr<Job> make_job(const Route& route, On on, const Request& request, std::string_view input);
    static void post_done(std::shared_ptr<Connection> self, std::shared_ptr<Job> job) noexcept;
    void on_done(const std::shared_ptr<Job>& job);

    // connection_serve.cpp
    void flush();
    bool transmit();
    ssize_t send(std::string_view bytes);
    bool owes() const { return !unsent_.empty() || !unsent_static_.empty(); }
    void wait_writable();
    void wait_for_the_next();

    // deadlines
    void end_if_late();
    void enter(Phase phase);
    void prolong(std::size_t bytes);

    Socket socket_;
    std::string remote_address_;
    Admission::Slot slot_;
    IoThread& thread_;
    const bool from_proxy_;                    // which says who the client is
    std::unique_ptr<TlsStream> tls_;           // null: plain
    std::unique_ptr<RequestParser> parser_;    // while a request is unfinished
    std::shared_ptr<Job> job_;                 // the request that a pool works on, while this phase is `working`
    std::stop_source gone_{std::nostopstate};  // of that request
    std::array<char, 1024> inbox_;             // a request with a token fits; all that an idle connection owns
    std::string pending_;                      // its bytes, and what came behind them
    std::string unsent_;                       // what the client did not take yet
    std::string_view unsent_static_;           // and the embedded bytes behind that
    std::chrono::steady_clock::time_point deadline_;
    std::chrono::steady_clock::time_point back_at_;  // when who was refused for want of a slot may come back
    std::chrono::steady_clock::time_point late_at_;  // when the last refusal that was given late is due
    std::size_t drained_ = 0;
    std::uint16_t early_ = 0;  // bytes in inbox_ that came while an earlier request was worked on
    Phase phase_ = Phase::idle;
    bool close_after_ = false;
    bool answered_ = false;    // a request, at least
    bool unanswered_ = false;  // a whole request has come whose answer does not stand in the thread's `out` yet
    bool continued_ = false;   // "100 Continue" was said to this request
    bool stalled_ = false;     // pending_ holds a request that waits until what was answered is sent
    bool failed_ = false;      // something was thrown, and a 500 is on its way
    bool reading_ = false;     // a wait for the socket is under way: never two at once
    bool writing_ = false;
};

}  // namespace keyhold::http
