// SPDX-License-Identifier: Apache-2.0
#include "api/cookies.hpp"

#include "http/errors.hpp"
#include "http/sender.hpp"

namespace keyhold::api {

std::string set_cookie(std::string_view name, std::string_view value, std::chrono::seconds age) {
    std::string field;
    field.append(name).append("=").append(value);
    field.append("; Path=/; Max-Age=").append(std::to_string(age.count()));
    return field.append("; Secure; HttpOnly; SameSite=Lax");
}

Result<> refuse_other_sites(const http::Request& request) {
    if (request.method == http::Method::get || request.method == http::Method::head) return {};
    if (http::sender_of(request) != http::Sender::own_page) return errors::cross_site;
    return {};
}

}  // namespace keyhold::api
