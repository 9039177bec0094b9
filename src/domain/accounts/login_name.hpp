// SPDX-License-Identifier: Apache-2.0
// What is typed to log in: a username, an e-mail address, or either (docs/addresses.md).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace keyhold::domain {

enum class LoginWith : std::uint8_t { either, username, email };

// "either", "username", "email"; empty for anything else.
std::optional<LoginWith> parse_login_with(std::string_view text);

struct LoginName {
    std::string key;                     // what failed attempts are counted for: the same for all spellings of it
    std::optional<std::string> name;     // the name_key of an account that may log in by it
    std::optional<std::string> address;  // the email_key of one
};

// Says nothing of whether there is such an account; what nobody can be called has neither key.
// A username with an '@' is an address, and so is one by which people log in, also where only addresses are asked for:
// accounts that were made before there were addresses have no other.
LoginName parse_login_name(std::string_view typed, LoginWith with = LoginWith::either);

}  // namespace keyhold::domain
