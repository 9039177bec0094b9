// SPDX-License-Identifier: Apache-2.0
// From a request to its answer: finds the route, runs it, and catches what either throws.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "http/connection/fair_queue.hpp"
#include "http/connection/wait_list.hpp"
#include "http/errors.hpp"
#include "http/message.hpp"
#include "http/route.hpp"
#include "http/routes/cors.hpp"

namespace keyhold::http {

// Has no state of its own beside what it was given, so all I/O threads and all pools share one.
//
// Order of a request: find(), on_of(), then run() or run_or_wait() on the thread that was found, or refuse_busy();
// finish() is last, whichever it was. Whatever these functions throw inside becomes an answer.
class Dispatcher {
public:
    // `broken` is told of what was thrown (any thread); the client only sees a 500 or 503.
    using Broken = std::function<void(std::string_view request_id, std::string_view what)>;

    // All three must outlive the dispatcher. Any thread may call it.
    Dispatcher(const Routes& routes, const Cors& cors, Broken broken)
        : routes_(routes), cors_(cors), broken_(std::move(broken)) {}

    // The route to run, whose path parameters the request has from now on, or null when `response` is the answer
    // already (404, 405, OPTIONS, redirect, or 500).
    const Route* find(Request& request, Response& response) const noexcept;

    // Where the request is to be run. Never throws.
    On on_of(const Route& route, const Request& request) const noexcept;

    // Runs the route's handler on this thread. With Wait::never it may come out that the handler needs what has to be
    // waited for: then `response` is as it was, and the route is to be run where waiting is allowed.
    enum class Wait : std::uint8_t { allowed, never };
    enum class Ran : std::uint8_t { to_the_end, must_wait };
    // `response` has to be clear before; afterwards it is the whole answer but for finish().
    Ran run(const Route& route, const Request& request, Response& response, Wait wait = Wait::allowed) const noexcept;

    // The same where waiting is allowed, for a request that may also wait until something happens: then `response` is
    // as it was, and what it waits for is returned.
    // Empty: `response` is the answer.
    std::optional<WaitList::Waiting> run_or_wait(const Route& route, const Request& request,
                                                 Response& response) const noexcept;

    // What a client hears whose request was not begun, or not done in time: what it waited for.
    static Errc too_late(On on) {
        if (on == On::pool) return errors::busy;
        return on == On::hashing ? errors::overloaded : errors::store_unavailable;
    }

    // There is no place for the request now; the client shall come back after `retry_after`.
    void refuse_busy(const Route& route, On on, const Request& request, Response& response,
                     std::chrono::seconds retry_after) const noexcept;

    // Tells the log of what broke outside of handlers.
    // Never throws, as it is called from where something was caught already.
    void report(std::string_view request_id, std::string_view what) const noexcept;

    // By whom the request counts in the queue of its pool; if finding that out throws, by a stranger. Never throws.
    Payer payer_of(const Route& route, const Request& request) const noexcept;

    // What every answer carries, whoever made it. Call it once, last.
    void finish(const Request& request, Response& response) const { cors_.add_fields(request, response); }

    const Routes& routes() const { return routes_; }

private:
    // What find() does, without the net below it: may throw.
    const Route* look_up(Request& request, Response& response) const;
    // Whether a page that nobody listed made its visitor's browser send this.
    bool is_forged(const Route& route, const Request& request) const;
    // Calls the route's handler, and tells this thread in whose name, or that it may not wait.
    static void handle(const Route& route, const Request& request, Response& response, Wait wait);
    template <class Step>
    void guard(Refuse refuse, const Request& request, Response& response, Step step) const noexcept;

    const Routes& routes_;
    const Cors& cors_;
    Broken broken_;
};

}  // namespace keyhold::http
