// What a connection does with the bytes that it has: requests out of them, answers to them.
#include <algorithm>
#include <boost/asio/post.hpp>
#include <optional>

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

// Who comes back too soon waits until he should have come, but no longer than that: he takes up our memory.
constexpr std::chrono::seconds longest_hold{2};

// A client's own X-Request-Id is taken over if it can do no harm in a log.
bool is_sane_id(std::string_view id) {
    constexpr std::string_view allowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.:";
    return !id.empty() && id.size() <= 64 && id.find_first_not_of(allowed) == id.npos;
}

}  // namespace

// A request that a thread of a pool works on. The connection leaves pending_ alone meanwhile, so the request's views
// into it stay valid.
struct Connection::Job {
    const Route* route;
    Request request;
    Response response;
    std::string id;
    steady_clock::time_point started;
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
    if (route != nullptr && route->on != On::io) {
        const Payer payer = thread_.dispatcher.payer_of(*route, request);
        const auto refused = thread_.pools.of(route->on).refusal(payer);
        if (!refused) {
            hand_over(*route, payer, input);
            return false;
        }
        if (comes_too_soon(payer, started)) {
            refuse_late(*route, input, *refused);
            return false;
        }
        back_at_ = started + *refused;
        refuse(response, Errc::overloaded, request.request_id, *refused);
    } else if (route != nullptr) {
        thread_.dispatcher.run(*route, request, response);
    }
    answer(route, request, response, started);
    input.remove_prefix(parser_->consumed());
    thread_.give_back(std::move(parser_));
    stalled_ = owes() || thread_.out.size() >= out_enough;
    return !close_after_;
}

std::shared_ptr<Connection::Job> Connection::make_job(const Route& route, std::string_view input) {
    keep(input);
    auto job = std::make_shared<Job>(Job{&route, parser_->request(pending_), {}, {}, steady_clock::now()});
    identify(job->request, thread_.next_id());
    job->id = job->request.request_id;
    job->request.request_id = job->id;
    enter(Phase::working);
    return job;
}

void Connection::hand_over(const Route& route, const Payer& payer, std::string_view input) {
    gone_ = std::stop_source();
    auto work = [self = shared_from_this(),
                 job = make_job(route, input)](std::optional<std::chrono::seconds> refused) mutable {
        IoThread& thread = self->thread_;
        // A client that has hung up meanwhile needs no hash.
        if (refused)
            refuse(job->response, Errc::overloaded, job->id, *refused);
        else if (!WorkerPool::gone().stop_requested())
            thread.dispatcher.run(*job->route, job->request, job->response);
        // Everything that belongs to the I/O thread is let go of there.
        boost::asio::post(thread.io, [self = std::move(self), job = std::move(job)] { self->on_done(*job); });
    };
    thread_.pools.of(route.on).submit(payer, {std::move(work), gone_.get_token()});
}

// Whether a refusal has to wait: it is not the first on this connection before the time that the client was told, or
// the client's network had many of them already. A proxy's connection is that of many clients.
bool Connection::comes_too_soon(const Payer& payer, steady_clock::time_point now) {
    if (thread_.draining) return false;
    return (!from_proxy_ && now < back_at_) || !thread_.prompt_refusals.take(payer.network, now);
}

// The connection ends then, unless that costs us more than the client: a TLS handshake, or one of a proxy's.
void Connection::refuse_late(const Route& route, std::string_view input, std::chrono::seconds retry_after) {
    auto job = make_job(route, input);
    refuse(job->response, Errc::overloaded, job->id, retry_after);
    job->response.close = !tls_ && !from_proxy_;
    late_at_ = job->started + std::min(retry_after, longest_hold);
    back_at_ = late_at_ + retry_after;
    thread_.late_answers.add(late_at_, this,
                             [self = shared_from_this(), job = std::move(job)] { self->on_done(*job); });
}

void Connection::on_done(Job& job) {
    gone_ = std::stop_source(std::nostopstate);
    if (phase_ == Phase::closed) return;
    enter(Phase::idle);
    answer(job.route, job.request, job.response, job.started);
    std::string_view rest = pending_;
    rest.remove_prefix(parser_->consumed());
    thread_.give_back(std::move(parser_));
    if (close_after_) rest = {};
    serve(rest);
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
