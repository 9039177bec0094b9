// SPDX-License-Identifier: Apache-2.0
// What a connection does with a request that is not answered at once: hands it to a pool, lets it wait until something
// happens, or refuses it late.
#include <algorithm>
#include <boost/asio/post.hpp>
#include <new>
#include <thread>
#include <utility>

#include "http/connection/connection.hpp"

namespace keyhold::http {
namespace {

using std::chrono::steady_clock;

// A client that comes back too soon is answered only when it should have come, but is held for no longer than this,
// because the connection takes memory meanwhile.
constexpr std::chrono::seconds longest_hold{2};

// How much of the time for an answer is kept back for sending it, when a request that waits for news is told that there
// is none.
constexpr std::chrono::seconds time_for_nothing{2};

}  // namespace

std::shared_ptr<Connection::Job> Connection::make_job(const Route& route, On on, const Request& request,
                                                      std::string_view input) {
    // All bytes go into one string of the job's own, as the request's views have to hold on another thread while inbox_
    // and the thread's buffer are used again.
    keep(input);
    auto job = std::make_shared<Job>();
    job->bytes = std::move(pending_);
    pending_.clear();
    job->on = on;
    job->route = &route;
    job->request = parser_->request(job->bytes);
    // What the dispatcher found out already, from views into the old bytes: positions, and flags. The rest is made
    // anew from the job's bytes.
    job->request.path_parameters = request.path_parameters;
    job->request.by_listed_page = request.by_listed_page;
    job->request.of_our_pages = request.of_our_pages;
    job->started = steady_clock::now();
    identify(job->request, thread_.next_id());
    job->id = job->request.request_id;
    // next_id() writes into the thread's array, which the next request uses again, so the id is copied.
    job->request.request_id = job->id;
    return job;
}

void Connection::hand_over(const Route& route, On on, const Payer& payer, const Request& request,
                           std::string_view input) {
    // A source of its own for each request: a token of an earlier one must not hear of this one's end.
    gone_ = std::stop_source();
    auto job = make_job(route, on, request, input);
    // job_ is set behind it: where submit() throws, the connection still owns its request and fail() answers 500.
    submit(job, payer);
    job_ = std::move(job);
    enter(Phase::working);
}

// What the pool's thread does: runs the handler, or refuses, and hands the job back. The lambda keeps connection and
// job alive until then.
void Connection::submit(const std::shared_ptr<Job>& job, const Payer& payer) {
    auto work = [self = shared_from_this(), job](std::optional<std::chrono::seconds> refused) mutable {
        const Dispatcher& dispatcher = self->thread_.dispatcher;
        // A client that has hung up meanwhile needs no hash.
        if (refused)
            dispatcher.refuse_busy(*job->route, job->on, job->request, job->response, *refused);
        else if (!WorkerPool::gone().stop_requested() && job->is_last)
            dispatcher.run(*job->route, job->request, job->response, Dispatcher::Wait::allowed);
        else if (!WorkerPool::gone().stop_requested())
            job->waiting = dispatcher.run_or_wait(*job->route, job->request, job->response);
        post_done(std::move(self), std::move(job));
    };
    thread_.pools.of(job->on).submit(payer, {std::move(work), gone_.get_token()});
}

// The request waits where its connection lives, until the list wakes it or its time is over.
void Connection::hold(const std::shared_ptr<Job>& job) {
    const WaitList::Waiting waiting = *std::exchange(job->waiting, std::nullopt);
    const auto longest = thread_.options.answer_time - time_for_nothing;
    late_at_ = job->started + std::min<steady_clock::duration>(waiting.at_most, longest);
    // If the time is over already, the handler is called once more for the last time and has to answer with what there
    // is.
    job->is_last = thread_.draining || late_at_ <= steady_clock::now();
    if (job->is_last) return submit_again(job);
    thread_.late_answers.add(
        late_at_, this, [self = shared_from_this(), job] { self->guard([&] { self->resume(job, Resumed::late); }); });
    job->ticket = std::make_unique<WaitList::Ticket>(
        // Called on the thread that wakes the list, under its lock: it posts, and touches neither connection nor job.
        // Weak pointers, as the job owns the ticket: with strong ones both would keep each other alive.
        *waiting.list, waiting.moment, [&io = thread_.io, held = std::weak_ptr(job), weak = weak_from_this()] {
            boost::asio::post(io, [held, weak] {
                const auto self = weak.lock();
                const auto woken = held.lock();
                if (self && woken) self->guard([&] { self->resume(woken, Resumed::woken); });
            });
        });
}

// Woken, or its time is over. Both may be on their way to this thread: the first takes the ticket, and the second finds
// a job that belongs to a thread of a pool.
void Connection::resume(const std::shared_ptr<Job>& job, Resumed why) {
    if (job_ != job || !job->ticket) return;
    job->ticket.reset();
    job->is_last = why == Resumed::late;
    thread_.late_answers.forget(late_at_, this);
    submit_again(job);
}

// Looks once more whether there is something to tell.
void Connection::submit_again(const std::shared_ptr<Job>& job) {
    const Payer payer = thread_.dispatcher.payer_of(*job->route, job->request);
    // Asked anew, for the pool may have filled up meanwhile; many are woken at the same moment.
    if (const auto refused = thread_.pools.of(job->on).refusal(payer)) {
        thread_.dispatcher.refuse_busy(*job->route, job->on, job->request, job->response, *refused);
        return on_done(job);
    }
    submit(job, payer);
}

// Whether a refusal has to wait: it is not the first on this connection before the time that the client was told, or
// the client's network had many of them already. A proxy's connection is that of many clients.
bool Connection::comes_too_soon(const Payer& payer, steady_clock::time_point now) {
    if (thread_.draining) return false;
    return (!from_proxy_ && now < back_at_) || !thread_.prompt_refusals.take(payer.network, now);
}

// The connection ends then, unless that costs us more than the client: a TLS handshake, or one of a proxy's.
void Connection::refuse_late(const Route& route, On on, const Request& request, std::string_view input,
                             std::chrono::seconds retry_after) {
    auto job = make_job(route, on, request, input);
    thread_.dispatcher.refuse_busy(route, on, job->request, job->response, retry_after);
    job->response.close = !tls_ && !from_proxy_;
    late_at_ = job->started + std::min(retry_after, longest_hold);
    back_at_ = late_at_ + retry_after;
    thread_.late_answers.add(late_at_, this,
                             [self = shared_from_this(), job] { self->guard([&] { self->on_done(job); }); });
    job_ = std::move(job);
    enter(Phase::working);
}

// Back to the I/O thread, where everything that belongs to it is let go of. The connection waits for that, so where
// there is no memory to say so, it is tried until there is.
void Connection::post_done(std::shared_ptr<Connection> self, std::shared_ptr<Job> job) noexcept {
    constexpr std::chrono::milliseconds pause{10};
    IoThread& thread = self->thread_;
    while (true) try {
            return boost::asio::post(thread.io, [self, job] { self->guard([&] { self->on_done(job); }); });
        } catch (const std::bad_alloc&) {
            std::this_thread::sleep_for(pause);
        }
}

bool Connection::waits_for_step(const std::shared_ptr<Job>& job) {
    const steady_clock::duration step = std::exchange(job->response.time_step, std::chrono::milliseconds());
    if (step <= step.zero() || thread_.draining) return false;
    const auto taken = steady_clock::now() - job->started;
    late_at_ = job->started + (taken / step + 1) * step;
    thread_.late_answers.add(late_at_, this,
                             [self = shared_from_this(), job] { self->guard([&] { self->on_done(job); }); });
    return true;
}

void Connection::on_done(const std::shared_ptr<Job>& job) {
    if (job_ != job) return;  // it was answered without, or nobody is there any more
    if (job->waiting) return hold(job);
    if (waits_for_step(job)) return;
    job_.reset();
    gone_ = std::stop_source(std::nostopstate);
    enter(Phase::idle);
    answer(job->route, job->request, job->response, job->started);
    // The bytes come back, since behind the request may stand what the client has sent after it.
    pending_ = std::move(job->bytes);
    std::string_view rest = pending_;
    rest.remove_prefix(parser_->consumed());
    thread_.give_back(std::move(parser_));
    if (close_after_) rest = {};
    serve(rest);
}

}  // namespace keyhold::http
