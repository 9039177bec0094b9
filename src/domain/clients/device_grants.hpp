// SPDX-License-Identifier: Apache-2.0
// Devices without a browser or a keyboard: they show a code, which a person types elsewhere (RFC 8628).
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "domain/clients/authorizations.hpp"

namespace keyhold::domain {

// As long as somebody needs to fetch a telephone, and no longer: the user code has 35 bits and can be guessed.
inline constexpr std::chrono::seconds device_code_lifetime{600};
// RFC 8628 §3.5: five seconds where the server names no other interval.
inline constexpr std::chrono::seconds device_interval{5};

// Any thread.
// All references must outlive it.
class DeviceGrants {
public:
    DeviceGrants(store::AuthorizationStore& store, Authorizations& authorizations, Sessions& sessions,
                 const Clock& clock, Random& random)
        : store_(store), authorizations_(authorizations), sessions_(sessions), clock_(clock), random_(random) {}

    // Two codes: one for the device alone, one that it shows ("WDJB-MJHT").
    struct Started {
        Secret device_code;
        std::string user_code;
    };
    // Refused: too_many_requests, to clients of strangers (is_of_operator()) from one address.
    Result<Started> start(const RegisteredClient& client, std::string_view scope, std::string_view address);

    // Whose the code is that a person typed, while it waits. Case, '-' and white space do not matter.
    std::optional<store::DeviceCode> find(std::string_view user_code) const;

    // What a person said to it. False if it is over, something was said already, or the session has ended. Whatever
    // ends that session, or all others of the account, denies it again, until it was redeemed.
    struct Person {
        std::string_view account_id;
        Time authenticated_at;
        std::string_view session_id;
    };
    bool decide(std::string_view user_code, store::DeviceState said, const Person& person);

    // The device asks (§3.4). Refused: authorization_pending; slow_down, if it came too early; access_denied;
    // device_code_expired; code_invalid for a code that is unknown, another client's or used, which ends the session
    // that was begun with it; refused_by_hook.
    Result<LoggedIn> redeem(std::string_view device_code, const RegisteredClient& client, const Client& from);

private:
    // Notes that the device has asked, and how long it has to wait from now on.
    Error refuse_waiting(const store::DeviceCode& code);
    Error refuse_used(const store::DeviceCode& code);
    store::AuthorizationStore& store_;
    Authorizations& authorizations_;
    Sessions& sessions_;
    const Clock& clock_;
    Random& random_;
    AddressAllowance strangers_{strangers_at_once, strangers_per_minute};
};

}  // namespace keyhold::domain
