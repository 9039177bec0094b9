// SPDX-License-Identifier: Apache-2.0
// A connection from its first byte to its end: reading, deadlines, TLS. What it does with what it has read, and how it
// sends its answers, is in connection_serve.cpp.
#include "http/connection.hpp"

#include <sys/socket.h>
#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <functional>
#include <utility>

#include "http/buffer.hpp"
#include "http/errors.hpp"
#include "http/problem.hpp"

namespace keyhold::http {
namespace {

using boost::system::error_code;
using std::chrono::steady_clock;

// A client that was refused may still be sending; reading a little more lets it see the answer instead of a
// reset (RFC 9112 §9.6).
constexpr std::size_t linger_bytes = 1024 * 1024;

// Who connected so lately is about to send a request.
constexpr std::chrono::seconds fresh_time{2};

// For a client that was refused and may still be sending (Connection::linger()).
constexpr std::chrono::seconds linger_time{2};

// The thread looks at the clock once a second.
constexpr std::chrono::seconds oldest_now{1};

// How long a connection may be silent while there is little room for others.
constexpr std::chrono::seconds crowded_idle_time{5};
std::chrono::seconds less_when_crowded(const ServerOptions& options) {
    return std::max(options.idle_time - crowded_idle_time, std::chrono::seconds(0));
}

}  // namespace

void Connection::serve_or_refuse() {
    if (!slot_.refusal()) return wait_readable();
    refuse_bytes(*slot_.refusal());
    flush();
}

void Connection::end_if_idle() {
    if (phase_ != Phase::idle && phase_ != Phase::handshake) return;
    const auto patience = phase_ == Phase::idle ? thread_.options.idle_time : thread_.options.head_time;
    const bool is_fresh = !answered_ && thread_.now < deadline_ - patience + fresh_time;
    char byte = 0;
    const bool has_come = ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
    if (!is_fresh && !has_come) linger();
}

void Connection::refuse_what_is_unanswered() {
    if (phase_ == Phase::working || phase_ == Phase::head || phase_ == Phase::body)
        give_up(Error(errors::overloaded, "The server is stopping; try again shortly"));
}

// Answers the request at hand though it is not complete, or not done, and ends the connection. A thread of a pool may
// go on with the request, so pending_ and parser_ stay as they are.
// What stands behind the request is not looked at while its bytes are the job's. Whoever works on it finds out that
// nobody waits any more.
void Connection::give_up(const Error& error) {
    gone_.request_stop();
    gone_ = std::stop_source(std::nostopstate);
    close_after_ = true;
    if (phase_ == Phase::working) enter(Phase::idle);
    if (const auto job = std::move(job_)) {
        job->route->refuse(thread_.response, error, job->request);
        answer(job->route, job->request, thread_.response, job->started);
        job->parser = std::move(parser_);
    } else {
        refuse_bytes(error);
    }
    flush();
}

// What broke may break again here, so closing comes last and needs nothing.
void Connection::fail(std::string_view what) noexcept {
    thread_.dispatcher.report(job_ != nullptr ? job_->id : std::string_view(), what);
    const bool owes_an_answer = unanswered_ || phase_ == Phase::head || phase_ == Phase::body;
    thread_.out.resize(thread_.whole);  // half an answer is none
    try {
        if (std::exchange(failed_, true)) {
            close();
        } else if (owes_an_answer) {
            give_up(errors::internal);
        } else if (thread_.whole > 0) {
            close_after_ = true;
            flush();
        } else {
            close();
        }
    } catch (...) {
        close();
    }
    thread_.clear_out();
}

void Connection::close() noexcept {
    if (phase_ == Phase::closed) return;
    enter(Phase::closed);
    job_.reset();
    thread_.traffic.ended.add();
    gone_.request_stop();
    thread_.late_answers.forget(late_at_, this);
    error_code ignored;
    socket_.close(ignored);  // what waits is called with operation_aborted and lets go of us
    slot_.give_back();
    unlink();
}

void Connection::linger() {
    early_ = 0;
    if (tls_) tls_->say_goodbye();
    ::shutdown(socket_.native_handle(), SHUT_WR);
    enter(Phase::lingering);
    wait_readable();
}

// A read into a buffer that it does not fill costs Asio no system call but the recv() itself, when the socket is
// readable; waiting without a buffer would cost an epoll_ctl() each time. While a pool works on a request, this is how
// a client that hangs up is noticed.
void Connection::wait_readable() {
    if (reading_ || early_ > 0) return;
    if (tls_ && phase_ != Phase::lingering) return wait_for_record();
    socket_.async_read_some(boost::asio::buffer(inbox_),
                            callback([](Connection& self, const error_code& ec, std::size_t size) {
                                self.reading_ = false;
                                if (!ec) return self.on_read(size);
                                if (ec == boost::asio::error::operation_aborted) return;
                                if (self.phase_ != Phase::sending) self.close();  // after the answer it shows again
                            }));
    reading_ = true;
}

void Connection::on_read(std::size_t size) {
    if (phase_ == Phase::lingering) {
        drained_ += size;
        return drained_ > linger_bytes ? close() : wait_readable();
    }
    if (phase_ == Phase::working || phase_ == Phase::sending) {
        early_ = static_cast<std::uint16_t>(size);
        return;
    }
    if (phase_ == Phase::closed) return;
    if (phase_ == Phase::body) prolong(size);
    const std::string_view fresh(inbox_.data(), size);
    if (pending_.empty() && size < inbox_.size()) return serve(fresh);
    append_in_steps(pending_, fresh);
    if (size == inbox_.size()) read_more();
    serve(pending_);
}

// What else has arrived already, by way of the thread's buffer.
void Connection::read_more() {
    std::size_t size = 0;
    if (tls_) {
        const auto got = tls_->read({thread_.scratch.get(), IoThread::scratch_size});
        if (got.progress == TlsStream::Progress::done) size = got.size;
    } else {
        const ssize_t got = ::recv(socket_.native_handle(), thread_.scratch.get(), IoThread::scratch_size, 0);
        if (got > 0) size = static_cast<std::size_t>(got);
    }
    append_in_steps(pending_, {thread_.scratch.get(), size});
    if (phase_ == Phase::body) prolong(size);
}

// Makes `input` (a view into pending_ or into inbox_) the content of pending_.
void Connection::keep(std::string_view input) {
    const bool ours = !pending_.empty() && std::less_equal<>()(pending_.data(), input.data()) &&
                      std::less_equal<>()(input.data(), pending_.data() + pending_.size());
    if (ours)
        pending_.erase(0, static_cast<std::size_t>(input.data() - pending_.data()));
    else
        pending_.assign(input);
    if (pending_.empty() && pending_.capacity() > std::string().capacity())
        pending_ = std::string();  // gives the memory back
    if (pending_.empty() && parser_) thread_.give_back(std::move(parser_));
}

// How long a connection may take for what it is about.

void Connection::enter(Phase phase) {
    const ServerOptions& options = thread_.options;
    const auto now = thread_.now + oldest_now;            // nobody's time is over early
    if (phase_ == phase && phase != Phase::idle) return;  // one deadline for all of it
    phase_ = phase;
    switch (phase) {
        case Phase::handshake:
        case Phase::head:
            deadline_ = now + options.head_time;
            break;
        case Phase::body:
            deadline_ = now + options.body_time;
            break;
        case Phase::lingering:
            deadline_ = now + linger_time;
            break;
        case Phase::idle:
        case Phase::sending:
            deadline_ = now + options.idle_time;
            break;
        case Phase::working:
            deadline_ = now + options.answer_time;
            break;
        case Phase::closed:
            deadline_ = steady_clock::time_point::max();
            break;
    }
}

// Who sends or takes so many bytes has earned the time that the slowest client may take for them, but never more than
// the idle time in advance.
void Connection::prolong(std::size_t bytes) {
    const ServerOptions& options = thread_.options;
    const auto earned =
        std::chrono::nanoseconds(static_cast<std::int64_t>(bytes) * 1'000'000'000 / options.slowest_rate);
    deadline_ = std::min(deadline_ + earned, std::max(deadline_, thread_.now + options.idle_time));
}

void Connection::end_if_late() {
    const auto due = phase_ == Phase::idle && thread_.admission.is_crowded()
                         ? deadline_ - less_when_crowded(thread_.options)
                         : deadline_;
    if (thread_.now < due) return;
    if (phase_ == Phase::working) return give_up(Dispatcher::too_late(job_->on));
    if (phase_ != Phase::head && phase_ != Phase::body) return close();
    refuse_bytes(errors::request_timeout);
    flush();
}

// How a connection that speaks TLS reads: by records, of which the socket knows nothing.

void Connection::wait_for_record() {
    if (tls_->has_more())  // decrypted already, with what was read before
        boost::asio::post(thread_.io, callback([](Connection& self) { self.on_record(); }));
    else
        socket_.async_wait(Socket::wait_read, callback([](Connection& self, const error_code& ec) {
                               if (!ec) self.on_record();
                           }));
    reading_ = true;
}

void Connection::on_record() {
    reading_ = false;
    if (phase_ == Phase::closed) return;
    if (phase_ == Phase::lingering) return wait_readable();
    const auto got = tls_->read(inbox_);
    if (phase_ == Phase::handshake && tls_->is_established()) enter(Phase::idle);
    switch (got.progress) {
        case TlsStream::Progress::done:
            return on_read(got.size);
        case TlsStream::Progress::wants_read:
            return wait_readable();
        case TlsStream::Progress::wants_write:
            socket_.async_wait(Socket::wait_write, callback([](Connection& self, const error_code& ec) {
                                   if (!ec) self.on_record();
                               }));
            reading_ = true;
            return;
        case TlsStream::Progress::plain_http:
            tls_.reset();
            refuse_bytes(Error(errors::bad_request, "This port speaks HTTPS: begin the URL with https://"));
            return flush();
        case TlsStream::Progress::ended:
            if (phase_ == Phase::handshake) return linger();  // the alert that says why is on its way
            if (phase_ != Phase::sending) close();            // after the answer it shows again
            return;
    }
}

}  // namespace keyhold::http
