#include "http/connection.hpp"

#include <sys/socket.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <functional>
#include <utility>

namespace keyhold::http {
namespace {

using boost::system::error_code;
using std::chrono::steady_clock;

// A client that was refused may still be sending; reading a little more lets it see the answer instead of a
// reset (RFC 9112 §9.6).
constexpr std::chrono::seconds linger_time{2};
constexpr std::size_t linger_bytes = 1024 * 1024;

// The thread looks at the clock once a second.
constexpr std::chrono::seconds oldest_now{1};

// How long a connection may be silent while there is little room for others.
constexpr std::chrono::seconds crowded_idle_time{5};
std::chrono::seconds less_when_crowded(const ServerOptions& options) {
    return std::max(options.idle_time - crowded_idle_time, std::chrono::seconds(0));
}

// Who connected so lately is about to send a request.
constexpr std::chrono::seconds fresh_time{2};

}  // namespace

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

void Connection::begin() {
    if (!place_.refusal()) return wait_readable();
    refuse_bytes(*place_.refusal());
    flush();
}

void Connection::sweep() {
    const auto due = phase_ == Phase::idle && thread_.admission.is_crowded()
                         ? deadline_ - less_when_crowded(thread_.options)
                         : deadline_;
    if (thread_.now < due) return;
    if (phase_ != Phase::head && phase_ != Phase::body) return close();
    refuse_bytes(Errc::request_timeout);
    flush();
}

void Connection::stop() {
    if (phase_ != Phase::idle && phase_ != Phase::handshake) return;
    const auto patience = phase_ == Phase::idle ? thread_.options.idle_time : thread_.options.head_time;
    const bool is_fresh = !answered_ && thread_.now < deadline_ - patience + fresh_time;
    char byte = 0;
    const bool has_come = ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
    if (!is_fresh && !has_come) linger();
}

void Connection::close() {
    if (phase_ == Phase::closed) return;
    enter(Phase::closed);
    thread_.traffic.ended.add();
    gone_.request_stop();
    error_code ignored;
    socket_.close(ignored);  // what waits is called with operation_aborted and lets go of us
    place_.give_back();
    unlink();
}

void Connection::linger() {
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
    reading_ = true;
    if (tls_ && phase_ != Phase::lingering) return wait_for_record();
    socket_.async_read_some(boost::asio::buffer(inbox_),
                            [self = shared_from_this()](const error_code& ec, std::size_t size) {
                                self->reading_ = false;
                                if (!ec) return self->on_read(size);
                                if (ec == boost::asio::error::operation_aborted) return;
                                if (self->phase_ != Phase::sending) self->close();  // after the answer it shows again
                            });
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
    pending_ += fresh;
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
    pending_.append(thread_.scratch.get(), size);
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
    if (pending_.empty() && pending_.capacity() > sizeof pending_) pending_ = std::string();  // gives the memory back
    if (pending_.empty() && parser_) thread_.give_back(std::move(parser_));
}

void Connection::flush() {
    if (phase_ == Phase::closed || phase_ == Phase::lingering) return thread_.out.clear();
    if (!transmit()) {
        if (phase_ == Phase::closed) return;
        if (phase_ != Phase::working) enter(Phase::sending);
        return wait_writable();
    }
    if (phase_ == Phase::working) return wait_readable();
    if (phase_ == Phase::sending) enter(Phase::idle);
    if (close_after_) return linger();
    if (stalled_ || early_ > 0) {
        pending_.append(inbox_.data(), std::exchange(early_, std::uint16_t{0}));
        return serve(pending_);
    }
    wait_for_the_next();
}

// To read at once what a client sends in answer to what it has not read yet finds nothing, at the price of a system
// call. When all others had their turn, the next request is often there; the reactor is asked only if it is not.
void Connection::wait_for_the_next() {
    if (reading_) return;
    thread_.answered.push_back(shared_from_this());
    if (thread_.answered.size() > 1) return;  // the first has asked for the turn
    boost::asio::post(thread_.io, [&thread = thread_] {
        std::swap(thread.answered, thread.ready);
        for (const auto& connection : thread.ready)
            if (connection->phase_ != Phase::closed) connection->wait_readable();
        thread.ready.clear();
    });
}

// As send(2).
ssize_t Connection::send(std::string_view bytes) {
    if (!tls_) return ::send(socket_.native_handle(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    const auto put = tls_->write(bytes);
    if (put.progress == TlsStream::Progress::done) return static_cast<ssize_t>(put.size);
    errno = put.progress == TlsStream::Progress::wants_write ? EAGAIN : EPIPE;
    return -1;
}

// Sends until everything is gone (true) or the client takes no more; closes a connection that is broken.
bool Connection::transmit() {
    while (true) {
        const bool from_out = unsent_.empty() && !thread_.out.empty();
        const std::string_view next = from_out          ? thread_.out
                                      : unsent_.empty() ? unsent_static_
                                                        : std::string_view(unsent_);
        if (next.empty()) break;
        const ssize_t put = send(next);
        if (put < 0 && errno == EINTR) continue;
        if (put < 0) {
            if (errno == EAGAIN) break;
            close();
            break;
        }
        const auto sent = static_cast<std::size_t>(put);
        if (phase_ == Phase::sending) prolong(sent);
        if (from_out) {
            if (sent < next.size()) unsent_.assign(thread_.out, sent);
            thread_.out.clear();
        } else if (unsent_.empty()) {
            unsent_static_.remove_prefix(sent);
        } else {
            unsent_.erase(0, sent);
        }
    }
    unsent_ += thread_.out;
    thread_.out.clear();
    if (owes()) return false;
    if (unsent_.capacity() > sizeof unsent_) unsent_ = std::string();  // gives the memory back
    return true;
}

void Connection::wait_writable() {
    if (writing_) return;
    writing_ = true;
    socket_.async_wait(Socket::wait_write, [self = shared_from_this()](const error_code& ec) {
        self->writing_ = false;
        if (!ec) self->flush();
    });
}

}  // namespace keyhold::http
