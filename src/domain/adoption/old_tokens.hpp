// SPDX-License-Identifier: Apache-2.0
// Tokens that belong to no session, under the SECRET_KEY that another application shares with us: which of them are its
// access tokens (RFC 8725 §3.11, §3.12), and when one was issued.
//
// Such an application signs more than access tokens with that key: refresh tokens, links to confirm an address or to
// choose a new password. They are told apart by what they say and by how long they live; what says anything that an
// access token is not known to say is refused.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/json.hpp"
#include "base/result.hpp"
#include "jose/jwt.hpp"

namespace keyhold::domain {

// A claim of the application's access tokens: "role" may be there, "type=access" must be and say that, as must
// "mfa_pending=false", which is also a no of JSON. "id=*" must be there and may say anything: a link by mail that says
// less than an access token is none.
struct ClaimRule {
    std::string name, value;  // empty: any, or none
};
// Refused: configuration, for what names no claim.
Result<std::vector<ClaimRule>> parse_claim_rules(std::span<const std::string> texts);

// What `sub` is of the application's users in its tokens, and in ours under the same secret.
enum class TokenSub : std::uint8_t { username, email, id };
// Refused: configuration.
Result<TokenSub> parse_token_sub(std::string_view text);

struct OldTokenRules {
    TokenSub sub = TokenSub::username;
    std::chrono::seconds lifetime{30 * 60};  // of the application's access tokens
    std::vector<ClaimRule> claims;           // besides those of every access token (old_tokens.cpp)
    std::optional<Time> until;               // none is good from then on
};

// What is asked of any token under the secret.
jose::Expectations expectations_under_secret(std::string issuer);

// Refused: token_claims, if it is none of the application's access tokens, with a sentence for the log that names the
// claim and the setting; token_not_live, from `until` on. `claims` were verified.
Result<> check_old_token(const json::Value& claims, const OldTokenRules& rules, Time now);

// False if it was issued before `first`, or if that cannot be told. Without `iat` it was issued `lifetime` before
// `exp`.
bool is_issued_from(const json::Value& claims, std::chrono::seconds lifetime, Time first, Time now);

// By how much the clock of whoever issued it is ahead of `now`, as far as this token shows it; zero if it does not.
std::chrono::seconds clock_ahead(const json::Value& claims, Time now);

}  // namespace keyhold::domain
