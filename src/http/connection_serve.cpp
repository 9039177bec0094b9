// What a connection does with the bytes that it has: requests out of them, answers to them.
#include <boost/asio/post.hpp>

#include "http/connection.hpp"
#include "http/problem.hpp"
#include "http/response_writer.hpp"

namespace keyhold::http {
namespace {

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

// What a client hears whose request was not done in time: what it waited for.
Errc too_late(On on) { return on == On::hashing ? Errc::overloaded : Errc::store_unavailable; }

}  // namespace

// A request that a thread of a pool works on. It owns the bytes that the request's views lead to: the connection may
// give up waiting for it, and be closed.
struct Connection::Job {
    std::string bytes;
    On on;
    const Route* route;
    Request request;
    Response response;
    std::string id;
    steady_clock::time_point started;
    std::unique_ptr<RequestParser> parser;  // which holds the fields, once the connection has given up
};

// Serves what stands in `input`, keeps what is unfinished, sends what came out.
void Connection::serve(std::string_view input) {
    stalled_ = owes();
    while (!stalled_ && serve_one(input)) {
    }
    if (phase_ != Phase::working) keep(close_after_ ? std::string_view() : input);
    flush();
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
            phase_ = Phase::idle;  // the next request has its own time
            break;
    }

    Request request = parser_->request(input);
    identify(request, thread_.next_id());
    const auto started = steady_clock::now();
    Response& response = thread_.response;
    response.clear();
    const Route* route = thread_.dispatcher.find(request, response);
    On on = route != nullptr ? route->on : On::io;
    if (route != nullptr && on == On::io &&
        thread_.dispatcher.run(*route, request, response, Dispatcher::Wait::never) == Dispatcher::Ran::must_wait)
        on = On::looking_up;
    if (on != On::io) {
        if (thread_.pools.of(on).reserve()) {
            hand_over(*route, on, input);
            return false;
        }
        refuse(response, on == On::looking_up ? Errc::store_unavailable : Errc::overloaded, request.request_id);
    }
    answer(route, request, response, started);
    input.remove_prefix(parser_->consumed());
    thread_.give_back(std::move(parser_));
    stalled_ = owes() || thread_.out.size() >= out_enough;
    return !close_after_;
}

void Connection::hand_over(const Route& route, On on, std::string_view input) {
    keep(input);
    auto job = std::make_shared<Job>();
    job->bytes = std::move(pending_);
    pending_.clear();
    job->on = on;
    job->route = &route;
    job->request = parser_->request(job->bytes);
    job->started = steady_clock::now();
    identify(job->request, thread_.next_id());
    job->id = job->request.request_id;
    job->request.request_id = job->id;
    job_ = job;
    enter(Phase::working);
    gone_ = std::stop_source();
    auto work = [self = shared_from_this(), job]() mutable {
        IoThread& thread = self->thread_;
        // A client that has hung up meanwhile needs no hash.
        if (!WorkerPool::gone().stop_requested())
            thread.dispatcher.run(*job->route, job->request, job->response, Dispatcher::Wait::allowed);
        // Everything that belongs to the I/O thread is let go of there.
        boost::asio::post(thread.io, [self = std::move(self), job = std::move(job)] { self->on_done(job); });
    };
    thread_.pools.of(on).submit({std::move(work), gone_.get_token()});
}

void Connection::on_done(const std::shared_ptr<Job>& job) {
    if (job_ != job) return;  // it took too long, and was answered already
    job_.reset();
    gone_ = std::stop_source(std::nostopstate);
    if (phase_ == Phase::closed) return;
    enter(Phase::idle);
    answer(job->route, job->request, job->response, job->started);
    pending_ = std::move(job->bytes);
    std::string_view rest = pending_;
    rest.remove_prefix(parser_->consumed());
    thread_.give_back(std::move(parser_));
    if (close_after_) rest = {};
    serve(rest);
}

// The client is told to come back, and its connection ends: what stands behind the request is not looked at while its
// bytes are the job's. Whoever works on it finds out that nobody waits any more.
void Connection::give_up_job() {
    const auto job = std::move(job_);
    gone_.request_stop();
    gone_ = std::stop_source(std::nostopstate);
    close_after_ = true;
    enter(Phase::idle);
    refuse(thread_.response, too_late(job->on), job->request.request_id);
    answer(job->route, job->request, thread_.response, job->started);
    job->parser = std::move(parser_);
    flush();
}

void Connection::identify(Request& request, std::string_view fallback_id) const {
    const auto own_id = request.find("X-Request-Id");
    request.request_id = own_id && is_sane_id(*own_id) ? *own_id : fallback_id;
    request.remote_address =
        from_proxy_ ? thread_.options.trusted_proxies.client_of(request, remote_address_) : remote_address_;
}

void Connection::answer(const Route* route, const Request& request, Response& response,
                        steady_clock::time_point started) {
    thread_.dispatcher.finish(request, response);
    if (tls_ && !thread_.options.hsts.empty()) response.add_field("Strict-Transport-Security", thread_.options.hsts);
    if (!request.keep_alive || response.close || thread_.draining) close_after_ = true;
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
    answered_ = true;
    const auto duration = steady_clock::now() - started;
    thread_.traffic.routes[route != nullptr ? route->number : 0].count(response.status, duration);
    if (thread_.options.access_log)
        thread_.options.access_log({request.method_text, request.path, request.request_id, request.remote_address,
                                    response.status, response.content_length(), duration});
}

// Bytes that are no request (or not in time): answered as well as can be, then the connection ends, since
// nobody knows where the next request would begin.
void Connection::refuse_bytes(const Error& error) {
    Request request;
    request.path = "-";
    request.keep_alive = false;
    identify(request, thread_.next_id());
    refuse(thread_.response, error, request.request_id);
    answer(nullptr, request, thread_.response, steady_clock::now());
}

}  // namespace keyhold::http
