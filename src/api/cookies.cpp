#include "api/cookies.hpp"

namespace keyhold::api {

namespace {

std::string_view trimmed(std::string_view text) {
    const std::size_t first = text.find_first_not_of(" \t");
    if (first == text.npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") + 1 - first);
}

// "https://auth.example:8443" -> "auth.example:8443". Of the scheme nothing is asked: a proxy may end TLS.
std::string_view host_of(std::string_view origin) {
    const std::size_t scheme = origin.find("://");
    return scheme == origin.npos ? std::string_view() : origin.substr(scheme + 3);
}

}  // namespace

std::optional<std::string_view> find_cookie(const http::Request& request, std::string_view name) {
    std::optional<std::string_view> found;
    for (const http::Field& field : request.fields) {
        if (!http::equal_ignoring_case(field.name, "Cookie")) continue;
        for (std::string_view rest = field.value; !rest.empty();) {
            const std::string_view pair = trimmed(rest.substr(0, rest.find(';')));
            rest.remove_prefix(std::min(rest.find(';'), rest.size() - 1) + 1);
            const std::size_t equals = pair.find('=');
            if (equals == pair.npos || trimmed(pair.substr(0, equals)) != name) continue;
            if (found) return std::nullopt;
            found = trimmed(pair.substr(equals + 1));
        }
    }
    return found;
}

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
