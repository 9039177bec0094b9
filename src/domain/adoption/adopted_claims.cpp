// SPDX-License-Identifier: Apache-2.0
#include "domain/adoption/adopted_claims.hpp"

#include <algorithm>
#include <stdexcept>

#include "base/integer.hpp"
#include "base/json.hpp"
#include "domain/sessions/reserved_claims.hpp"
#include "store/adoption/foreign_values.hpp"

namespace keyhold::domain {

namespace {

// An operator's word may be `aud`, which libraries ask for (fastapi-users) and nobody here looks at in tokens under the
// secret that have a session. A column may not: it would let the application's users say whom their tokens are for.
bool may_be(const TokenClaim& claim) {
    return !is_reserved_claim(claim.name) || (claim.name == "aud" && claim.column.empty());
}

std::string json_text(std::string_view text) {
    std::string made;
    json::append_string(made, text);
    return made;
}

// As the application's own code would have it from its ORM.
std::string json_of(const std::optional<std::string>& value, std::string_view type) {
    if (!value) return "null";
    // Databases write booleans as "1", "t" or "true", and the application's ORM makes a bool of each.
    if (store::is_yes_or_no(type)) return *value == "1" || *value == "t" || *value == "true" ? "true" : "false";
    if (store::is_whole_number(type) && parse_integer<std::int64_t>(*value)) return *value;
    return json_text(*value);
}

// "0190..." without dashes -> with them (RFC 9562 §4).
std::string with_dashes(std::string id) {
    for (const std::size_t at : {8U, 13U, 18U, 23U}) id.insert(at, "-");
    return id;
}

}  // namespace

Result<std::vector<TokenClaim>> parse_token_claims(std::span<const std::string> texts) {
    std::vector<TokenClaim> claims;
    for (const std::string& text : texts) {
        const auto end = text.find_first_of("=:");
        TokenClaim claim{text.substr(0, end), text, {}};
        if (end != text.npos) (text[end] == '=' ? claim.column : claim.text) = text.substr(end + 1);
        // "name:text" is a fixed word; "name" alone is the column of that name.
        if (end != text.npos && text[end] == ':') claim.column.clear();
        const auto same = std::ranges::find(claims, claim.name, &TokenClaim::name);
        if (claim.name.empty() || (claim.column.empty() && claim.text.empty()) || same != claims.end())
            return Error(errors::configuration,
                         "token_claims lists claims as in role,user_id=id,type:access, each once: not " + text);
        if (!may_be(claim))
            return Error(errors::configuration, "token_claims: " + claim.name + " is what tokens say of themselves");
        claims.push_back(std::move(claim));
    }
    return claims;
}

std::string AdoptedClaims::problem_with(store::AdoptionStore& adoption, const std::vector<TokenClaim>& claims) {
    const auto has_column = [](const TokenClaim& claim) { return !claim.column.empty(); };
    if (std::ranges::none_of(claims, has_column)) return {};
    const auto columns = adoption.columns();
    for (const TokenClaim& claim : claims)
        if (claim.column == adoption.password_column())
            return "token_claims: " + claim.column + " has the hashes of passwords, which no token may carry";
    for (const TokenClaim& claim : claims)
        if (has_column(claim) && std::ranges::find(columns, claim.column, &store::ForeignColumn::name) == columns.end())
            return "token_claims: the application's table has no column " + claim.column;
    return {};
}

AdoptedClaims::AdoptedClaims(AdoptedAccounts& accounts, TokenSub sub, std::vector<TokenClaim> claims)
    : accounts_(accounts), sub_(sub), claims_(std::move(claims)) {
    const auto columns = accounts_.adoption().columns();
    std::vector<std::string> names;
    for (const TokenClaim& claim : claims_) {
        if (claim.column.empty()) continue;
        const auto found = std::ranges::find(columns, claim.column, &store::ForeignColumn::name);
        if (found == columns.end()) throw std::invalid_argument("no column " + claim.column);
        columns_.push_back({found->name, found->type});
        names.push_back(found->name);
    }
    const auto key = std::ranges::find_if(columns, &store::ForeignColumn::is_key);
    // SQLAlchemy's Uuid type is CHAR(32) where the database has none of its own.
    is_bare_uuid_ = key != columns.end() && (key->type == "char(32)" || key->type == "character(32)");
    // From now on facts() reads these columns, in this order.
    accounts_.adoption().tell(names);
}

std::optional<AdoptedClaims::Facts> AdoptedClaims::of(const store::Subject& account) {
    const std::string id = to_text(account.id);
    Facts facts{account.username, {}};
    if (sub_ == TokenSub::email) {
        const auto found = accounts_.find_by_id(id);
        if (!found || !found->email) return std::nullopt;
        facts.subject = *found->email;
    }
    std::optional<store::AdoptionStore::Facts> theirs;
    if (sub_ == TokenSub::id || !columns_.empty()) {
        theirs = accounts_.adoption().facts(id);
        if (!theirs) return std::nullopt;
    }
    constexpr std::size_t bare = 32;
    if (sub_ == TokenSub::id)
        facts.subject = is_bare_uuid_ && theirs->old_id.size() == bare ? with_dashes(std::move(theirs->old_id))
                                                                       : std::move(theirs->old_id);
    std::size_t at = 0;
    for (const TokenClaim& claim : claims_) {
        if (claim.column.empty()) {
            facts.claims.emplace_back(claim.name, json_text(claim.text));
            continue;
        }
        facts.claims.emplace_back(claim.name, json_of(theirs->values.at(at), columns_.at(at).type));
        ++at;
    }
    return facts;
}

}  // namespace keyhold::domain
