// SPDX-License-Identifier: Apache-2.0
// The claims about a person (OpenID Connect Core §5.1), at /oauth/userinfo and in ID tokens: the same ones, by the same
// rule.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "domain/accounts/accounts.hpp"
#include "domain/accounts/profiles.hpp"
#include "keyhold/fields.hpp"

namespace keyhold::oauth {

// The claims of the profile are those of its row; an instant is a number here.
struct UserInfo : domain::Profile {
    static constexpr std::string_view schema_name = "UserInfo";
    std::string sub;
    std::optional<std::string> preferred_username;
    std::optional<std::string> email;
    std::optional<bool> email_verified;      // there if `email` is
    std::optional<std::int64_t> updated_at;  // of the profile, in seconds since 1970
};
KEYHOLD_FIELDS(UserInfo, (sub, about("The account's id")), (preferred_username, about("What the account is called")),
               (email, about("The e-mail address")),
               (email_verified, about("Whether it was shown that mail reaches its owner there")),
               (name, about("The whole name, as it is shown")), (given_name, about("First name")),
               (family_name, about("Surname")), (middle_name, about("Names between the first and the last")),
               (nickname, about("What friends say")), (profile, about("A page about the person")),
               (picture, about("Where a picture of the person is")), (website, about("A page of the person's own")),
               (gender, about("As somebody says it of themselves")), (birthdate, about("YYYY-MM-DD, or YYYY")),
               (zoneinfo, about("A time zone, as in Europe/Vienna")),
               (locale, about("A language, as in de-AT (BCP 47)")), (updated_at, about("Seconds since 1970")))

// The scope that a claim belongs to (§5.4); empty: it is none that is known here.
std::string_view scope_of_claim(std::string_view claim);

// All that have one.
std::span<const std::string_view> claims_of_scopes();

// `is_told` says whether a claim is asked for, or its scope. `sub` is always there.
using IsTold = std::function<bool(std::string_view claim, std::string_view of_scope)>;
UserInfo told_about(const store::Subject& account, const IsTold& is_told, domain::Accounts& accounts,
                    domain::Profiles& profiles);

}  // namespace keyhold::oauth
