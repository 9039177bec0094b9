#include "api/cookies.hpp"

#include "http/sender.hpp"

namespace keyhold::api {

namespace {

std::string_view trimmed(std::string_view text) {
    const std::size_t first = text.find_first_not_of(" \t");
    if (first == text.npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") + 1 - first);
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
    if (http::sender_of(request) != http::Sender::own_page) return Errc::cross_site;
    return {};
}

}  // namespace keyhold::api
