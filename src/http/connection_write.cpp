// SPDX-License-Identifier: Apache-2.0
// How a connection sends its answers, and what comes after them.
#include <sys/socket.h>

#include <boost/asio/post.hpp>
#include <cerrno>
#include <utility>

#include "http/connection.hpp"

namespace keyhold::http {

using boost::system::error_code;

void Connection::flush() {
    if (phase_ == Phase::closed || phase_ == Phase::lingering) return thread_.clear_out();
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
    if (thread_.turn_is_asked_for) return;
    boost::asio::post(thread_.io, [&thread = thread_] {
        thread.turn_is_asked_for = false;
        std::swap(thread.answered, thread.ready);
        for (const auto& connection : thread.ready)
            connection->guard([&] {
                if (connection->phase_ != Phase::closed) connection->wait_readable();
            });
        thread.ready.clear();
    });
    thread_.turn_is_asked_for = true;
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
            thread_.clear_out();
        } else if (unsent_.empty()) {
            unsent_static_.remove_prefix(sent);
        } else {
            unsent_.erase(0, sent);
        }
    }
    unsent_ += thread_.out;
    thread_.clear_out();
    if (owes()) return false;
    if (unsent_.capacity() > std::string().capacity()) unsent_ = std::string();  // gives the memory back
    return true;
}

void Connection::wait_writable() {
    if (writing_) return;
    socket_.async_wait(Socket::wait_write, callback([](Connection& self, const error_code& ec) {
                           self.writing_ = false;
                           if (!ec) self.flush();
                       }));
    writing_ = true;
}

}  // namespace keyhold::http
