// SPDX-License-Identifier: Apache-2.0
// What a connection does with the bytes that it has: requests out of them, answers to them.
#include "http/connection/connection.hpp"

#include <sys/socket.h>
#include <algorithm>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <optional>
#include <utility>

#include "http/connection/response_writer.hpp"
#include "http/errors.hpp"
#include "http/problem.hpp"

namespace keyhold::http {
namespace {

using boost::system::error_code;
using std::chrono::steady_clock;

// Answers pile up while a client pipelines; past this they are sent before more is read. A client that sends and never
// reads costs that much, and as much of its requests.
constexpr std::size_t out_enough = 64 * 1024;

// Chunk framing may be longer than what it frames; 64 KiB in chunks of 8 bytes fits.
std::size_t raw_limit(const Limits& limits) { return limits.head + 4 * limits.body; }

// A client's own X-Request-Id is taken over if it can do no harm in a log.
bool is_sane_id(std::string_view id) {
    constexpr std::string_view allowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.:";
    return !id.empty() && id.size() <= 64 && id.find_first_not_of(allowed) == id.npos;
}

}  // namespace

// Serves what stands in `input`, keeps what is unfinished, sends what came out.
void Connection::serve(std::string_view input) {
    // While the client has not taken earlier answers, no further request of it is served: otherwise a client that never
    // reads would fill our memory.
    stalled_ = owes();
    while (!stalled_ && serve_one(input)) {
    }
    // In `working` pending_ went to the job (make_job), and what stands behind the request came along with it.
    if (phase_ != Phase::working) keep(close_after_ ? std::string_view() : input);
    if (phase_ != Phase::working && parser_) parser_->let_go(pending_);
    flush();
}

void Connection::say_continue() {
    // RFC 9110 §15.2.1. It counts as whole: if the request fails later, it was said all the same.
    thread_.out += "HTTP/1.1 100 Continue\r\n\r\n";
    thread_.whole = thread_.out.size();
}

// One request; true if the next one may be looked at.
bool Connection::serve_one(std::string_view& input) {
    // RFC 9112 §2.2: an empty line before a request is skipped, though it comes in two pieces.
    while (!parser_ && input.starts_with("\r\n")) input.remove_prefix(2);
    if (input.empty() || (!parser_ && input == "\r")) {
        enter(input.empty() ? Phase::idle : Phase::head);
        return false;
    }
    if (!parser_) parser_ = thread_.take_parser();
    switch (parser_->feed(input)) {
        case RequestParser::State::refused:
            refuse_bytes(parser_->refusal(), parser_->begin_of_request(input));
            return false;
        case RequestParser::State::need_more:
            // The limit on the body counts content; this one counts the bytes that arrive, since framing (chunks and
            // trailers) may be sent without end.
            if (input.size() + parser_->let_go_of() > raw_limit(thread_.options.limits)) {
                refuse_bytes(errors::body_too_large, parser_->begin_of_request(input));
                return false;
            }
            if (parser_->head_complete() && parser_->expects_continue() && !continued_) say_continue();
            continued_ = parser_->head_complete() && parser_->expects_continue();
            enter(parser_->head_complete() ? Phase::body : Phase::head);
            return false;
        case RequestParser::State::complete:
            phase_ = Phase::idle;  // the next request has its own time
            break;
    }

    unanswered_ = true;
    // Views into `input`, good until the bytes move: answer() comes before anything that moves them, and make_job()
    // makes them anew.
    Request request = parser_->request(input);
    identify(request, thread_.next_id());
    const auto started = steady_clock::now();
    Response& response = thread_.response;
    response.clear();
    const Route* route = thread_.dispatcher.find(request, response);
    // No route: `response` is the answer already.
    On on = route != nullptr ? thread_.dispatcher.on_of(*route, request) : On::io;
    if (route != nullptr && on == On::io &&
        // Tried on this thread first, since memory answers most requests. Where the database is needed the handler
        // begins anew on another thread.
        thread_.dispatcher.run(*route, request, response, Dispatcher::Wait::never) == Dispatcher::Ran::must_wait)
        on = route->waits_on;
    if (on != On::io) {
        const Payer payer = thread_.dispatcher.payer_of(*route, request);
        const auto refused = thread_.pools.of(on).refusal(payer);
        if (!refused) {
            hand_over(*route, on, payer, request, input);
            return false;
        }
        if (comes_too_soon(payer, started)) {
            refuse_late(*route, on, request, input, *refused);
            return false;
        }
        back_at_ = started + *refused;
        thread_.dispatcher.refuse_busy(*route, on, request, response, *refused);
    }
    answer(route, request, response, started);
    input.remove_prefix(parser_->consumed());
    thread_.give_back(std::move(parser_));
    stalled_ = owes() || thread_.out.size() >= out_enough;
    return !close_after_;
}

void Connection::identify(Request& request, std::string_view fallback_id) const {
    const auto own_id = request.find("X-Request-Id");
    request.request_id = own_id && is_sane_id(*own_id) ? *own_id : fallback_id;
    request.by_proxy = from_proxy_;
    if (!from_proxy_ && !answered_) look_for_proxy(request);
    request.remote_address =
        from_proxy_ ? thread_.options.trusted_proxies.client_of(request, remote_address_) : remote_address_;
}

// Told once by each thread; the first request of a connection is enough to know.
void Connection::look_for_proxy(const Request& request) const {
    const auto& tell = thread_.options.unknown_proxy;
    if (thread_.knows_of_proxy || !tell || !(request.find("X-Forwarded-For") || request.find("Forwarded"))) return;
    if (!TrustedProxies::is_near(remote_address_)) return;
    thread_.knows_of_proxy = true;
    tell(remote_address_);
}

// `route` is null where none was found or the request could not be read. The request's views hold until the end of this
// function: afterwards its bytes may go.
void Connection::answer(const Route* route, const Request& request, Response& response,
                        steady_clock::time_point started) {
    thread_.dispatcher.finish(request, response);
    // RFC 6797 §7.2: not over plain HTTP, where anybody could have put it in.
    if (tls_ && !thread_.options.hsts.empty()) response.add_field("Strict-Transport-Security", thread_.options.hsts);
    // Connection: close is said in the answer, so that the client sends nothing more on this connection.
    if (!request.keep_alive || response.close || thread_.draining) close_after_ = true;
    const bool head = request.method == Method::head;
    append_response(thread_.out, response,
                    {.date = thread_.date,
                     .request_id = request.request_id,
                     .keep_alive = !close_after_,
                     .http_1_0 = request.http_1_0,
                     .head = head});
    thread_.whole = thread_.out.size();
    unanswered_ = false;
    job_ = nullptr;
    if (!response.static_body.empty() && !head) {
        unsent_ += thread_.out;  // the embedded bytes are sent from where they lie, behind what was answered before
        thread_.clear_out();
        unsent_static_ = response.static_body;
        transmit();
    }
    if (response.source && response.source->left() > 0 && !head) {
        unsent_ += thread_.out;
        thread_.clear_out();
        source_ = std::move(response.source);
        transmit();
    }
    continued_ = false;
    answered_ = true;
    const auto duration = steady_clock::now() - started;
    thread_.traffic.routes[route != nullptr ? route->number : 0].count(response.status, duration);
    if (thread_.options.access_log)
        thread_.options.access_log({request.method_text, request.path, request.request_id, request.remote_address,
                                    response.status, response.content_length(), duration});
}

// Bytes that are no request (or not in time): answered as well as can be, then the connection ends, since
// nobody knows where the next request would begin.
void Connection::refuse_bytes(const Error& error, const std::optional<Request>& begun) {
    Request request = begun.value_or(Request());
    if (!begun) request.path = "-";
    request.keep_alive = false;
    identify(request, thread_.next_id());
    // As the routes of that path refuse, as far as the request line was read; problem details where it was not.
    const Refuse refuse = begun ? thread_.dispatcher.routes().refuse_of(request.path) : refuse_as_problem;
    refuse(thread_.response, error, request);
    answer(nullptr, request, thread_.response, steady_clock::now());
}

// How a connection sends its answers, and what comes after them.

void Connection::flush() {
    if (phase_ == Phase::closed || phase_ == Phase::lingering) return thread_.clear_out();
    if (!transmit()) {
        if (phase_ == Phase::closed) return;
        // A request that a pool works on keeps its own deadline, though earlier answers are still under way.
        if (phase_ != Phase::working) enter(Phase::sending);
        return wait_writable();
    }
    // Earlier answers are sent; what is left to do for this connection is the job's.
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
    // One post for all that were answered in this turn, as each post costs more than a place in the list.
    thread_.answered.push_back(shared_from_this());
    if (thread_.turn_is_asked_for) return;
    boost::asio::post(thread_.io, [&thread = thread_] {
        thread.turn_is_asked_for = false;
        // Connections that are answered from now on belong to the next turn, or this loop might never end.
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
    // A TLS write that would have to read first counts as broken: so it is before the end of the handshake.
    errno = put.progress == TlsStream::Progress::wants_write ? EAGAIN : EPIPE;
    return -1;
}

// The next piece of what is read while it is sent. False if there is none.
bool Connection::read_source() {
    constexpr std::size_t piece = std::size_t{64} << 10;
    if (!source_) return false;
    source_->read(unsent_, piece);
    if (source_->left() == 0) source_.reset();
    return true;
}

// Sends until everything is gone (true) or the client takes no more; closes a connection that is broken. Others get
// their turn in between, however fast a client takes what is read for it.
bool Connection::transmit() {
    constexpr int most_pieces = 16;
    int pieces = 0;
    while (true) {
        // In this order: what was left over from before, then `out` where nothing is left over, then the static bytes,
        // then the source.
        const bool from_out = unsent_.empty() && !thread_.out.empty();
        const std::string_view next = from_out          ? thread_.out
                                      : unsent_.empty() ? unsent_static_
                                                        : std::string_view(unsent_);
        if (next.empty()) {
            if (pieces++ == most_pieces || !read_source()) break;
            continue;
        }
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
            // Only what the client did not take is copied; mostly that is nothing.
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
