// SPDX-License-Identifier: Apache-2.0
// The one table of everything that can be refused: what it is called on the wire (RFC 9457),
// which HTTP status and which exit code it has, and what it says.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace keyhold {

enum class Errc : std::uint8_t {
    // the request
    bad_request,
    not_found,
    method_not_allowed,
    request_timeout,
    body_too_large,
    target_too_long,
    unsupported_media_type,
    expectation_failed,
    misdirected,
    validation_failed,
    credentials_in_query,
    head_too_large,
    internal,
    not_implemented,
    version_not_supported,
    unsupported_grant_type,
    // the server
    overloaded,
    store_unavailable,
    too_many_connections,
    too_many_of_address,
    // accounts
    username_taken,
    invalid_credentials,
    account_not_found,
    wrong_password,
    too_many_attempts,
    // sessions
    session_not_found,
    refresh_token_invalid,
    cross_site,
    invalid_client,
    // tokens
    not_authenticated,
    token_malformed,
    token_signature,
    token_key_unknown,
    token_expired,
    token_not_yet_valid,
    token_claims,
    token_not_live,
    // keys, files, settings
    key_malformed,
    key_weak,
    key_not_found,
    key_conflict,
    malformed,
    configuration,
    database_in_use,
    // registration
    registration_refused,
    too_many_registrations,
    // a program's own
    refused_by_hook,
    busy,
    own,  // Refusal
    count_,
};

// How a command ends: the exit code of the process.
enum class Exit : std::uint8_t {
    done = 0,
    failed = 1,
    usage = 2,
    not_found = 3,
    not_allowed = 4,
    conflict = 5,
    unreachable = 6,
    configuration = 7,
    problems_found = 8
};

struct ErrorRow {
    Errc errc;
    int status;  // RFC 9110 §15
    Exit exit;
    std::string_view code;        // stable: clients may compare it
    std::string_view title;       // the same for every occurrence (RFC 9457 §3.1.3)
    std::string_view detail;      // what FastAPI's clients read
    std::string_view oauth = {};  // "error" of RFC 6749 §5.2 or RFC 6750 §3.1 where there is one
};

namespace detail {
inline constexpr std::string_view no_token = "Could not validate credentials";
}

// clang-format off
inline constexpr std::array error_table{
    ErrorRow{Errc::bad_request,            400, Exit::failed,        "bad_request",            "Bad Request",            "The request is not valid HTTP"},
    ErrorRow{Errc::not_found,              404, Exit::not_found,     "not_found",              "Not Found",              "Not Found"},
    ErrorRow{Errc::method_not_allowed,     405, Exit::failed,        "method_not_allowed",     "Method Not Allowed",     "Method Not Allowed"},
    ErrorRow{Errc::request_timeout,        408, Exit::failed,        "request_timeout",        "Request Timeout",        "The request took too long to arrive"},
    ErrorRow{Errc::body_too_large,         413, Exit::failed,        "body_too_large",         "Content Too Large",      "The body is larger than 64 KiB"},
    ErrorRow{Errc::target_too_long,        414, Exit::failed,        "target_too_long",        "URI Too Long",           "The request target is longer than 8 KiB"},
    ErrorRow{Errc::unsupported_media_type, 415, Exit::failed,        "unsupported_media_type", "Unsupported Media Type", "This media type is not understood here"},
    ErrorRow{Errc::expectation_failed,     417, Exit::failed,        "expectation_failed",     "Expectation Failed",     "Only 'Expect: 100-continue' is understood"},
    ErrorRow{Errc::misdirected,            421, Exit::failed,        "misdirected_request",    "Misdirected Request",    "This name is not answered for here; ask for localhost or an address"},
    ErrorRow{Errc::validation_failed,      422, Exit::usage,         "validation_failed",      "Unprocessable Content",  "The request is not valid", "invalid_request"},
    ErrorRow{Errc::credentials_in_query,   422, Exit::usage,         "credentials_in_query",   "Unprocessable Content",  "Credentials do not belong in a URL", "invalid_request"},
    ErrorRow{Errc::head_too_large,         431, Exit::failed,        "head_too_large",         "Request Header Fields Too Large", "The request's head is larger than 16 KiB"},
    ErrorRow{Errc::internal,               500, Exit::failed,        "internal_error",         "Internal Server Error",  "Something broke on our side"},
    ErrorRow{Errc::not_implemented,        501, Exit::failed,        "not_implemented",        "Not Implemented",        "This transfer coding is not understood"},
    ErrorRow{Errc::version_not_supported,  505, Exit::failed,        "version_not_supported",  "HTTP Version Not Supported", "Only HTTP/1.0 and HTTP/1.1 are understood"},
    ErrorRow{Errc::unsupported_grant_type, 400, Exit::failed,        "unsupported_grant_type", "Bad Request",            "The only grant_type understood here is 'password'", "unsupported_grant_type"},
    ErrorRow{Errc::overloaded,             503, Exit::unreachable,   "overloaded",             "Service Unavailable",    "Too many log-ins are waiting; try again shortly", "temporarily_unavailable"},
    ErrorRow{Errc::store_unavailable,      503, Exit::unreachable,   "store_unavailable",      "Service Unavailable",    "The database does not answer; try again shortly", "temporarily_unavailable"},
    ErrorRow{Errc::too_many_connections,   503, Exit::unreachable,   "too_many_connections",   "Service Unavailable",    "The server has as many connections as it can serve; try again shortly", "temporarily_unavailable"},
    ErrorRow{Errc::too_many_of_address,    429, Exit::unreachable,   "too_many_connections_of_address", "Too Many Requests", "There are too many connections from this address; close some, or use them for more than one request", "temporarily_unavailable"},
    ErrorRow{Errc::username_taken,         400, Exit::conflict,      "username_taken",         "Bad Request",            "Username already exists"},
    ErrorRow{Errc::invalid_credentials,    401, Exit::not_allowed,   "invalid_credentials",    "Unauthorized",           "Invalid credentials", "invalid_grant"},
    ErrorRow{Errc::account_not_found,      404, Exit::not_found,     "account_not_found",      "Not Found",              "There is no such account"},
    ErrorRow{Errc::wrong_password,         403, Exit::not_allowed,   "wrong_password",         "Forbidden",              "The current password is not right"},
    ErrorRow{Errc::too_many_attempts,      429, Exit::not_allowed,   "too_many_attempts",      "Too Many Requests",      "Too many failed log-ins; try again later", "temporarily_unavailable"},
    ErrorRow{Errc::session_not_found,      404, Exit::not_found,     "session_not_found",      "Not Found",              "There is no such session"},
    ErrorRow{Errc::refresh_token_invalid,  401, Exit::not_allowed,   "refresh_token_invalid",  "Unauthorized",           "The refresh token is wrong, used, expired or revoked", "invalid_grant"},
    ErrorRow{Errc::cross_site,             403, Exit::not_allowed,   "cross_site_request",     "Forbidden",              "A page of another site cannot do this with your cookie"},
    ErrorRow{Errc::invalid_client,         401, Exit::not_allowed,   "invalid_client",         "Unauthorized",           "This client is not known, or its secret is wrong", "invalid_client"},
    ErrorRow{Errc::not_authenticated,      401, Exit::not_allowed,   "not_authenticated",      "Unauthorized",           "Not authenticated"},
    ErrorRow{Errc::token_malformed,        401, Exit::not_allowed,   "token_malformed",        "Unauthorized",           detail::no_token, "invalid_token"},
    ErrorRow{Errc::token_signature,        401, Exit::not_allowed,   "token_signature",        "Unauthorized",           detail::no_token, "invalid_token"},
    ErrorRow{Errc::token_key_unknown,      401, Exit::not_allowed,   "token_key_unknown",      "Unauthorized",           detail::no_token, "invalid_token"},
    ErrorRow{Errc::token_expired,          401, Exit::not_allowed,   "token_expired",          "Unauthorized",           detail::no_token, "invalid_token"},
    ErrorRow{Errc::token_not_yet_valid,    401, Exit::not_allowed,   "token_not_yet_valid",    "Unauthorized",           detail::no_token, "invalid_token"},
    ErrorRow{Errc::token_claims,           401, Exit::not_allowed,   "token_claims",           "Unauthorized",           detail::no_token, "invalid_token"},
    ErrorRow{Errc::token_not_live,         401, Exit::not_allowed,   "token_not_live",         "Unauthorized",           detail::no_token, "invalid_token"},
    ErrorRow{Errc::key_malformed,          500, Exit::failed,        "key_malformed",          "Internal Server Error",  "The key could not be read"},
    ErrorRow{Errc::key_weak,               500, Exit::not_allowed,   "key_weak",               "Internal Server Error",  "The key is too weak"},
    ErrorRow{Errc::key_not_found,          404, Exit::not_found,     "key_not_found",          "Not Found",              "There is no such key"},
    ErrorRow{Errc::key_conflict,           409, Exit::conflict,      "key_conflict",           "Conflict",               "Another key is in the way"},
    ErrorRow{Errc::malformed,              400, Exit::failed,        "malformed",              "Bad Request",            "The input could not be read"},
    ErrorRow{Errc::configuration,          500, Exit::configuration, "configuration",          "Internal Server Error",  "The configuration is not valid"},
    ErrorRow{Errc::database_in_use,        409, Exit::conflict,      "database_in_use",        "Conflict",               "The database is in use"},
    ErrorRow{Errc::registration_refused,   403, Exit::not_allowed,   "registration_refused",   "Forbidden",              "Nobody can register here"},
    ErrorRow{Errc::too_many_registrations, 429, Exit::not_allowed,   "too_many_registrations", "Too Many Requests",      "Too many registrations from this address; try again later", "temporarily_unavailable"},
    ErrorRow{Errc::refused_by_hook,        403, Exit::not_allowed,   "refused",                "Forbidden",              "This was not allowed"},
    ErrorRow{Errc::busy,                   503, Exit::unreachable,   "busy",                   "Service Unavailable",    "The server is busy; try again shortly"},
    ErrorRow{Errc::own,                    400, Exit::failed,        "problem",                "Bad Request",            "The request was refused"},
};
// clang-format on

// A missing or misplaced row does not compile.
static_assert([] {
    if (error_table.size() != static_cast<std::size_t>(Errc::count_)) return false;
    for (std::size_t i = 0; i < error_table.size(); ++i)
        if (static_cast<std::size_t>(error_table[i].errc) != i) return false;
    return true;
}());

constexpr const ErrorRow& error_row(Errc errc) { return error_table[static_cast<std::size_t>(errc)]; }

}  // namespace keyhold
