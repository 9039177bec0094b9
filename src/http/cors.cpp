#include "http/cors.hpp"

#include <algorithm>

namespace keyhold::http {
namespace {

constexpr std::string_view exposed_fields = "X-Request-Id, Retry-After, RateLimit, RateLimit-Policy, WWW-Authenticate";
constexpr std::string_view allowed_fields = "Authorization, Content-Type, X-Request-Id";
constexpr std::string_view preflight_seconds = "600";  // Chromium keeps no preflight for longer than two hours

bool matches(std::string_view pattern, std::string_view origin) {
    if (pattern == "*" || pattern == origin) return true;
    if (!pattern.ends_with(":*")) return false;
    pattern.remove_suffix(1);
    if (!origin.starts_with(pattern)) return false;
    const std::string_view port = origin.substr(pattern.size());
    return !port.empty() && port.find_first_not_of("0123456789") == port.npos;
}

}  // namespace

bool Cors::allows(std::string_view origin) const {
    const auto& origins = origins_.get();
    return std::any_of(origins.begin(), origins.end(),
                       [origin](const auto& pattern) { return matches(pattern, origin); });
}

void Cors::add_fields(const Request& request, Response& response) const {
    if (origins_.get().empty()) return;
    response.add_field("Vary", "Origin");  // caches must not give one origin's answer to another
    const auto origin = request.find("Origin");
    if (!origin || !allows(*origin)) return;
    response.add_field("Access-Control-Allow-Origin", *origin);
    response.add_field("Access-Control-Expose-Headers", exposed_fields);
}

void Cors::answer_options(const Request& request, std::string_view allow, Response& response) const {
    response.status = 204;
    response.add_field("Allow", allow);
    const auto origin = request.find("Origin");
    if (!origin || !allows(*origin) || !request.find("Access-Control-Request-Method")) return;
    response.add_field("Access-Control-Allow-Methods", allow);
    response.add_field("Access-Control-Allow-Headers", allowed_fields);
    response.add_field("Access-Control-Max-Age", preflight_seconds);
}

}  // namespace keyhold::http
