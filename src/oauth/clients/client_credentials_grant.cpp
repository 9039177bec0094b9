// SPDX-License-Identifier: Apache-2.0
// grant_type=client_credentials (RFC 6749 §4.4): a token for a program that acts for nobody but itself.
#include "base/text.hpp"
#include "domain/accounts/scopes_of_people.hpp"
#include "domain/clients/client_errors.hpp"
#include "domain/words.hpp"
#include "oauth/clients/grant.hpp"

namespace keyhold::oauth {
namespace {

// The client's scopes without those about a person (`profile`, `email` ...), because nobody is signed in here.
std::string scopes_of_its_own(const domain::RegisteredClient& client) {
    auto words = words_in(client.scopes);
    std::erase_if(words, domain::is_about_the_person);
    return joined(words, " ");
}

}  // namespace

Result<domain::LoggedIn> give_for_client_credentials(const TokenRequest& wanted, const Asking& who,
                                                     const GrantServices& services) {
    // §4.4: it has to prove who it is.
    if (who.registered->authentication_method() == "none") return errors::unauthorized_client;
    const std::string all = scopes_of_its_own(*who.registered);
    const std::string scope = wanted.scope.value_or(all);
    // Refused rather than narrowed: a program that lacks a scope fails at its start and not at some request.
    if (domain::any_word(scope, [&](std::string_view word) { return !store::has_word(all, word); }))
        return Error(errors::invalid_scope, "This client was not given all of these scopes");
    auto access = services.tokens.issue_for_client(who.registered->id, scope);
    if (!access) return std::move(access).error();
    domain::LoggedIn given{*std::move(access), Secret(), std::chrono::seconds(0),
                           Secret()};  // no refresh token: §4.4.3
    given.client.emplace();
    given.client->client_id = who.registered->id;
    given.client->scope = scope;
    return given;
}

}  // namespace keyhold::oauth
