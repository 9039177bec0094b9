#include "http/dispatcher.hpp"

#include <exception>

#include "base/abandoned.hpp"
#include "base/busy.hpp"
#include "base/unavailable.hpp"
#include "http/problem.hpp"

namespace keyhold::http {

const Route* Dispatcher::find(const Request& request, Response& response) const {
    const Routes::Match match = routes_.find(request);
    if (match.route != nullptr) return match.route;
    if (match.options) {
        cors_.answer_options(request, match.allow, response);
    } else if (!match.allow.empty()) {
        refuse(response, Errc::method_not_allowed, request.request_id);
        response.add_field("Allow", match.allow);
    } else if (!match.redirect.empty()) {
        response.status = 307;
        response.add_field("Location", match.redirect);
    } else {
        refuse(response, Errc::not_found, request.request_id);
    }
    return nullptr;
}

void Dispatcher::run(const Route& route, const Request& request, Response& response) const {
    try {
        route.handle(request, response);
        if (route.no_store && response.status < 400) response.add_field("Cache-Control", "no-store");
    } catch (const Abandoned&) {
        refuse(response, Errc::internal, request.request_id);  // read by nobody
    } catch (const Busy&) {
        refuse(response, Errc::overloaded, request.request_id);
    } catch (const Unavailable& error) {
        refuse(response, Errc::store_unavailable, request.request_id);
        broken_(request.request_id, error.what());
    } catch (const std::exception& error) {
        refuse(response, Errc::internal, request.request_id);
        broken_(request.request_id, error.what());
    }
}

}  // namespace keyhold::http
