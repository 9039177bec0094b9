// SPDX-License-Identifier: Apache-2.0
#include "oauth/id_token.hpp"

#include "domain/words.hpp"

namespace keyhold::oauth {

std::optional<std::string> id_token_of(const domain::LoggedIn& given, const domain::RegisteredClient& client,
                                       domain::IdTokens& id_tokens, domain::Accounts& accounts,
                                       AccessToken access_token) {
    const std::string& scope = given.client->scope;
    if (!store::has_word(scope, "openid") || !id_tokens.can_issue()) return std::nullopt;
    const bool is_alone = access_token == AccessToken::withheld;
    const std::string account_id = to_text(given.client->account.id);
    domain::IdTokenSubject subject{
        .account_id = account_id,
        .client_id = client.id,
        .session_id = given.client->session_id,
        .authenticated_at = given.client->authenticated_at,
        .nonce = given.client->nonce,
        .access_token = is_alone ? std::string_view() : std::string_view(given.access.access_token),
        .algorithm = client.id_token_algorithm};
    const auto is_wanted = [&](std::string_view claim, std::string_view of_scope) {
        return store::has_word(given.client->id_token_claims, claim) || (is_alone && store::has_word(scope, of_scope));
    };
    if (is_wanted("name", "profile")) subject.name = given.client->account.username;
    if (is_wanted("preferred_username", "profile")) subject.preferred_username = given.client->account.username;
    if (is_wanted("email", "email") || is_wanted("email_verified", "email")) {
        const auto account = accounts.find_by_id(account_id);
        const bool has_address = account && account->email;
        if (has_address && is_wanted("email", "email")) subject.email = account->email;
        if (has_address && is_wanted("email_verified", "email")) subject.email_verified = account->email_verified;
    }
    return id_tokens.issue(subject);
}

}  // namespace keyhold::oauth
