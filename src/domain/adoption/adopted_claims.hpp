// SPDX-License-Identifier: Apache-2.0
// What our tokens say of an adopted application's users, so that the application finds them: `sub` as its own tokens
// have it, and claims of the columns of its table or of fixed words (docs/taking-over.md).
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "domain/adoption/adopted_accounts.hpp"
#include "domain/adoption/old_tokens.hpp"
#include "store/subject.hpp"

namespace keyhold::domain {

// "role": of the column of that name. "user_id=id": of another one. "type:access": always that word.
struct TokenClaim {
    std::string name, column, text;  // one of the two is empty
};
// Refused: configuration, for what names no claim, or one that is the token's own.
Result<std::vector<TokenClaim>> parse_token_claims(std::span<const std::string> texts);

// Any thread.
class AdoptedClaims {
public:
    // Throws std::invalid_argument for a column that is not there: problem_with() tells before.
    AdoptedClaims(AdoptedAccounts& accounts, TokenSub sub, std::vector<TokenClaim> claims);

    // Why the table of the adopted application cannot give these; empty if it can.
    static std::string problem_with(store::AdoptionStore& adoption, const std::vector<TokenClaim>& claims);

    using Values = std::vector<std::pair<std::string, std::string>>;  // name and JSON
    struct Facts {
        std::string subject;
        Values claims;
    };
    // Empty if the account has no user there any more, or no address where that is its `sub`. Throws Unavailable.
    std::optional<Facts> of(const store::Subject& account);

private:
    struct Column {
        std::string name, type;
    };
    AdoptedAccounts& accounts_;
    const TokenSub sub_;
    const std::vector<TokenClaim> claims_;
    std::vector<Column> columns_;  // of claims_ that have one, in their order
    bool is_bare_uuid_ = false;    // 32 digits without dashes, as SQLAlchemy keeps UUIDs
};

}  // namespace keyhold::domain
