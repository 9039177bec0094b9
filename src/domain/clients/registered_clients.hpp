// SPDX-License-Identifier: Apache-2.0
// OAuth clients as rows (RFC 6749 §2, RFC 7591 §2): what may be registered, and their secrets.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "store/access/client_store.hpp"

namespace keyhold::domain {

class Liveness;
template <class Row>
class FollowedRows;

using store::RegisteredClient;

// The grant types that a client can be allowed.
inline constexpr std::string_view device_grant = "urn:ietf:params:oauth:grant-type:device_code";
inline constexpr std::string_view implicit_grant = "implicit";  // OpenID Connect Core §3.2
inline constexpr std::array<std::string_view, 6> client_grants{"authorization_code", "refresh_token", "password",
                                                               "client_credentials", device_grant,    implicit_grant};
// Opens what people do to their own account: sessions, password.
inline constexpr std::string_view account_scope = "keyhold:account";

// By which an ID token can be signed. The first is the one that everybody understands (OpenID Connect Core §15.1).
inline constexpr std::array<std::string_view, 2> id_token_algorithms{"RS256", "ES256"};

enum class ClientKind : std::uint8_t {
    public_,       // in a browser or on somebody's device: it can keep no secret
    confidential,  // on a server: it has one
    with_keys,     // on a server: it signs by a key of its own instead (client_assertions.hpp)
};

// Whether the operator knows who asks: a client that was registered by him, and proves who it is. Whatever others ask
// for is counted by the address that it comes from.
inline bool is_of_operator(const RegisteredClient& client) {
    const bool proves_itself = !client.secret_digest.empty() || client.proves_itself_by_key();
    return proves_itself && !client.registered_itself();
}

// What kind of program it says that it is (OpenID Connect Dynamic Client Registration §2): a page of a server, or
// something that is installed on a device.
enum class ApplicationType : std::uint8_t { web, native };

// Who registers a client.
enum class Registers : std::uint8_t { the_operator, itself };

// What a client asks to be.
struct ClientWish {
    std::string id;  // empty: one is made
    std::string name;
    ClientKind kind = ClientKind::confidential;
    std::vector<std::string> redirect_uris;
    std::vector<std::string> post_logout_redirect_uris;
    std::string backchannel_logout_uri;
    std::vector<std::string> grants;  // empty: authorization_code and refresh_token
    std::vector<std::string> scopes;  // empty: openid profile email offline_access
    std::string id_token_algorithm;   // empty: RS256
    bool first_party = false;
    bool needs_pkce = true;
    std::string auth_method = {};         // as RFC 7591 §2 calls it; empty: by the kind
    std::string jwks = {};                // its public keys: this, or
    std::string jwks_uri = {};            // where they are
    std::string userinfo_algorithm = {};  // empty: not signed
    std::string policy_uri = {}, tos_uri = {}, logo_uri = {};
    std::vector<std::string> request_uris = {};
    std::string request_object_algorithm = {};  // empty: any
    // Decides which redirect URIs a client that registers itself may have; the operator is not held to it. Empty: it
    // did not say.
    std::optional<ApplicationType> application_type = {};
};

// A client and its new secret, which is told this once: only its digest is kept. Empty for a public client.
struct NewClient {
    RegisteredClient client;
    Secret secret;
    Secret registration_token = {};  // of one that registered itself (RFC 7592)
};

// Any thread.
// `store`, `clock` and `random` must outlive it. Functions that ask the store may throw Unavailable.
class RegisteredClients {
public:
    RegisteredClients(store::ClientStore& store, const Clock& clock, Random& random)
        : store_(store), clock_(clock), random_(random) {}

    // Refused: validation_failed, with the reason; client_taken.
    Result<NewClient> add(const ClientWish& wish, Registers who = Registers::the_operator);
    // What it is from now on; its id, secret and what it registered by stay. Refused: validation_failed;
    // client_not_found, if it was removed meanwhile.
    Result<RegisteredClient> replace(const RegisteredClient& client, const ClientWish& wish);
    // What it would be, without its secret and the time that it is made at. Refused: validation_failed.
    static Result<RegisteredClient> check(const ClientWish& wish);
    // Makes the client of that id, or brings it to this, with this secret; writes nothing where it is so already.
    // Refused: validation_failed.
    Result<> declare(const ClientWish& wish, const Secret& secret);

    // Empty for an id that no client can have, without a look into the database.
    std::optional<RegisteredClient> find(std::string_view id) const;
    // The same row without a copy of its two dozen texts; null where find() is empty.
    std::shared_ptr<const RegisteredClient> share(std::string_view id) const;
    // From now on those that were asked for lately are in memory, and a request that finds its client there does not
    // wait for the database. Before the first reader; for a process that follows changes.
    void remember(Liveness& liveness);
    std::vector<RegisteredClient> list(std::string_view after, int limit) { return store_.list(after, limit); }

    // The old secret is over at once. Refused: client_not_found; validation_failed for a public client.
    Result<Secret> rotate_secret(std::string_view id);
    // Its sessions end. Refused: client_not_found.
    Result<> remove(std::string_view id);

private:
    // `prefix` and 256 random bits in base64url.
    Secret new_secret(std::string_view prefix);
    std::shared_ptr<FollowedRows<RegisteredClient>> memory_;  // null: none
    store::ClientStore& store_;
    const Clock& clock_;
    Random& random_;
};

// What signs its ID tokens, log-out tokens and /oauth/userinfo; none for a client that no person signs in to. Views
// into the client.
std::vector<std::string_view> id_token_algorithms_of(const RegisteredClient& client);

// base64url of SHA-256, as secrets of 256 bits are kept.
std::string digest_of_secret(const Secret& secret);

}  // namespace keyhold::domain
