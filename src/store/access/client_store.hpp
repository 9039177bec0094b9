// SPDX-License-Identifier: Apache-2.0
// What the domain asks of a database about OAuth clients that were registered here (RFC 6749 §2). Every function may
// throw Unavailable and may be called from any thread. What returned is on disk.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "store/database/row.hpp"

namespace keyhold::store {

class Database;

struct RegisteredClient {
    std::string id;                         // `client_id`
    std::string name;                       // what people are shown
    std::string secret_digest;              // empty: a public client, which has no secret (RFC 6749 §2.1)
    std::string redirect_uris;              // separated by spaces, as the four that follow
    std::string post_logout_redirect_uris;  // OpenID Connect RP-Initiated Logout §2.1
    std::string grants;                     // the grant types that it may use
    std::string scopes;                     // that it may ask for
    std::string backchannel_logout_uri;     // one, or empty (OpenID Connect Back-Channel Logout §2.2)
    std::string id_token_algorithm;         // "RS256"
    bool first_party = false;               // it is the operator's own: nobody is asked for consent
    bool needs_pkce = true;                 // no code without a challenge (RFC 7636)
    std::string registration_digest;        // of the token that changes it (RFC 7592); empty: nobody has one
    Time created_at{};
    // How it proves who it is (RFC 7591 §2): "private_key_jwt", "client_secret_post"; empty: by its secret, if it has
    // one.
    std::string auth_method = {};
    std::string jwks = {};                // its public keys, as JSON (RFC 7517 §5); or
    std::string jwks_uri = {};            // where it publishes them
    std::string userinfo_algorithm = {};  // by which /oauth/userinfo is signed for it; empty: it is JSON
    std::string policy_uri = {};          // its privacy policy; empty: none
    std::string tos_uri = {};             // its terms of service
    std::string logo_uri = {};            // an image that stands for it
    // OpenID Connect Core §6: where its request objects are, separated by spaces, and by which algorithm they are
    // signed ("none": they are not); empty: any of its keys, or none.
    std::string request_uris = {}, request_object_algorithm = {};

    // RFC 7523: by an assertion that it signs.
    bool proves_itself_by_key() const { return auth_method == "private_key_jwt"; }
    // In the words of RFC 7591 §2.
    std::string_view authentication_method() const {
        if (!auth_method.empty()) return auth_method;
        return secret_digest.empty() ? "none" : "client_secret_basic";
    }
    // A client that registered itself: no operator has checked what it says of itself.
    bool registered_itself() const { return !registration_digest.empty(); }

    bool operator==(const RegisteredClient&) const = default;
};
KEYHOLD_ROW(RegisteredClient, (id), (name), (secret_digest), (redirect_uris), (post_logout_redirect_uris), (grants),
            (scopes), (backchannel_logout_uri), (id_token_algorithm), (first_party), (needs_pkce),
            (registration_digest), (created_at), (auth_method), (jwks), (jwks_uri), (userinfo_algorithm), (policy_uri),
            (tos_uri), (logo_uri), (request_uris), (request_object_algorithm))

class ClientStore {
public:
    explicit ClientStore(std::shared_ptr<Database> database) : database_(std::move(database)) {}

    // Refused: client_taken, if there is one of that id.
    Result<> add(const RegisteredClient& client);
    std::optional<RegisteredClient> find(std::string_view id);
    // By their id, from behind `after` on; at most 1000.
    std::vector<RegisteredClient> list(std::string_view after, int limit);
    // All but id, created_at and the digests: a secret that is replaced meanwhile stays replaced. False if there is no
    // such client.
    bool replace(const RegisteredClient& client);
    // Another secret; the old one is over. False if there is no such client.
    bool replace_secret(std::string_view id, std::string_view digest);
    // Both in one transaction, so that nobody sees a client with the secret of another kind.
    bool replace_with_secret(const RegisteredClient& client);
    // Its sessions end with this reason, so many in a transaction that nobody waits long; whoever is interrupted asks
    // again. False if there is no such client; what one of that id has left behind ends all the same.
    bool remove(std::string_view id, std::string_view reason, Time now);

private:
    std::shared_ptr<Database> database_;
};

}  // namespace keyhold::store
