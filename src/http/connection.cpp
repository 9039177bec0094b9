#include "http/connection.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <functional>

#include "http/problem.hpp"
#include "http/response_writer.hpp"

namespace keyhold::http {
namespace {

using boost::system::error_code;
using std::chrono::steady_clock;

// A client that was refused may still be sending; reading a little more lets it see the answer instead of a
// reset (RFC 9112 §9.6).
constexpr std::chrono::seconds linger_time{2};
constexpr std::size_t linger_bytes = 1024 * 1024;

// Answers pile up while a client pipelines; past this they are sent before more is read.
constexpr std::size_t out_enough = 256 * 1024;

// Chunk framing may be longer than what it frames; 64 KiB in chunks of 8 bytes fits.
std::size_t raw_limit(const Limits& limits) { return limits.head + 4 * limits.body; }

// A client's own X-Request-Id is taken over if it can do no harm in a log.
bool is_sane_id(std::string_view id) {
    constexpr std::string_view allowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.:";
    return !id.empty() && id.size() <= 64 && id.find_first_not_of(allowed) == id.npos;
}

}  // namespace

// A request that a hashing thread works on. The connection does not read meanwhile, so the request's views into
// its buffer stay valid.
struct Connection::Job {
    const Route* route;
    Request request;
    Response response;
    std::string id;
    steady_clock::time_point started;
};

void Connection::enter(Phase phase) {
    const ServerOptions& options = thread_.options;
    if (phase_ == phase && (phase == Phase::head || phase == Phase::body)) return;  // one deadline for all of it
    phase_ = phase;
    switch (phase) {
        case Phase::head:
            deadline_ = thread_.now + options.head_time;
            break;
        case Phase::body:
            deadline_ = thread_.now + options.body_time;
            break;
        case Phase::lingering:
            deadline_ = thread_.now + linger_time;
            break;
        case Phase::idle:
        case Phase::sending:
            deadline_ = thread_.now + options.idle_time;
            break;
        case Phase::working:
        case Phase::closed:
            deadline_ = steady_clock::time_point::max();
            break;
    }
}

void Connection::sweep() {
    if (thread_.now < deadline_) return;
    if (phase_ != Phase::head && phase_ != Phase::body) return close();
    refuse_bytes(Errc::request_timeout);
    flush();
}

void Connection::stop() {
    if (phase_ == Phase::idle) return linger();
    close_after_ = true;
}

void Connection::close() {
    if (phase_ == Phase::closed) return;
    enter(Phase::closed);
    error_code ignored;
    socket_.close(ignored);  // what waits is called with operation_aborted and lets go of us
    unlink();
}

void Connection::linger() {
    ::shutdown(socket_.native_handle(), SHUT_WR);
    enter(Phase::lingering);
    wait_readable();
}

void Connection::wait_readable() {
    if (reading_) return;
    reading_ = true;
    socket_.async_wait(Socket::wait_read, [self = shared_from_this()](const error_code& ec) {
        self->reading_ = false;
        if (!ec) self->on_readable();
    });
}

void Connection::on_readable() {
    if (phase_ == Phase::closed || phase_ == Phase::working || phase_ == Phase::sending) return;
    const ssize_t got = ::recv(socket_.native_handle(), thread_.scratch.data(), thread_.scratch.size(), 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return wait_readable();
    if (got <= 0) return close();
    const std::string_view fresh(thread_.scratch.data(), static_cast<std::size_t>(got));
    if (phase_ == Phase::lingering) {
        drained_ += fresh.size();
        return drained_ > linger_bytes ? close() : wait_readable();
    }
    if (pending_.empty()) return serve(fresh);
    pending_ += fresh;
    serve(pending_);
}

// Serves what stands in `input`, keeps what is unfinished, sends what came out.
void Connection::serve(std::string_view input) {
    stalled_ = false;
    while (serve_one(input)) {
    }
    if (phase_ != Phase::working) keep(close_after_ ? std::string_view() : input);
    flush();
}

// One request; true if the next one may be looked at.
bool Connection::serve_one(std::string_view& input) {
    // RFC 9112 §2.2: an empty line before a request is skipped.
    if (!parser_ && input.starts_with("\r\n")) input.remove_prefix(2);
    if (input.empty()) {
        enter(Phase::idle);
        return false;
    }
    if (!parser_) parser_ = thread_.take_parser();
    switch (parser_->feed(input)) {
        case RequestParser::State::refused:
            refuse_bytes(parser_->refusal());
            return false;
        case RequestParser::State::need_more:
            if (input.size() > raw_limit(thread_.options.limits)) {
                refuse_bytes(Errc::body_too_large);
                return false;
            }
            if (parser_->head_complete() && parser_->expects_continue() && !continued_)
                thread_.out += "HTTP/1.1 100 Continue\r\n\r\n";
            continued_ = parser_->head_complete() && parser_->expects_continue();
            enter(parser_->head_complete() ? Phase::body : Phase::head);
            return false;
        case RequestParser::State::complete:
            break;
    }

    Request request = parser_->request(input);
    identify(request, thread_.next_id());
    const auto started = thread_.options.access_log ? steady_clock::now() : steady_clock::time_point();
    Response& response = thread_.response;
    response.clear();
    const Route* route = thread_.dispatcher.find(request, response);
    if (route != nullptr && route->on == On::hashing) {
        hand_over(*route, input);
        return false;
    }
    if (route != nullptr) thread_.dispatcher.run(*route, request, response);
    answer(request, response, started);
    input.remove_prefix(parser_->consumed());
    thread_.give_back(std::move(parser_));
    stalled_ = !unsent_.empty() || !unsent_static_.empty() || thread_.out.size() >= out_enough;
    return !close_after_ && !stalled_;
}

void Connection::hand_over(const Route& route, std::string_view input) {
    keep(input);
    auto job = std::make_shared<Job>(Job{&route, parser_->request(pending_), {}, {}, steady_clock::now()});
    identify(job->request, thread_.next_id());
    job->id = job->request.request_id;
    job->request.request_id = job->id;
    enter(Phase::working);
    auto work = [self = shared_from_this(), job]() mutable {
        IoThread& thread = self->thread_;
        // A client that has hung up meanwhile needs no hash.
        char byte;
        const bool gone = ::recv(self->socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
        if (!gone) thread.dispatcher.run(*job->route, job->request, job->response);
        // Everything that belongs to the I/O thread is let go of there.
        boost::asio::post(thread.io, [self = std::move(self), job = std::move(job)] { self->on_done(*job); });
    };
    if (thread_.hashing.try_submit(std::move(work))) return;
    refuse(job->response, Errc::overloaded, job->id);
    boost::asio::post(thread_.io, [self = shared_from_this(), job] { self->on_done(*job); });
}

void Connection::on_done(Job& job) {
    if (phase_ == Phase::closed) return;
    enter(Phase::idle);
    if (thread_.stopping) close_after_ = true;
    answer(job.request, job.response, job.started);
    std::string_view rest = pending_;
    rest.remove_prefix(parser_->consumed());
    thread_.give_back(std::move(parser_));
    if (close_after_) rest = {};
    serve(rest);
}

void Connection::identify(Request& request, std::string_view fallback_id) const {
    const auto own_id = request.find("X-Request-Id");
    request.request_id = own_id && is_sane_id(*own_id) ? *own_id : fallback_id;
    request.remote_address = remote_address_;
}

void Connection::answer(const Request& request, Response& response, steady_clock::time_point started) {
    thread_.dispatcher.finish(request, response);
    if (!request.keep_alive || response.close) close_after_ = true;
    const bool head = request.method == Method::head;
    append_response(thread_.out, response,
                    {.date = thread_.date,
                     .request_id = request.request_id,
                     .keep_alive = !close_after_,
                     .http_1_0 = request.http_1_0,
                     .head = head});
    if (!response.static_body.empty() && !head) {
        unsent_ += thread_.out;  // the embedded bytes are sent from where they lie, behind what was answered before
        thread_.out.clear();
        unsent_static_ = response.static_body;
        transmit();
    }
    continued_ = false;
    if (thread_.options.access_log)
        thread_.options.access_log({request.method_text, request.path, request.request_id, remote_address_,
                                    response.status, response.content_length(), steady_clock::now() - started});
}

// Bytes that are no request (or not in time): answered as well as can be, then the connection ends, since
// nobody knows where the next request would begin.
void Connection::refuse_bytes(Errc errc) {
    Request request;
    request.path = "-";
    request.keep_alive = false;
    identify(request, thread_.next_id());
    refuse(thread_.response, errc, request.request_id);
    answer(request, thread_.response, steady_clock::now());
}

// Makes `input` (a view into pending_ or into the thread's scratch) the content of pending_.
void Connection::keep(std::string_view input) {
    const bool ours = !pending_.empty() && std::less_equal<>()(pending_.data(), input.data()) &&
                      std::less_equal<>()(input.data(), pending_.data() + pending_.size());
    if (input.empty())
        pending_ = std::string();  // gives the memory back
    else if (ours)
        pending_.erase(0, static_cast<std::size_t>(input.data() - pending_.data()));
    else
        pending_.assign(input);
    if (pending_.empty() && parser_) thread_.give_back(std::move(parser_));
}

void Connection::flush() {
    if (phase_ == Phase::closed || phase_ == Phase::lingering) return thread_.out.clear();
    if (!transmit()) {
        if (phase_ == Phase::closed) return;
        if (phase_ != Phase::working) enter(Phase::sending);
        return wait_writable();
    }
    if (phase_ == Phase::working) return;
    if (close_after_) return linger();
    if (stalled_) return serve(pending_);
    wait_readable();
}

// Sends until everything is gone (true) or the client takes no more; closes a connection that is broken.
bool Connection::transmit() {
    while (true) {
        const bool from_out = unsent_.empty() && !thread_.out.empty();
        const std::string_view next = from_out          ? thread_.out
                                      : unsent_.empty() ? unsent_static_
                                                        : std::string_view(unsent_);
        if (next.empty()) break;
        const ssize_t put = ::send(socket_.native_handle(), next.data(), next.size(), MSG_NOSIGNAL);
        if (put < 0 && errno == EINTR) continue;
        if (put < 0) {
            if (errno == EAGAIN) break;
            close();
            break;
        }
        const auto sent = static_cast<std::size_t>(put);
        if (from_out) {
            unsent_.assign(thread_.out, sent);
            thread_.out.clear();
        } else if (unsent_.empty()) {
            unsent_static_.remove_prefix(sent);
        } else {
            unsent_.erase(0, sent);
        }
    }
    unsent_ += thread_.out;
    thread_.out.clear();
    if (unsent_.empty()) unsent_ = std::string();  // gives the memory back
    return unsent_.empty() && unsent_static_.empty();
}

void Connection::wait_writable() {
    if (writing_) return;
    writing_ = true;
    socket_.async_wait(Socket::wait_write, [self = shared_from_this()](const error_code& ec) {
        self->writing_ = false;
        if (!ec) self->on_writable();
    });
}

void Connection::on_writable() {
    if (phase_ == Phase::sending) enter(Phase::idle);
    flush();
}

}  // namespace keyhold::http
