// SPDX-License-Identifier: Apache-2.0
#include "domain/accounts/login_name.hpp"

#include <array>
#include <utility>

#include "domain/accounts/email_address.hpp"
#include "domain/accounts/names.hpp"

namespace keyhold::domain {

std::optional<LoginWith> parse_login_with(std::string_view text) {
    constexpr std::array rows{
        std::pair{std::string_view("either"), LoginWith::either},
        std::pair{std::string_view("username"), LoginWith::username},
        std::pair{std::string_view("email"), LoginWith::email},
    };
    for (const auto& [name, with] : rows)
        if (name == text) return with;
    return std::nullopt;
}

LoginName parse_login_name(std::string_view typed, LoginWith with) {
    LoginName login{std::string(typed), std::nullopt, std::nullopt};
    const bool may_be_address = looks_like_address(typed);
    if (with != LoginWith::email || may_be_address)
        if (auto name = parse_name(typed)) login.key = *(login.name = std::move(name->key));
    if (with != LoginWith::username && may_be_address)
        if (auto address = parse_email_address(typed)) login.key = *(login.address = std::move(address->key));
    return login;
}

}  // namespace keyhold::domain
