// SPDX-License-Identifier: Apache-2.0
// Bearers whose token does not have the scopes that a route asks for (RFC 6750 §3.1).
#pragma once

#include <string>
#include <string_view>

#include "keyhold/base/result.hpp"

namespace keyhold::errors {

// clang-format off
inline constexpr ErrorRow insufficient_scope{403, Exit::not_allowed, "insufficient_scope", "Forbidden", "The token does not have the scope that this needs", "insufficient_scope"};
// clang-format on

}  // namespace keyhold::errors

namespace keyhold::http {

// The sentence says which scopes, as `scope` of WWW-Authenticate does.
inline constexpr std::string_view needs_the_scope = "This needs the scope ";

// `scopes` with spaces between them.
// The scopes travel within the sentence, because an Error has no field for them and only this header reads them back.
inline Error needs_scope(std::string_view scopes) {
    return {errors::insufficient_scope, std::string(needs_the_scope).append(scopes)};
}
// Those of such a refusal; empty for any other.
// A view into the error's sentence.
inline std::string_view needed_scope(const Error& error) {
    const bool says = error.errc() == errors::insufficient_scope && error.detail().starts_with(needs_the_scope);
    return says ? error.detail().substr(needs_the_scope.size()) : std::string_view();
}

}  // namespace keyhold::http
