// SPDX-License-Identifier: Apache-2.0
#include "domain/clients/authorizations.hpp"

#include <algorithm>

#include "base/base64url.hpp"
#include "base/percent_encoding.hpp"
#include "crypto/digest.hpp"
#include "crypto/equal.hpp"
#include "domain/clients/client_errors.hpp"
#include "domain/words.hpp"
#include "store/stores.hpp"

namespace keyhold::domain {

namespace {

constexpr std::size_t challenge_size = 43;  // 32 bytes in base64url
// RFC 7636 §4.1.
constexpr std::size_t shortest_verifier = 43, longest_verifier = 128, longest_code = 128;

// RFC 7636 §4.6. A verifier without a challenge means that somebody took the challenge out of the request (RFC 9700
// §4.8.2).
bool fits(std::string_view challenge, std::string_view verifier) {
    if (challenge.empty() || verifier.empty()) return challenge.empty() && verifier.empty();
    return is_code_verifier(verifier) && crypto::equal(base64url::encode(crypto::sha256(verifier)), challenge);
}

std::vector<std::string> all_words(std::string_view list) {
    const auto words = words_in(list);
    return {words.begin(), words.end()};
}

}  // namespace

bool is_code_verifier(std::string_view text) {
    return text.size() >= shortest_verifier && text.size() <= longest_verifier &&
           std::ranges::all_of(text, is_unreserved);
}

bool is_code_challenge(std::string_view text) {
    return text.size() == challenge_size && base64url::decode(text).has_value();
}

Secret Authorizations::random_text() {
    std::string bytes(32, '\0');
    random_.fill({reinterpret_cast<unsigned char*>(bytes.data()), bytes.size()});
    return Secret(base64url::encode(bytes));
}

Result<std::string> Authorizations::push(const RegisteredClient& client, std::string parameters,
                                         std::string_view address) {
    const Time now = clock_.now();
    if (!is_of_operator(client))
        // Each request is a row, which anybody who knows the id of a public client could write.
        if (auto spent = strangers_.spend(address, now, errors::too_many_requests, "requests"); !spent)
            return std::move(spent).error();
    std::string uri = std::string(pushed_prefix).append(random_text().reveal());
    // The URI is as good as a secret, so its digest is stored, as those of codes are.
    stores_.authorizations->push({.digest = digest_of_secret(Secret(std::string_view(uri))),
                                  .client_id = client.id,
                                  .parameters = std::move(parameters),
                                  .expires_at = now + pushed_lifetime});
    return uri;
}

std::optional<std::string> Authorizations::find_pushed(std::string_view client_id, std::string_view request_uri) const {
    auto found = stores_.authorizations->find_pushed(digest_of_secret(Secret(request_uri)), clock_.now());
    // RFC 9126 §2.2: the request_uri is bound to the client that pushed it.
    if (!found || found->client_id != client_id) return std::nullopt;
    return std::move(found->parameters);
}

bool Authorizations::take_pushed(std::string_view request_uri) {
    return stores_.authorizations->take_pushed(digest_of_secret(Secret(request_uri)));
}

Secret Authorizations::give(const Authorization& authorization) {
    Secret code = random_text();
    stores_.authorizations->add({.digest = digest_of_secret(code),
                                 .client_id = authorization.client_id,
                                 .account_id = authorization.account_id,
                                 .parent_id = authorization.session_id,
                                 .redirect_uri = authorization.redirect_uri,
                                 .scope = authorization.scope,
                                 .nonce = authorization.nonce,
                                 .code_challenge = authorization.code_challenge,
                                 .authenticated_at = authorization.authenticated_at,
                                 .expires_at = clock_.now() + code_lifetime,
                                 .used_at = {},
                                 .session_id = {},
                                 .id_token_claims = authorization.id_token_claims});
    return code;
}

Error Authorizations::refuse_used(const store::AuthorizationCode& code) {
    if (!code.session_id.empty()) (void)sessions_.end(code.session_id, code_reused);  // it may have ended already
    return errors::code_invalid;
}

Result<LoggedIn> Authorizations::redeem(const CodeShown& shown) {
    if (shown.code.size() > longest_code) return errors::code_invalid;
    const std::string digest = digest_of_secret(Secret(shown.code));
    const auto code = stores_.authorizations->find(digest);
    // Another client's is none of its business: it is not used up.
    if (!code || code->client_id != shown.client.id) return errors::code_invalid;
    if (code->used_at) return refuse_used(*code);
    // A code that comes with a wrong proof was stolen or injected (RFC 9700 §4.5), so it is used up and cannot be tried
    // again.
    if (code->redirect_uri != shown.redirect_uri || !fits(code->code_challenge, shown.verifier)) {
        // Marks the code as used, so that the right proof comes too late as well.
        stores_.authorizations->spoil({code->digest, code->client_id, clock_.now()});
        return errors::code_invalid;
    }
    auto given = begin_session({.client = shown.client,
                                .from = shown.from,
                                .account_id = code->account_id,
                                .parent_id = code->parent_id,
                                .scope = code->scope,
                                .authenticated_at = code->authenticated_at,
                                .nonce = code->nonce,
                                .id_token_claims = code->id_token_claims,
                                .code = {code->digest, code->client_id, clock_.now()}});
    // Only code_invalid may mean that the code was used meanwhile; a hook's refusal is no sign of theft.
    if (given || given.error().errc() != errors::code_invalid) return given;
    // Somebody may have used it in this very moment.
    if (const auto now = stores_.authorizations->find(digest); now && now->used_at) return refuse_used(*now);
    return given;
}

Result<LoggedIn> Authorizations::begin_session(const ClientSession& wanted) {
    const auto account = stores_.accounts->find_by_id(wanted.account_id);
    if (!account) return errors::code_invalid;
    auto session = sessions_.start(*account, wanted.from,
                                   ForClient{.client_id = wanted.client.id,
                                             .parent_id = wanted.parent_id,
                                             .scope = wanted.scope,
                                             .authenticated_at = wanted.authenticated_at,
                                             .code = wanted.code});
    if (!session) return errors::code_invalid;
    const auto subject = subject_of(*account);
    auto access = tokens_.issue(
        {subject, session->id, session->ends_at, session->status_index, all_words(wanted.scope), wanted.client.id});
    if (!access) return std::move(access).error();
    // A client that may not refresh gets no refresh token; its session lives until it is idle too long.
    const bool refreshes = store::has_word(wanted.client.grants, "refresh_token");
    const std::string scope = access->scope.value_or("");
    LoggedIn given{std::move(access).value(), refreshes ? std::move(session->refresh_token) : Secret(), session->left,
                   Secret()};
    given.client = GivenToClient{subject,
                                 wanted.client.id,
                                 session->id,
                                 scope,
                                 wanted.authenticated_at,
                                 std::string(wanted.nonce),
                                 std::string(wanted.id_token_claims)};
    return given;
}

bool Authorizations::has_consent(std::string_view account_id, std::string_view client_id,
                                 std::string_view scope) const {
    const auto consent = stores_.authorizations->find_consent(account_id, client_id);
    return consent && !any_word(scope, [&](std::string_view word) { return !store::has_word(consent->scope, word); });
}

void Authorizations::remember_consent(std::string_view account_id, std::string_view client_id, std::string_view scope) {
    // Read and written apart: of two consents at once one may be lost, and the person is asked once more.
    const auto before = stores_.authorizations->find_consent(account_id, client_id);
    std::string all = before ? before->scope : std::string();
    for (const std::string_view word : words_in(scope))
        if (!store::has_word(all, word)) all.append(all.empty() ? "" : " ").append(word);
    stores_.authorizations->remember({std::string(account_id), std::string(client_id), std::move(all), clock_.now()});
}

}  // namespace keyhold::domain
