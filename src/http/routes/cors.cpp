// SPDX-License-Identifier: Apache-2.0
#include "http/routes/cors.hpp"

#include <algorithm>

namespace keyhold::http {
namespace {

// Scripts of other origins see only a few safe fields (CORS-safelisted response-header names) and these.
constexpr std::string_view exposed_fields = "X-Request-Id, Retry-After, RateLimit, RateLimit-Policy, WWW-Authenticate";
constexpr std::string_view allowed_fields = "Authorization, Content-Type, X-Request-Id, X-Requested-With";
constexpr std::string_view all_methods = "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT";

// What a preflight may ask for beyond that: scripts have a handful of fields of their own.
constexpr std::size_t longest_wish = 1024;
constexpr std::string_view preflight_seconds = "600";  // Chromium keeps no preflight for longer than two hours

// "http://localhost:*" needs a port of digits: a prefix alone would fit "http://localhost:80.evil.example" too.
bool matches(std::string_view pattern, std::string_view origin) {
    if (pattern == "*" || pattern == origin) return true;
    if (!pattern.ends_with(":*")) return false;
    pattern.remove_suffix(1);
    if (!origin.starts_with(pattern)) return false;
    const std::string_view port = origin.substr(pattern.size());
    return !port.empty() && port.find_first_not_of("0123456789") == port.npos;
}

// A list of field names (RFC 9110 §5.1, §5.6.1), which can be said again in a field of ours.
bool is_list_of_names(std::string_view text) {
    constexpr std::string_view letters =
        "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz, \t";
    return !text.empty() && text.size() <= longest_wish && text.find_first_not_of(letters) == text.npos;
}

}  // namespace

bool Cors::allows(std::string_view origin) const {
    return std::ranges::any_of(origins_.get(), [origin](const auto& pattern) { return matches(pattern, origin); }) ||
           std::ranges::find(with_cookies_.get(), origin) != with_cookies_.get().end();
}

bool Cors::may_use_cookies(const Request& request) const {
    const auto& listed = with_cookies_.get();
    // Of two, nobody knows which one the browser wrote.
    if (listed.empty() || request.count("Origin") != 1 || request.count("Sec-Fetch-Site") > 1) return false;
    // Browsers that do not send the field are taken at their Origin's word.
    if (request.find("Sec-Fetch-Site").value_or("same-site") != "same-site") return false;
    return std::ranges::find(listed, *request.find("Origin")) != listed.end();
}

void Cors::add_fields(const Request& request, Response& response) const {
    if (request.of_our_pages || (origins_.get().empty() && with_cookies_.get().empty())) return;
    response.add_field("Vary", "Origin");  // caches must not give one origin's answer to another
    const auto origin = request.find("Origin");
    if (!origin || !allows(*origin)) return;
    // The origin itself and never "*", which forbids credentials (Fetch standard, "CORS protocol and credentials").
    response.add_field("Access-Control-Allow-Origin", *origin);
    response.add_field("Access-Control-Expose-Headers", exposed_fields);
    if (request.by_listed_page) response.add_field("Access-Control-Allow-Credentials", "true");
}

bool Cors::is_preflight(const Request& request) const {
    if (request.of_our_pages || request.method != Method::options || !request.find("Access-Control-Request-Method"))
        return false;
    const auto origin = request.find("Origin");
    return origin && allows(*origin);
}

// A preflight from an allowed origin gets every field that its script asks for, because no request field gives a script
// more rights than its token does.
void Cors::answer_options(const Request& request, std::string_view allow, Response& response) const {
    response.status = 204;
    if (!allow.empty()) response.add_field("Allow", allow);
    if (!is_preflight(request)) return;
    const std::string_view wish = request.find("Access-Control-Request-Headers").value_or("");
    std::string fields(allowed_fields);
    // A wish that is no list is left out, and the browser then refuses the page's request by itself.
    if (is_list_of_names(wish)) fields.append(", ").append(wish);
    response.add_field("Vary", "Access-Control-Request-Headers");
    response.add_field("Access-Control-Allow-Methods", allow.empty() ? all_methods : allow);
    response.add_field("Access-Control-Allow-Headers", fields);
    response.add_field("Access-Control-Max-Age", preflight_seconds);
}

}  // namespace keyhold::http
