// SPDX-License-Identifier: Apache-2.0
// What a log-in and a refresh answer: tokens in the body, or in cookies that no script can read.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "api/cookies.hpp"
#include "domain/passwords/log_in.hpp"
#include "http/route.hpp"

namespace keyhold::api {

enum class Carrier : std::uint8_t { body, cookie };

struct AccessToken {
    static constexpr std::string_view schema_name = "AccessToken";
    std::optional<std::string> access_token;  // absent in cookie mode, as is refresh_token
    std::string token_type;
    std::int64_t expires_in;  // seconds (RFC 6749 §5.1)
    std::optional<std::string> refresh_token;
    std::int64_t refresh_expires_in;  // seconds, unless it is refreshed before
    std::optional<std::string>
        device_token;                  // for the next log-in (domain/passwords/throttle.hpp); absent in cookie mode
    std::optional<std::string> scope;  // what is granted, where anything is or was asked for (RFC 6749 §5.1)
};
KEYHOLD_FIELDS(AccessToken, (access_token, about("Goes into `Authorization: Bearer`; a signed JWT")),
               (token_type, about("`bearer`, or `cookie` where the tokens are in cookies")),
               (expires_in, about("Seconds that it is good")), (refresh_token, about("Gets the next tokens, once")),
               (refresh_expires_in, about("Seconds that the session lives if it is not refreshed")),
               (device_token,
                about("Of an earlier log-in: who brings it is known, and others' wrong guesses do not keep it out")),
               (scope, about("What the token may be used for: words with spaces between them (RFC 6749)")))

struct SignedIn {
    AccessToken tokens;
    Carrier carrier;
};

inline SignedIn signed_in(domain::LoggedIn&& logged_in, Carrier carrier) {
    std::optional<std::string> device_token;
    if (!logged_in.device_token.empty()) device_token = logged_in.device_token.reveal();
    return {{std::move(logged_in.access.access_token), "bearer", logged_in.access.expires_in.count(),
             std::string(logged_in.refresh_token.reveal()), logged_in.left.count(), std::move(device_token),
             std::move(logged_in.access.scope)},
            carrier};
}

// What a log-out answers: a sentence, and cookies that are over.
struct SignedOut {
    static constexpr std::string_view schema_name = "SignedOut";
    std::string msg;
    std::int64_t ended;  // sessions
};
KEYHOLD_FIELDS(SignedOut, (msg, about("What was done, for people")), (ended, about("How many sessions ended")))

// After which cookies that were there are over, whoever's token it was.
template <class T>
struct SessionsOver {
    T answer;
};

}  // namespace keyhold::api

namespace keyhold::http {

template <>
struct Respond<api::SignedIn> {
    static void write(Response& response, const api::SignedIn& result) {
        api::AccessToken shown = result.tokens;
        if (result.carrier == api::Carrier::cookie) {
            for (const std::string& cookie :
                 set_session({.access_token = *shown.access_token,
                 .access_age = std::chrono::seconds(shown.expires_in),
                 .refresh_token = *shown.refresh_token,
                 .refresh_age = std::chrono::seconds(shown.refresh_expires_in),
                 .device_token = shown.device_token ? std::string_view(*shown.device_token) : ""}))
                response.add_field("Set-Cookie", cookie);
            // No script sees them: that is what cookie mode is for.
            shown.access_token.reset();
            shown.refresh_token.reset();
            shown.device_token.reset();
            shown.token_type = "cookie";
        }
        Respond<api::AccessToken>::write(response, shown);
    }
    static void describe(Operation& operation) { Respond<api::AccessToken>::describe(operation); }
};

template <class T>
struct Respond<api::SessionsOver<T>> {
    static void write(Response& response, const api::SessionsOver<T>& result) {
        for (const std::string& cookie : end_session_cookies()) response.add_field("Set-Cookie", cookie);
        Respond<T>::write(response, result.answer);
    }
    static void describe(Operation& operation) { Respond<T>::describe(operation); }
};

}  // namespace keyhold::http
