// From a request to its answer: finds the route, runs it, and is the one place that catches.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "http/cors.hpp"
#include "http/message.hpp"
#include "http/route.hpp"

namespace keyhold::http {

class Dispatcher {
public:
    // `broken` is told of what a handler threw (any thread); the client only sees a 500 or 503.
    using Broken = std::function<void(std::string_view request_id, std::string_view what)>;

    // All three must outlive the dispatcher. Any thread may call it.
    Dispatcher(const Routes& routes, const Cors& cors, Broken broken)
        : routes_(routes), cors_(cors), broken_(std::move(broken)) {}

    // The route to run, or null when `response` is the answer already (404, 405, OPTIONS, redirect).
    const Route* find(const Request& request, Response& response) const;

    // Runs the route's handler on this thread. Never throws. With Wait::never it may come out that the handler needs
    // what has to be waited for: then `response` is as it was, and the route is to be run where waiting is allowed.
    enum class Wait : std::uint8_t { allowed, never };
    enum class Ran : std::uint8_t { to_the_end, must_wait };
    Ran run(const Route& route, const Request& request, Response& response, Wait wait = Wait::allowed) const;

    // What every answer carries, whoever made it. Call it once, last.
    void finish(const Request& request, Response& response) const { cors_.add_fields(request, response); }

    const Routes& routes() const { return routes_; }

private:
    static void handle(const Route& route, const Request& request, Response& response, Wait wait);

    const Routes& routes_;
    const Cors& cors_;
    Broken broken_;
};

}  // namespace keyhold::http
