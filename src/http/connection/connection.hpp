// SPDX-License-Identifier: Apache-2.0
// One client's connection: reads, serves, writes; keeps more than 1 KiB only while a request is unfinished.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "http/connection/io_thread.hpp"
#include "http/connection/tls.hpp"
#include "http/connection/wait_list.hpp"

namespace keyhold::http {

// Owned by what waits for it: every callback that Asio or a pool holds has a shared_ptr, so a connection that waits for
// nothing any more is destroyed. The thread's list refers to it without owning it, for the sweeps. All members belong
// to the I/O thread of `thread_`; the thread of a pool touches the Job alone.
//
// The work is spread over three files by what it is about: connection.cpp (reading, deadlines, TLS),
// connection_serve.cpp (requests and answers) and connection_wait.cpp (requests that are not answered at once).
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
    // What a connection is about, which says how long it may take (enter()) and what its end looks like:
    // - handshake: TLS has begun and no byte of HTTP was read; a connection without TLS begins as `idle`.
    // - idle: between requests, or before the first one.
    // - head, body: a request has begun and its head, or its body, is not complete.
    // - working: `job_` is with a thread of a pool, waits for news, or is refused late; what the client sends is not
    //   parsed.
    // - sending: the client has not taken all of an answer yet; no further request is served before it has.
    // - lingering: everything was said and our side is shut down; what still comes is read and thrown away.
    // - closed: the socket is gone; callbacks that are still due find this phase and do nothing.
    enum class Phase : unsigned char { handshake, idle, head, body, working, sending, lingering, closed };
    // A request that a thread of a pool works on. It owns the bytes that the request's views lead to: the connection
    // may give up waiting for it, and be closed.
    // While a pool has it, the I/O thread reads only what was fixed before it was submitted (route, started, id,
    // request), and writes only `parser`, which the pool does not look at; post_done() hands all of it back.
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
    // Reports `what` and ends the connection, with a 500 where a client waits for an answer and none of it was sent.
    void fail(std::string_view what) noexcept;
    // A callback for Asio, called as step(connection, ...): guarded, and keeps the connection alive until then.
    // The `results` are what Asio gives to a handler: an error_code, and for reads a size.
    template <class Step>
    auto callback(Step step) {
        return [self = shared_from_this(), step = std::move(step)](auto... results) {
            self->guard([&] { step(*self, results...); });
        };
    }

    // These three are what the loop's calls do, within guard(): begin(), stop() and cut().
    void serve_or_refuse();
    void end_if_idle();
    void refuse_what_is_unanswered();
    // Answers without waiting for the job; see connection.cpp.
    void give_up(const Error& error);
    void wait_readable();
    void on_read(std::size_t size);
    // Takes what has arrived beyond the 1 KiB of inbox_ into pending_, by one read into the thread's buffer.
    void read_more();
    // Afterwards older views into pending_ are invalid.
    void keep(std::string_view input);
    // The hard end: lets go of the socket and of the slot. May be called twice.
    void close() noexcept;
    // The orderly end: says that nothing more will come, and waits for the client to do the same (RFC 9112 §9.6).
    void linger();

    // TLS
    // A socket that is readable may hold less than a record, and OpenSSL may hold a record while the socket is empty,
    // so both have to be asked.
    void wait_for_record();
    // Waits for the socket alone: what OpenSSL holds is a part of a record, which no further read completes.
    void wait_for_more_of_it();
    // The socket is readable, or OpenSSL has something: reads one piece of it.
    void on_record();

    // connection_serve.cpp
    // `input` lies in inbox_ or in pending_. Takes whole requests off its front.
    void serve(std::string_view input);
    bool serve_one(std::string_view& input);
    // RFC 9110 §10.1.1: at most once for each request, and only while its body is missing.
    void say_continue();
    // Writes the answer behind `out` and counts it; flush() sends it.
    void answer(const Route* route, const Request& request, Response& response,
                std::chrono::steady_clock::time_point started);
    // `begun` is what could be read of the request; empty: not even its target.
    void refuse_bytes(const Error& error, const std::optional<Request>& begun = {});
    // Sets the request's id, by_proxy and the client's address, which are known to the connection and not to the
    // parser.
    void identify(Request& request, std::string_view fallback_id) const;
    // Tells ServerOptions::unknown_proxy of a peer that forwards for others and is not trusted.
    void look_for_proxy(const Request& request) const;

    // connection_wait.cpp
    // From here on the request belongs to a pool; the connection is `working` until on_done().
    void hand_over(const Route& route, On on, const Payer& payer, const Request& request, std::string_view input);
    void submit(const std::shared_ptr<Job>& job, const Payer& payer);
    // The handler has found nothing to tell: registers a Ticket with its list and an end with the thread's LateAnswers.
    void hold(const std::shared_ptr<Job>& job);
    enum class Resumed : std::uint8_t { woken, late };
    // The handler begins anew; with `late` for the last time.
    void resume(const std::shared_ptr<Job>& job, Resumed why);
    void submit_again(const std::shared_ptr<Job>& job);
    bool comes_too_soon(const Payer& payer, std::chrono::steady_clock::time_point now);
    // Keeps the refusal back for retry_after, but for 2 s at most.
    // Whether it waits for the end of a step of the answer's time.
    bool waits_for_step(const std::shared_ptr<Job>& job);
    void refuse_late(const Route& route, On on, const Request& request, std::string_view input,
                     std::chrono::seconds retry_after);
    // Moves the request's bytes, and all that came behind them, into a job.
    std::shared_ptr<Job> make_job(const Route& route, On on, const Request& request, std::string_view input);
    // On a thread of a pool, when the job is done or refused: on_done() follows on the I/O thread.
    static void post_done(std::shared_ptr<Connection> self, std::shared_ptr<Job> job) noexcept;
    // Back on the I/O thread: answers, unless the connection has given up the job meanwhile.
    void on_done(const std::shared_ptr<Job>& job);

    // connection_serve.cpp
    // Sends what there is to send and decides what the connection does next. Each path that has produced output ends
    // here.
    void flush();
    // True if everything was sent. May close the connection.
    bool transmit();
    // One call of send(2) or of SSL_write: how many bytes were taken, or -1 with errno.
    ssize_t send(std::string_view bytes);
    // Whether bytes of earlier answers wait for the client to take them; what stands in the thread's `out` is not
    // counted.
    bool owes() const { return !unsent_.empty() || !unsent_static_.empty() || source_; }
    // Reads up to 64 KiB of `source_` into unsent_.
    bool read_source();
    void wait_writable();
    // Everything is answered: begins to read again when the other connections of this turn are through.
    void wait_for_the_next();

    // deadlines
    void end_if_late();
    // Sets the phase and its deadline. A phase that is entered again keeps its deadline, but for `idle`.
    void enter(Phase phase);
    // Moves the deadline on for bytes that came or went.
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
    std::shared_ptr<BodySource> source_;       // or what is read behind it; null: nothing
    // When the present phase is over; looked at by sweep().
    std::chrono::steady_clock::time_point deadline_;
    std::chrono::steady_clock::time_point back_at_;  // when who was refused for want of a slot may come back
    std::chrono::steady_clock::time_point late_at_;  // when the last refusal that was given late is due
    // Bytes that were thrown away while lingering.
    std::size_t drained_ = 0;
    std::uint16_t early_ = 0;  // bytes in inbox_ that came while an earlier request was worked on
    Phase phase_ = Phase::idle;
    // The answer that is being made or sent is the last one of this connection.
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
