#include "api/cookies.hpp"

namespace keyhold::api {

namespace {

// "https://auth.example:8443" -> "auth.example:8443". Of the scheme nothing is asked: a proxy may end TLS.
std::string_view host_of(std::string_view origin) {
    const std::size_t scheme = origin.find("://");
    return scheme == origin.npos ? std::string_view() : origin.substr(scheme + 3);
}

}  // namespace

std::string set_cookie(std::string_view name, std::string_view value, std::chrono::seconds age) {
    std::string field;
    field.append(name).append("=").append(value);
    field.append("; Path=/; Max-Age=").append(std::to_string(age.count()));
    return field.append("; Secure; HttpOnly; SameSite=Lax");
}

Result<> refuse_other_sites(const http::Request& request) {
    if (request.method == http::Method::get || request.method == http::Method::head) return {};
    if (const auto site = request.find("Sec-Fetch-Site")) {
        if (*site == "same-origin" || *site == "none") return {};
        return Errc::cross_site;
    }
    const auto origin = request.find("Origin"), host = request.find("Host");
    if (origin && host && !host->empty() && http::equal_ignoring_case(host_of(*origin), *host)) return {};
    return Errc::cross_site;
}

}  // namespace keyhold::api
