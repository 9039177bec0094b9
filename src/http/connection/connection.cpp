// SPDX-License-Identifier: Apache-2.0
// A connection from its first byte to its end: reading, deadlines, TLS. What it does with what it has read, and how it
// sends its answers, is in connection_serve.cpp.
#include "http/connection/connection.hpp"

#include <sys/socket.h>
#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <functional>
#include <utility>

#include "http/connection/buffer.hpp"
#include "http/errors.hpp"
#include "http/problem.hpp"

namespace keyhold::http {
namespace {

using boost::system::error_code;
using std::chrono::steady_clock;

// A client that was refused may still be sending; reading a little more lets it see the answer instead of a
// reset (RFC 9112 §9.6).
constexpr std::size_t linger_bytes = 1024 * 1024;

// A client that connected less than this ago is probably about to send a request.
constexpr std::chrono::seconds fresh_time{2};

// For a client that was refused and may still be sending (Connection::linger()).
constexpr std::chrono::seconds linger_time{2};

// The thread looks at the clock once a second.
constexpr std::chrono::seconds oldest_now{1};

// How long a connection may be silent while there is little room for others.
constexpr std::chrono::seconds crowded_idle_time{5};
// How much earlier than its deadline an idle connection ends while connections are scarce.
std::chrono::seconds less_when_crowded(const ServerOptions& options) {
    return std::max(options.idle_time - crowded_idle_time, std::chrono::seconds(0));
}

}  // namespace

// A client that is one too many is answered before it has sent anything, so its request is never read. With TLS no
// handshake has happened yet, so nothing can be said and flush() closes the connection.
void Connection::serve_or_refuse() {
    if (!slot_.refusal()) return wait_readable();
    refuse_bytes(*slot_.refusal());
    flush();
}

void Connection::end_if_idle() {
    if (phase_ != Phase::idle && phase_ != Phase::handshake) return;
    // deadline_ was set when the connection began or was answered last, so subtracting what was granted gives that
    // moment back.
    const auto patience = phase_ == Phase::idle ? thread_.options.idle_time : thread_.options.head_time;
    const bool is_fresh = !answered_ && thread_.now < deadline_ - patience + fresh_time;
    char byte = 0;
    // MSG_PEEK leaves the byte for whoever reads next: it shows only whether a request is on its way.
    const bool has_come =
        (tls_ && tls_->has_more()) || ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
    if (!is_fresh && !has_come) linger();
}

// Called again and again while the server stops, as a connection may only later come to wait.
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
    // So that flush() sends and goes on to linger(); as `working` it would wait for the job.
    if (phase_ == Phase::working) enter(Phase::idle);
    if (const auto job = std::move(job_)) {
        job->route->refuse(thread_.response, error, job->request);
        answer(job->route, job->request, thread_.response, job->started);
        // The job's request has views into the fields that the parser holds, so the parser stays with it; a later
        // request of this connection would need another one, but there is none.
        job->parser = std::move(parser_);
    } else {
        refuse_bytes(error);
    }
    flush();
}

// The step that failed may fail again in here, so closing comes last and cannot throw.
void Connection::fail(std::string_view what) noexcept {
    // The log hears of it whatever becomes of the connection.
    thread_.dispatcher.report(job_ != nullptr ? job_->id : std::string_view(), what);
    const bool owes_an_answer = unanswered_ || phase_ == Phase::head || phase_ == Phase::body;
    thread_.out.resize(thread_.whole);  // half an answer is none
    try {
        // A second failure of one connection, as while the 500 was made: trying again could go on for ever.
        if (std::exchange(failed_, true)) {
            close();
        } else if (owes_an_answer) {
            give_up(errors::internal);
        } else if (thread_.whole > 0) {
            // Answers to earlier, pipelined requests stand in `out` whole, so they are sent before the end.
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
    // Without effect if none is due. What it forgets holds a shared_ptr to this connection, which would otherwise stay
    // until then.
    thread_.late_answers.forget(late_at_, this);
    error_code ignored;
    socket_.close(ignored);  // what waits is called with operation_aborted and lets go of us
    slot_.give_back();
    unlink();
}

void Connection::linger() {
    // Bytes that came early belong to a request that will not be answered.
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
    // early_ bytes stand in inbox_ and were not looked at yet: a further read would write over them.
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
        // Bytes that are thrown away: a client that goes on sending is cut off after a MiB.
        drained_ += size;
        return drained_ > linger_bytes ? close() : wait_readable();
    }
    // Pipelined: the bytes stay where they are, as the parser and pending_ may belong to the request before. There is
    // no wait for more, so a client can send only so much ahead; the kernel holds up the rest.
    if (phase_ == Phase::working || phase_ == Phase::sending) {
        early_ = static_cast<std::uint16_t>(size);
        return;
    }
    if (phase_ == Phase::closed) return;
    if (phase_ == Phase::body) prolong(size);
    const std::string_view fresh(inbox_.data(), size);
    // The usual case: all that has arrived, without a copy and without memory of the connection's own.
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
        // Whatever else recv(2) says (nothing there, the end, an error) shows again at the next wait.
        if (got > 0) size = static_cast<std::size_t>(got);
    }
    append_in_steps(pending_, {thread_.scratch.get(), size});
    if (phase_ == Phase::body) prolong(size);
}

// Makes `input` (a view into pending_ or into inbox_) the content of pending_.
void Connection::keep(std::string_view input) {
    // std::less_equal orders pointers into different objects, which <= does not promise to do.
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
        // An answer is promised within this time, so the clock is read anew, and the second is taken off after which
        // end_if_late() may come.
        case Phase::working:
            deadline_ = steady_clock::now() + options.answer_time - oldest_now;
            break;
        // Never: what is still referred to somewhere must not be ended a second time.
        case Phase::closed:
            deadline_ = steady_clock::time_point::max();
            break;
    }
}

// Moves the deadline by the time that the slowest allowed client would take for these bytes, so that a client that
// makes progress is not cut off; but never further than the idle time from now, so that it cannot save up time.
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
    // The answer's time is over, though a thread may still work on the request.
    if (phase_ == Phase::working) return give_up(Dispatcher::too_late(job_->on));
    // Idle, sending, lingering or shaking hands: there is no request that an answer could belong to.
    if (phase_ != Phase::head && phase_ != Phase::body) return close();
    refuse_bytes(errors::request_timeout);
    flush();
}

// How a connection that speaks TLS reads: by records, of which the socket knows nothing.

void Connection::wait_for_record() {
    if (!tls_->has_more()) return wait_for_more_of_it();
    // Read already, with what came before it.
    // By way of the loop and not at once, so that a client whose records come one behind the other does not keep others
    // waiting.
    boost::asio::post(thread_.io, callback([](Connection& self) { self.on_record(); }));
    reading_ = true;
}

// For a record of which a part was read, too: it is no reason to try again before there is more.
void Connection::wait_for_more_of_it() {
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
            return wait_for_more_of_it();
        case TlsStream::Progress::wants_write:
            socket_.async_wait(Socket::wait_write, callback([](Connection& self, const error_code& ec) {
                                   if (!ec) self.on_record();
                               }));
            reading_ = true;
            return;
        // The sentence goes out without TLS, for that is what the client understands.
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
