// SPDX-License-Identifier: Apache-2.0
#include "http/routes/session_cookies.hpp"

#include "http/connection/sender.hpp"
#include "http/errors.hpp"

namespace keyhold::http {

std::string set_cookie(std::string_view name, std::string_view value, std::optional<std::chrono::seconds> age) {
    std::string field;
    field.append(name).append("=").append(value).append("; Path=/");
    if (age) field.append("; Max-Age=").append(std::to_string(age->count()));
    // Lax and not Strict: with that, whoever follows a link from a mail would not be signed in on the page that it
    // leads to. `__Host-` demands Secure, Path=/ and no Domain.
    return field.append("; Secure; HttpOnly; SameSite=Lax");
}

std::vector<std::string> set_session(const SessionCookies& cookies) {
    std::vector<std::string> fields{set_cookie(access_cookie, cookies.access_token, cookies.access_age)};
    if (!cookies.refresh_token.empty())
        fields.push_back(set_cookie(refresh_cookie, cookies.refresh_token, cookies.refresh_age));
    if (!cookies.device_token.empty())
        fields.push_back(set_cookie(device_cookie, cookies.device_token, device_cookie_age));
    return fields;
}

std::vector<std::string> end_session_cookies() {
    return {set_cookie(access_cookie, "", std::chrono::seconds(0)),
            set_cookie(refresh_cookie, "", std::chrono::seconds(0))};
}

Result<> refuse_other_sites(const Request& request) {
    return request.by_listed_page ? Result<>() : refuse_all_but_own_pages(request);
}

Result<> refuse_all_but_own_pages(const Request& request) {
    if (only_looks(request)) return {};
    if (sender_of(request) != Sender::own_page) return errors::cross_site;
    return {};
}

}  // namespace keyhold::http
