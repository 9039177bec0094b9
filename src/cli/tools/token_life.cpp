// SPDX-License-Identifier: Apache-2.0
// For `keyhold token inspect`: whether the session or account of a good token is still alive, as the server would find
// it in the database. Says why not in a sentence; the server tells clients less.
#include "cli/tools/token_life.hpp"

#include "base/id.hpp"
#include "domain/accounts/email_address.hpp"
#include "domain/accounts/names.hpp"
#include "domain/adoption/adopted_accounts.hpp"
#include "domain/keys/key_life.hpp"
#include "domain/sessions/sessions.hpp"
#include "jose/errors.hpp"
#include "store/database/database_info.hpp"

namespace keyhold::cli {
namespace {

Error over(std::string sentence) { return {errors::token_not_live, std::move(sentence)}; }

// Empty also for a claim that is no string.
std::string_view text_of(const json::Value& claims, std::string_view name) {
    const auto claim = claims.find(name);
    return claim ? claim->string().value_or("") : std::string_view();
}

// The checks of the server for a token with a session, in its order; empty if it is alive.
std::optional<Error> look_at(const store::SessionOfAccount& found, Time now) {
    const store::Session& session = found.session;
    if (session.ended)
        return over("Its session ended at " + rfc3339(*session.ended) + ": " +
                    std::string(domain::sentence_of(session.end_reason)));
    if (found.account.disabled) return over("Its account is disabled");
    if (session.ends_at <= now) return over("Its session came to its end at " + rfc3339(session.ends_at));
    return std::nullopt;
}

// Whom a token stands for that belongs to no session.
std::optional<store::Account> account_of(const store::Stores& stores, const json::Value& claims,
                                         const domain::OldTokenRules* old) {
    // `uid` first: it is the account's own id and stays the same when a name changes hands.
    if (const auto uid = text_of(claims, "uid"); !uid.empty()) return stores.accounts->find_by_id(uid);
    const auto subject = text_of(claims, "sub");
    if (old != nullptr && old->sub == domain::TokenSub::id)
        return stores.adoption ? domain::find_adopted(*stores.adoption, subject) : std::nullopt;
    if (old != nullptr && old->sub == domain::TokenSub::email) {
        const auto address = domain::parse_email_address(subject);
        return address ? stores.accounts->find_by_email_key(address->key) : std::nullopt;
    }
    if (auto account = stores.accounts->find_by_id(subject)) return account;
    const auto name = domain::parse_name(subject);
    return name ? stores.accounts->find_by_name_key(name->key) : std::nullopt;
}

}  // namespace

// False if there is no database, or one without our tables; looking must not make one.
bool has_database(const server::Settings& settings) {
    const auto location = store::parse_url(settings.database_url);
    if (!location || !location->driver->exists(location->target)) return false;
    // A file of SQLite exists or not; a database of a server may be there and hold nothing of ours.
    const bool is_file = location->driver->hold != nullptr;
    return is_file || store::look_at_database(settings.database_url)->schema > 0;  // a server may be there without us
}

// Empty if the server would accept the token. `old` are the rules for tokens under the shared secret; null for a token
// under one of our own keys, which lives for `lifetime`.
std::optional<Error> why_not_live(const store::Stores& stores, const json::Value& claims,
                                  const domain::OldTokenRules* old, std::chrono::seconds lifetime, Time now) {
    // A token that names its session lives and ends with that. All others are compared with moments of the account.
    if (const auto sid = text_of(claims, "sid"); !sid.empty()) {
        const auto found = parse_id(sid) ? stores.sessions->find(sid) : std::nullopt;
        return found ? look_at(*found, now)
                     : over("There is no such session: it ended long ago, or its account is deleted");
    }
    if (old != nullptr)
        if (auto checked = domain::check_old_token(claims, *old, now); !checked) return std::move(checked).error();
    const auto account = account_of(stores, claims, old);
    if (!account) return over("There is no such account any more");
    if (account->disabled) return over("Its account is disabled");
    // A token without `iat` is dated by its end and its lifetime.
    const auto issued_from = [&](Time first) {
        return domain::is_issued_from(claims, old != nullptr ? old->lifetime : lifetime, first, now);
    };
    if (!issued_from(account->tokens_valid_from))
        return over("It may have been issued before " + rfc3339(account->tokens_valid_from) +
                    ", when its account was made, got another password or was logged out everywhere");
    const auto restored = stores.changes->after(0).restored_at;
    // As the server does it: tokens of the second of the restore itself are over too.
    if (restored && !issued_from(*restored + std::chrono::seconds(1)))
        return over("It may have been issued before " + rfc3339(*restored) + ", when the database was restored");
    return std::nullopt;
}

// Why no live key has this id, as a sentence; empty if there was never such a key.
std::string what_became_of_key(const store::Stores& stores, std::string_view kid, Time now) {
    std::string why = domain::why_refused(stores.keys->all(), kid, now);
    if (!why.empty()) why.front() = static_cast<char>(why.front() - 'a' + 'A');  // "the key was ..."
    return why;
}

}  // namespace keyhold::cli
