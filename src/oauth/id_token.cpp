// SPDX-License-Identifier: Apache-2.0
#include "oauth/id_token.hpp"

#include "base/json.hpp"
#include "domain/words.hpp"
#include "http/codec.hpp"
#include "oauth/person_claims.hpp"

namespace keyhold::oauth {
namespace {

// As JSON, without the braces and without `sub`, which every ID token has.
std::string members_of(const UserInfo& info) {
    std::string object;
    json::Writer out(object);
    out.begin_object();
    for_each_field<UserInfo>([&](const auto& field) {
        const auto& value = info.*field.pointer;
        if constexpr (requires { value.has_value(); }) {
            if (!value) return;
            out.name(field.name);
            http::Codec<std::remove_cvref_t<decltype(*value)>>::write(out, *value);
        }
    });
    out.end_object();
    return object.substr(1, object.size() - 2);
}

}  // namespace

std::optional<std::string> id_token_of(const domain::LoggedIn& given, const domain::RegisteredClient& client,
                                       domain::IdTokens& id_tokens, domain::Accounts& accounts,
                                       domain::Profiles& profiles, AccessToken access_token) {
    const std::string& scope = given.client->scope;
    if (!store::has_word(scope, "openid") || !id_tokens.can_issue()) return std::nullopt;
    const bool is_alone = access_token == AccessToken::withheld;
    const auto is_wanted = [&](std::string_view claim, std::string_view of_scope) {
        return store::has_word(given.client->id_token_claims, claim) || (is_alone && store::has_word(scope, of_scope));
    };
    const std::string members = members_of(told_about(given.client->account, is_wanted, accounts, profiles));
    const std::string account_id = to_text(given.client->account.id);
    return id_tokens.issue({.account_id = account_id,
                            .client_id = client.id,
                            .session_id = given.client->session_id,
                            .authenticated_at = given.client->authenticated_at,
                            .nonce = given.client->nonce,
                            .access_token = is_alone ? std::string_view() : std::string_view(given.access.access_token),
                            .algorithm = client.id_token_algorithm,
                            .about_the_person = members});
}

}  // namespace keyhold::oauth
