#include "http/dispatcher.hpp"

#include <exception>

#include "base/abandoned.hpp"
#include "base/unavailable.hpp"
#include "http/problem.hpp"

namespace keyhold::http {

const Route* Dispatcher::find(Request& request, Response& response) const {
    const Routes::Match match = routes_.find(request);
    if (match.route != nullptr) {
        request.path_parameters = match.parameters;
        return match.route;
    }
    const Refuse refuse = routes_.refuse_of(request.path);
    if (match.options) {
        cors_.answer_options(request, match.allow, response);
    } else if (!match.allow.empty()) {
        refuse(response, Errc::method_not_allowed, request);
        response.add_field("Allow", match.allow);
    } else if (!match.redirect.empty()) {
        response.status = 307;
        response.add_field("Location", match.redirect);
    } else {
        refuse(response, Errc::not_found, request);
    }
    return nullptr;
}

void Dispatcher::run(const Route& route, const Request& request, Response& response) const {
    try {
        route.handle(request, response);
        if (route.no_store && response.status < 400) response.add_field("Cache-Control", "no-store");
    } catch (const Abandoned&) {
        route.refuse(response, Errc::internal, request);  // read by nobody
    } catch (const Unavailable& error) {
        route.refuse(response, Errc::store_unavailable, request);
        broken_(request.request_id, error.what());
    } catch (const std::exception& error) {
        route.refuse(response, Errc::internal, request);
        broken_(request.request_id, error.what());
    }
}

}  // namespace keyhold::http
