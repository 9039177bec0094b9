// SPDX-License-Identifier: Apache-2.0
#include "oauth/person_claims.hpp"

#include <algorithm>
#include <vector>

namespace keyhold::oauth {
namespace {

constexpr std::string_view of_profile = "profile", of_email = "email";

// The claims of the scope `profile`. A person who gave no name of their own has the username as `name`.
void add_profile(UserInfo& info, const std::string& username, domain::Profile known, const IsTold& is_told) {
    if (!known.account_id.empty() && is_told("updated_at", of_profile))
        info.updated_at = known.updated_at.time_since_epoch().count();
    if (!known.name) known.name = username;
    for_each_field<domain::Profile>([&](const auto& field) {
        if (is_told(field.name, of_profile)) info.*field.pointer = std::move(known.*field.pointer);
    });
    if (is_told("preferred_username", of_profile)) info.preferred_username = username;
}

std::vector<std::string_view> every_claim() {
    std::vector<std::string_view> claims;
    for_each_field<UserInfo>([&](const auto& field) {
        if (std::string_view(field.name) != "sub") claims.emplace_back(field.name);
    });
    return claims;
}

}  // namespace

std::span<const std::string_view> claims_of_scopes() {
    static const std::vector<std::string_view> claims = every_claim();
    return claims;
}

std::string_view scope_of_claim(std::string_view claim) {
    if (claim == "email" || claim == "email_verified") return of_email;
    const auto all = claims_of_scopes();
    return std::ranges::find(all, claim) != all.end() ? of_profile : std::string_view();
}

UserInfo told_about(const store::Subject& account, const IsTold& is_told, domain::Accounts& accounts,
                    domain::Profiles& profiles) {
    UserInfo info;
    info.sub = to_text(account.id);
    // What nobody is told is not looked up.
    const auto is_any_told = [&](std::string_view scope) {
        return std::ranges::any_of(claims_of_scopes(), [&](std::string_view claim) {
            return scope_of_claim(claim) == scope && is_told(claim, scope);
        });
    };
    if (is_any_told(of_profile)) add_profile(info, account.username, profiles.find(info.sub), is_told);
    if (!is_any_told(of_email)) return info;
    const auto found = accounts.find_by_id(info.sub);
    if (!found || !found->email) return info;
    if (is_told("email", of_email)) info.email = found->email;
    if (is_told("email_verified", of_email)) info.email_verified = found->email_verified;
    return info;
}

}  // namespace keyhold::oauth
