// SPDX-License-Identifier: Apache-2.0
// ID tokens: what an application is told of the person who signed in to it (OpenID Connect Core §2).
//
// They are signed by keys of their own, which sign nothing else: whoever mistakes one for an access token, or the other
// way round, finds no key for it here. Such a key is made when the first token is.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "domain/clients/registered_clients.hpp"
#include "domain/keys/key_ring.hpp"
#include "domain/keys/signing_keys.hpp"

namespace keyhold::domain {

// The keys of one algorithm.
// `rules.algorithm` is not null. Each algorithm is a purpose of its own in the store ("id_token.RS256"), so that its
// keys come and go for themselves.
struct IdTokenRing {
    IdTokenRing(std::shared_ptr<store::Database> database, KeySealer sealer, const Clock& clock, Random& random,
                KeyRules rules);
    const std::string_view algorithm;
    store::KeyStore store;
    KeyRing ring;
};

// Whom an ID token is about and for whom it is.
// The texts have to outlive the call of issue().
struct IdTokenSubject {
    std::string_view account_id;
    std::string_view client_id;
    std::string_view session_id;
    Time authenticated_at;
    std::string_view nonce;         // as the client sent it; empty: none
    std::string_view access_token;  // that is given with it; empty: none
    std::string_view algorithm;     // of the client
    // What the client asked for of the person (OpenID Connect Core §5.5): members of a JSON object, already written.
    std::string_view about_the_person = {};
};

// "1": one factor, as ISO/IEC 29115 counts (OpenID Connect Core §2, acr). A password is all that anybody proves today.
inline constexpr std::string_view one_factor = "1";

// What an ID token that a client sends back says (OpenID Connect Core §3.1.2.1, id_token_hint).
struct IdTokenHint {
    std::string account_id;
    std::string client_id;
    std::string session_id;  // empty: none
};

// Any thread.
class IdTokens {
public:
    // All must outlive it. Without rings, as where a SECRET_KEY signs, no ID token is issued.
    IdTokens(SigningKeys& keys, std::vector<IdTokenRing*> rings, const Clock& clock, std::string issuer,
             std::chrono::seconds lifetime)
        : keys_(keys), rings_(std::move(rings)), clock_(clock), issuer_(std::move(issuer)), lifetime_(lifetime) {}

    // Whether there are any: keys of our own, and an issuer.
    bool can_issue() const { return !rings_.empty() && !issuer_.empty(); }
    const std::string& issuer() const { return issuer_; }

    // Claims: iss, sub, aud, exp, iat, auth_time, nonce, sid, at_hash, acr, amr. Makes the key where there is none,
    // which takes a moment and waits for the disk. Throws std::logic_error if none can be issued.
    std::string issue(const IdTokenSubject& subject);

    // Of this issuer, under one of our keys, expired or not. Empty for anything else.
    std::optional<IdTokenHint> read_hint(std::string_view token);

    // What /oauth/userinfo says, for a client that wants it signed (OpenID Connect Core §5.3.2): `members` are those
    // of a JSON object, already written, behind `iss` and `aud`.
    std::string sign_user_info(std::string_view members, std::string_view client_id, std::string_view algorithm);

    // For an application behind a proxy (oauth/authorization/forward_auth.cpp): ES256, as one is made for each request.
    // `claims` is a JSON object, already written.
    std::string sign_for_proxy(std::string_view claims) { return sign(claims, "ES256", "proxy+jwt"); }

    // For guards elsewhere (domain/sessions/revocations.hpp). `claims` is a JSON object, already written.
    std::string sign_for_guards(std::string_view claims) { return sign(claims, "ES256", "revocations+jwt"); }
    // For verifiers elsewhere (domain/sessions/status_lists.hpp), likewise.
    std::string sign_status_list(std::string_view claims) { return sign(claims, "ES256", "statuslist+jwt"); }
    // Makes that key where there is none: it is a change that they hear of, too.
    void prepare_for_guards() { (void)key_of("ES256"); }

    // Makes the keys of this client's tokens where there are none yet, and nothing where none can be issued: whoever
    // reads our keys once, before anybody signs in, has found them. RSA takes up to a second.
    void prepare_for(const RegisteredClient& client);
    // The same for clients that register themselves, before the first of them does.
    void prepare_for_strangers();

    // {"typ":"logout+jwt"} of Back-Channel Logout §2.4.
    std::string issue_logout(std::string_view account_id, std::string_view client_id, std::string_view session_id,
                             std::string_view algorithm, std::string_view jti);

private:
    // Good until this thread asks for keys again. Throws std::logic_error for an algorithm without a ring,
    // std::runtime_error if the key cannot be opened.
    const jose::Key& key_of(std::string_view algorithm);
    std::string sign(std::string_view claims, std::string_view algorithm, std::string_view typ);
    SigningKeys& keys_;
    const std::vector<IdTokenRing*> rings_;
    const Clock& clock_;
    const std::string issuer_;
    const std::chrono::seconds lifetime_;
};

}  // namespace keyhold::domain
