// SPDX-License-Identifier: Apache-2.0
// The routes of a server: declared once each, found by path and method.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "keyhold/base/door.hpp"
#include "keyhold/http/answers.hpp"
#include "keyhold/http/extract.hpp"
#include "keyhold/http/message.hpp"
#include "keyhold/http/on.hpp"
#include "keyhold/http/openapi.hpp"
#include "keyhold/http/parameters.hpp"
#include "keyhold/http/problem.hpp"

namespace keyhold::http {

struct Route {
    Operation operation;
    std::vector<std::string> parameter_names;  // the {names} of the path, in their order
    std::size_t number = 0;                    // from 1 on, in the order in which they were added
    On on = On::io;
    On (*on_for)(const Request&) = nullptr;  // where one request is run, if that depends on what it asks for
    On waits_on = On::looking_up;            // where one of On::io begins anew that has to wait
    bool no_store = false;                   // the answer must not be kept by anyone (RFC 6749 §5.1)
    bool documented = true;                  // stands in /openapi.json
    bool from_other_sites = false;           // pages of others may send it: it changes nothing by itself
    bool of_our_pages = false;               // no script of another origin may read it, whatever the settings list
    Door door = Door::api;                   // by which the log of events says that its callers came
    Refuse refuse = refuse_as_problem;
    // Makes the parameters, calls the handler and writes its answer, or the refusal.
    std::function<void(const Request&, Response&)> handle;
    // The account of whoever sends it, if he shows that he is known there; empty: a stranger, and what
    // cannot be said at in-memory cost. On the I/O thread; null: everybody is a stranger.
    std::function<std::string(const Request&)> sender;
};

// What a route says of itself besides its handler.
// The views have to hold during Mount::add() alone, which copies them.
struct RouteAbout {
    std::string_view summary;
    std::string_view tag;
    Door door = Door::api;  // as of Route
    On on = On::io;
    On (*on_for)(const Request&) = nullptr;  // from memory, on the I/O thread; null: always `on`
    On waits_on = On::looking_up;            // as of Route
    bool no_store = false;
    bool documented = true;
    std::vector<Errc> refusals;  // beyond what its parameters refuse
    std::string_view description = {};
    bool from_other_sites = false;  // as of Route
};

// Any number of threads may look up once all routes were added.
// Owns the routes, whose addresses stay the same: Match, the dispatcher and the counters of traffic refer to them.
class Routes {
public:
    // Looks a request up. Exactly one of route, allow and redirect is set, or none: nothing is there.
    struct Match {
        const Route* route = nullptr;
        PathParameters parameters;
        std::string allow;          // the path exists, the method does not: what to put in Allow
        std::string redirect;       // the path exists without its last '/': where to go (307)
        bool options = false;       // OPTIONS of an existing path, or of '*'; `allow` holds its methods
        bool of_our_pages = false;  // as of Route; where none is meant, of the first one of the path
    };
    Routes();
    ~Routes();
    Routes(Routes&&) noexcept;
    Routes& operator=(Routes&&) noexcept;

    Match find(const Request& request) const;

    // How the server itself refuses what is asked of a path, before a handler can: as the routes of the path do, or
    // where there are none, as was said for what is below a prefix of it.
    Refuse refuse_of(std::string_view path) const;
    // "/oauth/" is for everything that begins so; the longest prefix decides.
    void refuse_below(std::string prefix, Refuse refuse);

    std::vector<const Operation*> operations() const;  // in the order in which they were added

    std::size_t size() const { return declared_.size(); }
    const std::vector<const Route*>& all() const { return declared_; }  // by their numbers - 1

    // The segments of a path are literals or {names}, of which it may have 8: "/notes/{id}/comments/{comment}". Where
    // both fit, the literal wins. Throws std::logic_error for a route that could never match, or would match what
    // another one matches: it says why.
    void add(Route route);

private:
    // The routes of one path, one for each method.
    using OfPath = std::vector<std::unique_ptr<Route>>;
    struct Node;
    struct Walk;

    static std::string allow_of(const OfPath& routes);
    static const OfPath* find_below(const Node& node, std::string_view path, std::size_t at, Walk& walk);
    const OfPath* find_path(std::string_view path, PathParameters& parameters) const;

    std::unique_ptr<Node> root_;
    std::map<std::string, const OfPath*, std::less<>> by_path_;  // those without parameters: one look-up
    std::vector<const Route*> declared_;
    std::map<std::string, Refuse, std::less<>> refusals_;
};

namespace detail {

// What a handler takes and returns: a function, or an object with one operator().
// An object with an overloaded or a templated operator() has no one signature and does not compile here.
template <class H>
struct Signature : Signature<decltype(&H::operator())> {};
template <class R, class... P>
struct Signature<R (*)(P...)> {
    using Return = R;
    static constexpr std::size_t count = sizeof...(P);
    static Pack<Bound<P>...> bind(const Services& services) { return {{Bound<P>(services)}...}; }
    static void describe(Operation& operation) { (Bound<P>::describe(operation), ...); }
};
template <class R, class C, class... P>
struct Signature<R (C::*)(P...) const> : Signature<R (*)(P...)> {};

// R without Result; nothing, for functions that return nothing.
template <class R>
struct Answer {
    using Type = R;
};
template <class R>
struct Answer<Result<R>> {
    using Type = R;
};
template <>
struct Answer<Result<void>> {
    using Type = NoContent;
};
template <>
struct Answer<void> {
    using Type = NoContent;
};

// The parameters of a function, ready to be made from a request: nothing is looked up when one comes.
// Made when the route is added; any number of threads call make() afterwards.
template <class F>
class BoundParameters {
public:
    explicit BoundParameters(const Services& services) : bounds_(Signature<F>::bind(services)) {}

    // Makes them from left to right and calls made(parameters...), or refused(error) with the first refusal.
    template <class Made, class Refused>
    void make(const Request& request, const Made& made, const Refused& refused) const {
        make_next<0>(request, made, refused);
    }

private:
    // One parameter a call, so that each stays on the stack until the handler returns. The first refusal ends it, and
    // the parameters behind it are not made.
    template <std::size_t at, class Made, class Refused, class... Before>
    void make_next(const Request& request, const Made& made, const Refused& refused, Before&... before) const {
        if constexpr (at == Signature<F>::count) {
            made(before...);
        } else {
            decltype(auto) value = get<at>(bounds_).make(request);
            if constexpr (std::is_reference_v<decltype(value)>) {
                make_next<at + 1>(request, made, refused, before..., value);
            } else {
                if (!value) return refused(value.error());
                make_next<at + 1>(request, made, refused, before..., *value);
            }
        }
    }

    decltype(Signature<F>::bind(std::declval<const Services&>())) bounds_;
};

// How a handler refuses this request.
struct Refused {
    const Request& request;
    Response& response;
    Refuse refuse;
    void operator()(const Error& error) const { refuse(response, error, request); }
};

// What a route calls. Any number of threads.
class Endpoint {
public:
    virtual ~Endpoint() = default;
    virtual void serve(const Refused& refused) const = 0;
};

// A handler with its parameters, whose answer becomes the response.
template <class H>
class Handler final : public Endpoint {
    using Return = typename Signature<H>::Return;
    using Answered = typename Answer<Return>::Type;

public:
    Handler(H handler, const Services& services) : handler_(std::move(handler)), parameters_(services) {}

    static void describe(Operation& operation) {
        Signature<H>::describe(operation);
        Respond<Answered>::describe(operation);
    }

    void serve(const Refused& refused) const override {
        parameters_.make(
            refused.request, [&](auto&... made) { answer(refused, made...); }, refused);
    }

private:
    template <class... Made>
    void answer(const Refused& refused, Made&... made) const {
        Response& response = refused.response;
        if constexpr (std::is_void_v<Return>) {
            handler_(made...);
            Respond<NoContent>::write(response, {});
        } else if constexpr (std::is_same_v<Return, Answered>) {
            Respond<Answered>::write(response, handler_(made...));
        } else {
            const auto result = handler_(made...);
            if (!result) return refused(result.error());
            if constexpr (std::is_same_v<Return, Result<void>>)
                Respond<NoContent>::write(response, {});
            else
                Respond<Answered>::write(response, *result);
        }
    }

    H handler_;
    BoundParameters<H> parameters_;
};

// Route::sender. Whoever is refused a parameter is a stranger.
template <class S>
class Sender {
public:
    Sender(S sender, const Services& services) : sender_(std::move(sender)), parameters_(services) {}

    std::string operator()(const Request& request) const {
        std::string known;
        parameters_.make(
            request, [&](auto&... made) { known = sender_(made...); }, [](const Error&) {});
        return known;
    }

private:
    S sender_;
    BoundParameters<S> parameters_;
};

}  // namespace detail

// Adds typed routes that lean on services and refuse alike:
//   Mount mount(routes, services);
//   mount.add(Method::get, "/protected", {.summary = "..."}, greet);
// Used while the server is built and not afterwards.
class Mount {
public:
    // Both outlive it. With a prefix ("/oauth/") the server's own refusals below it look like the routes'.
    Mount(Routes& routes, const Services& services, Refuse refuse = refuse_as_problem, std::string_view prefix = {})
        : routes_(routes), services_(services), refuse_(refuse) {
        if (!prefix.empty()) routes.refuse_below(std::string(prefix), refuse);
    }

    // What the document says of refusals that are no problem details, for the routes that are added from now on.
    void describe_refusals(const RefusalShape& shape) { refusal_shape_ = shape; }

    // The routes that are added from now on are pages, which a browser shows and no script reads: they answer without
    // the fields of CORS, preflights too (RFC 9700 §2.6).
    void keep_from_other_origins() { of_our_pages_ = true; }

    // `handler` is a function or an object with one operator(), whose parameters http/extract.hpp explains; it returns
    // R, Result<R> or nothing. Throws std::logic_error for a route that cannot be (Routes::add), or a service that is
    // not provided.
    template <class H>
    void add(Method method, std::string_view path, RouteAbout about, H handler) {
        routes_.add(declare(method, path, std::move(about), std::move(handler)));
    }
    // `sender` is a function like a handler that returns a std::string: Route::sender.
    template <class H, class S>
    void add(Method method, std::string_view path, RouteAbout about, H handler, S sender) {
        Route route = declare(method, path, std::move(about), std::move(handler));
        route.sender = detail::Sender<S>(std::move(sender), services_);
        routes_.add(std::move(route));
    }

private:
    template <class H>
    Route declare(Method method, std::string_view path, RouteAbout about, H handler) const {
        Route route = begin(method, path, std::move(about));
        detail::Handler<H>::describe(route.operation);
        serve_with(route,
                   std::unique_ptr<const detail::Endpoint>(new detail::Handler<H>(std::move(handler), services_)));
        return route;
    }
    // What a route has of its RouteAbout and of its Mount, before the handler describes itself.
    Route begin(Method method, std::string_view path, RouteAbout about) const;
    void serve_with(Route& route, std::unique_ptr<const detail::Endpoint> endpoint) const;
    Routes& routes_;
    const Services& services_;
    Refuse refuse_;
    RefusalShape refusal_shape_;
    bool of_our_pages_ = false;
};

}  // namespace keyhold::http
