// SPDX-License-Identifier: Apache-2.0
#include "http/routes/dispatcher.hpp"

#include <exception>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "base/caller.hpp"
#include "base/exceptions.hpp"
#include "base/waiting.hpp"
#include "http/connection/sender.hpp"
#include "http/errors.hpp"
#include "http/problem.hpp"

namespace keyhold::http {
namespace {

constexpr std::string_view foreign_page =
    "A page of another site may not do this; if that page is yours, list its origin in cors_origins or cookie_origins";

constexpr std::string_view nul = "A text of the request holds a NUL, which is not kept";

// What a handler has filled in can be sent. A program's own may have said any number, which would be no status line,
// or one of 1xx, behind which a client waits for another answer (RFC 9110 §15.2).
void complete(const Route& route, Response& response) {
    if (response.status < 200 || response.status > 599)
        throw std::out_of_range("the handler of " + route.operation.path + " answers with the status " +
                                std::to_string(response.status) + ", which is not one from 200 to 599");
    // These have no content (RFC 9110 §15.3.5, §15.3.6, §15.4.5). Behind a 204 or a 304 a client would take it for the
    // beginning of the next answer (RFC 9112 §6.3).
    if (response.status == 204 || response.status == 205 || response.status == 304) response.drop_content();
    // Refusals say no-store by themselves (problem.cpp).
    if (route.no_store && response.status < 400) response.add_field("Cache-Control", "no-store");
}

}  // namespace

// Whatever `step` throws becomes the answer, and the log hears of it.
template <class Step>
void Dispatcher::guard(Refuse refuse, const Request& request, Response& response, Step step) const noexcept try {
    try {
        step();
    } catch (const Abandoned&) {
        refuse(response, errors::internal, request);  // read by nobody
    } catch (const Busy&) {
        refuse(response, errors::overloaded, request);
    } catch (const Unavailable& error) {
        refuse(response, errors::store_unavailable, request);
        report(request.request_id, error.what());
    } catch (const NotStorable&) {
        refuse(response, Error(errors::validation_failed, std::string(nul)), request);
    } catch (const std::exception& error) {
        refuse(response, errors::internal, request);
        report(request.request_id, error.what());
    } catch (...) {
        refuse(response, errors::internal, request);
        report(request.request_id, "something was thrown that is no std::exception");
    }
} catch (...) {
    // There was no memory for the refusal: these lines need none.
    response.clear();
    response.status = 500;
}

void Dispatcher::report(std::string_view request_id, std::string_view what) const noexcept try {
    broken_(request_id, what);
} catch (...) {  // there is nobody left to tell
}

const Route* Dispatcher::find(Request& request, Response& response) const noexcept {
    const Route* route = nullptr;
    guard(refuse_as_problem, request, response, [&] { route = look_up(request, response); });
    return route;
}

// Whether a page that we do not know makes its visitor's browser change something here: registering the visitor, or
// logging him in as somebody else, needs neither a cookie nor an answer that the page could read.
bool Dispatcher::is_forged(const Route& route, const Request& request) const {
    // GET changes nothing here, and routes that take requests from other sites say so (Route::from_other_sites).
    // Programs do not send what a browser must, so they are never `other_page`.
    if (route.operation.method == Method::get || route.from_other_sites || sender_of(request) != Sender::other_page)
        return false;
    const auto origin = request.find("Origin");
    // A page of a listed origin is known. Of two Origins nobody knows which one the browser wrote.
    return !origin || request.count("Origin") > 1 || !cors_.allows(*origin);
}

const Route* Dispatcher::look_up(Request& request, Response& response) const {
    // The order of the outcomes below: the route itself, an OPTIONS or a preflight, 405 for a path that is there, a
    // redirect for one that is there without its last '/', 404.
    const Routes::Match match = routes_.find(request);
    request.of_our_pages = match.of_our_pages;
    // Pages of ours are read by nobody else, so cookies of a listed page count for what programs ask for alone.
    if (match.route == nullptr || match.route->documented) request.by_listed_page = cors_.may_use_cookies(request);
    const Refuse refuse = match.route != nullptr ? match.route->refuse : routes_.refuse_of(request.path);
    if (match.route != nullptr) {
        request.path_parameters = match.parameters;
        if (!is_forged(*match.route, request)) return match.route;
        refuse(response, Error(errors::cross_site, std::string(foreign_page)), request);
    } else if (match.options || cors_.is_preflight(request)) {
        cors_.answer_options(request, match.allow, response);
    } else if (!match.allow.empty()) {
        refuse(response, errors::method_not_allowed, request);
        response.add_field("Allow", match.allow);
    } else if (!match.redirect.empty()) {
        // 307 keeps method and body (RFC 9110 §15.4.8): a POST with a slash too many is no GET afterwards.
        response.status = 307;
        response.add_field("Location", match.redirect);
    } else {
        refuse(response, errors::not_found, request);
    }
    return nullptr;
}

On Dispatcher::on_of(const Route& route, const Request& request) const noexcept try {
    return route.on_for != nullptr ? route.on_for(request) : route.on;
} catch (const std::exception& error) {
    report(request.request_id, error.what());
    return route.on;
}

void Dispatcher::refuse_busy(const Route& route, On on, const Request& request, Response& response,
                             std::chrono::seconds retry_after) const noexcept {
    guard(route.refuse, request, response, [&] { route.refuse(response, Error(too_late(on), retry_after), request); });
}

void Dispatcher::handle(const Route& route, const Request& request, Response& response, Wait wait) {
    // The name of the caller is for events, which are written to the database: without waiting nothing can be written.
    if (wait == Wait::allowed) {
        Caller caller{route.door, request.remote_address, request.find("User-Agent").value_or(""), {}};
        const Calling in_its_name(caller);
        return route.handle(request, response);
    }
    // Whatever would wait throws WouldWait while this lives (base/waiting.hpp).
    const NoWaiting in_this_block;
    route.handle(request, response);
}

Dispatcher::Ran Dispatcher::run(const Route& route, const Request& request, Response& response,
                                Wait wait) const noexcept {
    Ran ran = Ran::to_the_end;
    guard(route.refuse, request, response, [&] {
        try {
            handle(route, request, response, wait);
            complete(route, response);
        } catch (const WouldWait&) {
            // What the handler has filled in so far is not the answer: it begins anew elsewhere.
            response.clear();
            ran = Ran::must_wait;
        }
    });
    return ran;
}

std::optional<WaitList::Waiting> Dispatcher::run_or_wait(const Route& route, const Request& request,
                                                         Response& response) const noexcept {
    std::optional<WaitList::Waiting> waiting;
    guard(route.refuse, request, response, [&] {
        const MayWaitForNews in_this_block;
        try {
            handle(route, request, response, Wait::allowed);
            complete(route, response);
        } catch (const NothingYet& nothing) {
            // As above: it begins anew, when something has happened.
            response.clear();
            waiting = nothing.waiting;
        }
    });
    return waiting;
}

Payer Dispatcher::payer_of(const Route& route, const Request& request) const noexcept {
    Payer payer;
    if (const auto address = IpAddress::parse(request.remote_address)) payer.network = address->network();
    try {
        // On the I/O thread: whoever can be recalled from memory alone is known, anybody else is a stranger.
        const NoWaiting in_this_block;
        if (route.sender) payer.known = route.sender(request);
    } catch (const WouldWait&) {  // NOLINT(bugprone-empty-catch): a stranger, then
    } catch (const std::exception& error) {
        report(request.request_id, error.what());
    }
    return payer;
}

}  // namespace keyhold::http
