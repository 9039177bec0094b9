// SPDX-License-Identifier: Apache-2.0
// Refused keys and tokens. Nobody outside is told what is wrong with a token: the sentence is the same for all.
#pragma once

#include "base/errors.hpp"

namespace keyhold::errors {

namespace detail {
inline constexpr std::string_view no_token = "Could not validate credentials";
}

// clang-format off
// 500 for a bad key, as it is the operator's and no client sent it.
inline constexpr ErrorRow key_malformed{500, Exit::failed, "key_malformed", "Internal Server Error", "The key could not be read"};
inline constexpr ErrorRow key_weak{500, Exit::not_allowed, "key_weak", "Internal Server Error", "The key is too weak"};
inline constexpr ErrorRow not_authenticated{401, Exit::not_allowed, "not_authenticated", "Unauthorized", "Not authenticated"};
inline constexpr ErrorRow token_malformed{401, Exit::not_allowed, "token_malformed", "Unauthorized", detail::no_token, "invalid_token"};
inline constexpr ErrorRow token_signature{401, Exit::not_allowed, "token_signature", "Unauthorized", detail::no_token, "invalid_token"};
inline constexpr ErrorRow token_key_unknown{401, Exit::not_allowed, "token_key_unknown", "Unauthorized", detail::no_token, "invalid_token"};
inline constexpr ErrorRow token_expired{401, Exit::not_allowed, "token_expired", "Unauthorized", detail::no_token, "invalid_token"};
inline constexpr ErrorRow token_not_yet_valid{401, Exit::not_allowed, "token_not_yet_valid", "Unauthorized", detail::no_token, "invalid_token"};
inline constexpr ErrorRow token_claims{401, Exit::not_allowed, "token_claims", "Unauthorized", detail::no_token, "invalid_token"};
inline constexpr ErrorRow token_not_live{401, Exit::not_allowed, "token_not_live", "Unauthorized", detail::no_token, "invalid_token"};
// clang-format on

}  // namespace keyhold::errors
