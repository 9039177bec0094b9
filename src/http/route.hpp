// The routes of a server: declared once each, found by path and method.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "http/extract.hpp"
#include "http/message.hpp"
#include "http/openapi.hpp"
#include "http/worker_pool.hpp"

namespace keyhold::http {

struct Route {
    Operation operation;
    std::size_t number = 0;  // from 1 on, in the order in which they were added
    On on = On::io;
    bool no_store = false;   // the answer must not be kept by anyone (RFC 6749 §5.1)
    bool documented = true;  // stands in /openapi.json
    std::function<void(const Request&, Response&)> handle;
    // The account of whoever sends it, if he shows that he is known there (fair_queue.hpp); empty: a stranger, and what
    // cannot be said at in-memory cost. On the I/O thread; null: everybody is a stranger.
    std::function<std::string(const Request&)> sender;
};

// What a route says of itself besides its handler.
struct About {
    std::string_view summary;
    std::string_view tag;
    On on = On::io;
    bool no_store = false;
    bool documented = true;
    std::vector<Errc> refusals;  // beyond what its parameters refuse
    std::string_view description = {};
};

class Routes {
public:
    // Looks a request up. Exactly one of the members is set.
    struct Match {
        const Route* route = nullptr;
        std::string allow;     // the path exists, the method does not: what to put in Allow
        std::string redirect;  // the path exists without its last '/': where to go (307)
        bool options = false;  // OPTIONS of an existing path, or of '*'; `allow` holds its methods
    };
    Match find(const Request& request) const;

    std::vector<const Operation*> operations() const;  // in the order in which they were added

    std::size_t size() const { return declared_.size(); }
    const std::vector<const Route*>& all() const { return declared_; }  // by their numbers - 1

    // A path may end in "/{id}". Throws std::logic_error if the route exists already.
    void add(Route route);

private:
    using OfPath = std::vector<std::unique_ptr<Route>>;
    static std::string allow_of(const OfPath& routes);
    const OfPath* find_path(std::string_view path) const;
    std::map<std::string, OfPath, std::less<>> by_path_;
    std::vector<const Route*> declared_;
};

// Adds typed routes whose handlers lean on a World:
//   Mount<Services> mount(routes, services);
//   mount.add(Method::get, "/protected", {.summary = "..."}, greet);
template <class World>
class Mount {
public:
    Mount(Routes& routes, World& world) : routes_(routes), world_(world) {}

    // `sender`: Route::sender.
    template <class R, class... P>
    void add(Method method, std::string_view path, About about, Result<R> (*handler)(P...),
             std::string (*sender)(const Request&, World&) = nullptr) {
        Route route;
        route.on = about.on;
        route.no_store = about.no_store;
        route.documented = about.documented;
        Operation& operation = route.operation;
        operation.method = method;
        operation.path = path;
        operation.summary = about.summary;
        operation.description = about.description;
        operation.tag = about.tag;
        operation.refusals = std::move(about.refusals);
        if (about.on == On::hashing || about.on == On::storing) operation.refusals.push_back(Errc::overloaded);
        if (about.on == On::looking_up) operation.refusals.push_back(Errc::store_unavailable);
        if (method != Method::get) operation.refusals.push_back(Errc::cross_site);
        (Extract<std::remove_cvref_t<P>>::describe(operation), ...);
        Respond<R>::describe(operation);
        World& world = world_;
        route.handle = [handler, &world](const Request& request, Response& response) {
            auto result =
                detail::Call<Result<R>, World, decltype(handler), std::tuple<P...>>::run(handler, request, world);
            if (result)
                Respond<R>::write(response, *result);
            else
                refuse(response, result.error(), request.request_id);
        };
        if (sender != nullptr)
            route.sender = [sender, &world](const Request& request) { return sender(request, world); };
        routes_.add(std::move(route));
    }

private:
    Routes& routes_;
    World& world_;
};

}  // namespace keyhold::http
