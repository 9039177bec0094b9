// SPDX-License-Identifier: Apache-2.0
// The client "wiki", its codes, and the sessions that it is given in bob's session s1.
#pragma once

#include "fixture.hpp"

namespace keyhold::store {

using std::chrono::seconds;

inline RegisteredClient client(const std::string& id) {
    return {.id = id,
            .name = "Wiki",
            .secret_digest = "digest",
            .redirect_uris = "https://a.tv/cb https://b.tv/cb",
            .post_logout_redirect_uris = "https://a.tv/",
            .grants = "authorization_code",
            .scopes = "openid",
            .backchannel_logout_uri = "https://a.tv/logout",
            .id_token_algorithm = "ES256",
            .first_party = true,
            .needs_pkce = false,
            .registration_digest = "other digest",
            .created_at = now};
}

inline AuthorizationCode code(const std::string& digest) {
    return {.digest = digest,
            .client_id = "wiki",
            .account_id = "id-of-bob",
            .parent_id = "s1",
            .redirect_uri = "https://a.tv/cb",
            .scope = "openid",
            .nonce = "n",
            .code_challenge = "c",
            .authenticated_at = now - seconds(5),
            .expires_at = now + seconds(60),
            .used_at = {},
            .session_id = {}};
}

// A session of the client's, that began in s1.
inline Session child(const std::string& id, const std::string& scope = "openid") {
    Session made = session(id);
    made.client_id = "wiki";
    made.parent_id = "s1";
    made.scope = scope;
    made.authenticated_at = now - seconds(5);
    return made;
}

inline Result<> redeem(const Stores& stores, const std::string& digest, const std::string& session_id,
                       const std::string& scope = "openid", Time time = now) {
    const CodeUse use{digest, "wiki", time};
    return stores.sessions->create(child(session_id, scope), 0, {.code = &use});
}

}  // namespace keyhold::store
