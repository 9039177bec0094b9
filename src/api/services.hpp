// What the handlers lean on. A handler asks for a service by naming it in its parameter list.
#pragma once

#include <boost/mp11/algorithm.hpp>
#include <chrono>
#include <functional>
#include <string>
#include <tuple>

#include "api/log_in_counters.hpp"
#include "domain/accounts.hpp"
#include "domain/client_authentication.hpp"
#include "domain/registration.hpp"
#include "domain/sessions.hpp"
#include "domain/throttle.hpp"
#include "domain/tokens.hpp"
#include "http/extract.hpp"

namespace keyhold::api {

// The finished OpenAPI document, as JSON.
struct OpenApiDocument {
    std::string json;
};

// The public keys, as a JWK Set (RFC 7517 §5). {"keys":[]} where tokens are signed with a shared secret.
struct PublicKeys {
    domain::SigningKeys& keys;
    domain::Liveness& liveness;
    const Clock& clock;
    std::chrono::seconds max_age;  // others may keep what we say of our keys so long

    // Of this thread, until it asks again. Whoever verifies tokens elsewhere needs them most when the database is in
    // trouble: then they are those that we know.
    const domain::PublishedKeys& now() const {
        liveness.follow_if_quick();
        return keys.published(clock.now());
    }
};

// What the server says of itself to whoever wants to verify its tokens.
struct Discovery {
    std::string issuer;    // empty: nobody knows
    bool has_public_keys;  // tokens are signed by keys of our own
};

// Made in main; what it refers to outlives the server. A new service is one more type here.
using Services =
    std::tuple<domain::Accounts&, domain::Registration&, domain::Throttle&, domain::Sessions&, domain::Tokens&,
               domain::ClientAuthentication&, const PublicKeys&, const Discovery&, OpenApiDocument&, LogInCounters&>;

template <class T>
concept Service = boost::mp11::mp_contains<Services, T&>::value;
template <class T>
concept ConstantService = boost::mp11::mp_contains<Services, const T&>::value;

}  // namespace keyhold::api

namespace keyhold::http {

template <api::Service T>
struct Extract<T> {
    static Result<std::reference_wrapper<T>> from(const Request&, api::Services& services) {
        return std::ref(std::get<T&>(services));
    }
    static void describe(Operation&) {}
};

template <api::ConstantService T>
struct Extract<T> {
    static Result<std::reference_wrapper<const T>> from(const Request&, api::Services& services) {
        return std::cref(std::get<const T&>(services));
    }
    static void describe(Operation&) {}
};

}  // namespace keyhold::http
