// SPDX-License-Identifier: Apache-2.0
#include "domain/accounts/administration.hpp"

#include <algorithm>

#include "base/base64url.hpp"
#include "base/json.hpp"
#include "crypto/digest.hpp"
#include "domain/accounts/levels.hpp"
#include "domain/sessions/sessions.hpp"
#include "store/stores.hpp"

namespace keyhold::domain {

std::string version_of(const Account& account) {
    const auto [id, username, email, roles, email_verified, disabled, generation] = store::shown_of(account);
    std::string text;
    json::Writer out(text);
    // As JSON, so that no two accounts make the same text by shifting a letter from one field to the next.
    out.begin_array();
    for (const std::string* part : {&id, &username, &email, &roles}) out.value(*part);
    out.value(email_verified);
    out.value(disabled);
    out.value(generation);
    out.end_array();
    // 128 bits: it tells versions apart, and guards nothing.
    constexpr std::size_t enough = 16;  // bytes of the digest
    return base64url::encode(crypto::sha256(text).substr(0, enough));
}

Administration::Administration(const store::Stores& stores, Accounts& accounts, Sessions& sessions, Roles& roles,
                               crypto::PasswordHasher& hasher, LoginWith login_with, const Clock& clock, Random& random)
    : stores_(stores),
      accounts_(accounts),
      sessions_(sessions),
      roles_(roles),
      hasher_(hasher),
      login_with_(login_with),
      store_(stores.database),
      clock_(clock),
      random_(random) {}

Result<Account> Administration::find(std::string_view id) {
    auto account = accounts_.find_by_id(id);
    if (!account) return errors::account_not_found;
    return *std::move(account);
}

Result<Account> Administration::find_within(std::string_view id, const Rights& giver) {
    return within(find_for(id, giver), giver);
}

Result<Account> Administration::within(Result<Account> account, const Rights& giver) {
    if (!account) return account;
    if (auto allowed = check_within(*account, giver); !allowed) return std::move(allowed).error();
    return account;
}

Result<> Administration::check_within(const Account& account, const Rights& giver) {
    if (auto allowed = check_owner(account, giver); !allowed) return allowed;
    // Somebody who may set a password or an address can sign in as the account, and so gets all that it may do.
    return roles_.check(roles_of(account), &giver);
}

std::vector<std::string> Administration::roles_of(const Account& account) const {
    auto roles = parse_scopes(account.roles.names());  // words with spaces between them, as scopes are
    return roles ? std::move(roles).value() : std::vector<std::string>();
}

// A prefix is folded as a whole name is. One that ends within a character, as "é" typed in two, finds what it can.
store::AccountPage Administration::search(store::AdministrationStore::Search wanted) {
    std::string folded;
    if (!wanted.prefix.empty()) {
        const auto name = parse_name(wanted.prefix);
        if (!name) return {};
        folded = name->key;
    }
    wanted.prefix = folded;
    return store_.search(wanted);
}

std::optional<Account> Administration::search_exactly(By by, std::string_view text) {
    // find() takes a name or an address; what it found by the other of the two is not the one that was asked for.
    auto login = parse_login_name(text, by == By::name ? LoginWith::username : LoginWith::email);
    const auto found = accounts_.find(text);
    if (!found) return std::nullopt;
    const bool is_it = by == By::name ? found->name_key == login.name : found->email_key == login.address;
    return is_it ? std::optional(*found) : std::nullopt;
}

Result<Account> Administration::create(const Accounts::Called& called, const Secret& password,
                                       const std::vector<std::string>& roles, const Rights& giver) {
    // Before the hash is paid for.
    if (auto allowed = roles_.check(roles, &giver); !allowed) return std::move(allowed).error();
    const auto to_give = Roles::to_give(roles, &giver);
    auto with_roles = called;
    with_roles.roles = &to_give;
    return accounts_.create(with_roles, password);
}

Result<Invitation> Administration::invite(const InvitationWanted& wanted, const Rights& giver, Recovery& recovery) {
    if (auto allowed = roles_.check(wanted.roles, &giver); !allowed) return std::move(allowed).error();
    if (!wanted.email.empty()) return recovery.invite(wanted);
    return domain::invite(*stores_.secrets, clock_.now(), wanted, random_);
}

InvitationPage Administration::list_invitations(std::string_view cursor, int limit) {
    return domain::list_invitations(*stores_.secrets, clock_.now(), cursor, limit);
}

Result<> Administration::revoke_invitation(std::string_view id) {
    return domain::revoke_invitation(*stores_.secrets, clock_.now(), id);
}

// Refuses if the account is an administrator's and the giver is no owner: only owners may change administrators,
// whatever the change is.
Result<> Administration::check_owner(const Account& account, const Rights& giver) {
    // Most accounts have no role, and need no look at what the roles grant.
    if (is_owner(giver) || account.roles.is_empty()) return {};
    if (!is_administrator(rights_of(roles_.list(), roles_of(account)))) return {};
    return only_an_owner();
}

bool Administration::is_last_administrator(const Account& account) {
    // Most accounts have no such role, and cost no question.
    const auto roles = roles_of(account);
    return std::ranges::find(roles, admin_role) != roles.end() && !roles_.others_have(admin_role, account.id);
}

Result<Account> Administration::find_for(std::string_view id, const Rights& giver) {
    auto account = find(id);
    if (!account) return account;
    if (auto allowed = check_owner(*account, giver); !allowed) return std::move(allowed).error();
    return account;
}

Result<Account> Administration::expect(const Seen& seen, const Rights& giver) {
    auto account = find_for(seen.id, giver);
    if (account && version_of(*account) != seen.version) return errors::precondition_failed;
    return account;
}

Result<Account> Administration::expect_within(const Seen& seen, const Rights& giver) {
    return within(expect(seen, giver), giver);
}

Result<Account> Administration::set_roles(const Seen& seen, const std::vector<std::string>& roles,
                                          const Rights& giver) {
    const auto account = expect(seen, giver);
    if (!account) return account.error();
    // With the account as it was seen, so that the store compares within the transaction: the check of the version
    // above is only the early one.
    if (auto given = roles_.replace(account->id, roles_of(*account), roles, &giver, &*account); !given)
        return std::move(given).error();
    return find(account->id);
}

Result<Account> Administration::set_email(const Seen& seen, std::optional<std::string_view> email, bool is_verified,
                                          const Rights& giver) {
    const auto account = expect_within(seen, giver);
    if (!account) return account.error();
    return accounts_.set_email(account->username, email, is_verified, &*account);
}

Result<Account> Administration::set_disabled(const Seen& seen, bool disabled, const Rights& giver) {
    const auto account = expect(seen, giver);
    if (!account) return account.error();
    if (auto done = store_.set_disabled(*account, disabled, admin_role, account_disabled.code, clock_.now()); !done)
        return std::move(done).error();
    return find(account->id);
}

Result<Account> Administration::set_password(const Seen& seen, const Secret& password, const Rights& giver) {
    const auto account = expect_within(seen, giver);
    if (!account) return account.error();
    if (auto done = accounts_.set_password(account->username, password, {}, &*account); !done)
        return std::move(done).error();
    return find(account->id);
}

Result<NewSignInLink> Administration::make_sign_in_link(const Seen& seen, const Rights& giver) {
    const auto account = expect_within(seen, giver);
    if (!account) return account.error();
    // A link would be made and open nothing.
    if (account->disabled) return Error(errors::account_not_found, "The account is disabled: enable it first");
    return domain::make_sign_in_link(stores_, *account, clock_.now(), random_);
}

Result<> Administration::remove(const Seen& seen, const Rights& giver) {
    const auto account = expect(seen, giver);
    if (!account) return account.error();
    // Rendered before the row is gone, as its address goes with it; sent only if the same transaction removes the
    // account.
    const auto mails = accounts_.notices_of_removal(*account);
    if (auto removed = store_.remove(*account, admin_role, account_deleted.code, clock_.now(), mails); !removed)
        return removed;
    accounts_.tell_removed(*account);
    return {};
}

Result<std::size_t> Administration::end_sessions(std::string_view id, const Rights& giver) {
    const auto account = find_for(id, giver);
    if (!account) return account.error();
    return sessions_.end_all({account->id}, revoked);
}

Result<> Administration::unlock(std::string_view id, const Rights& giver) {
    const auto account = find_for(id, giver);
    if (!account) return account.error();
    return accounts_.unlock(account->username);
}

Result<> Administration::mail_reset(std::string_view id, const Rights& giver, Recovery& recovery) {
    const auto account = find_for(id, giver);
    if (!account) return account.error();
    if (!account->email) return Error(errors::nothing_to_verify, "The account has no e-mail address");
    return recovery.ask_reset(*account->email, {}, account->id);
}

Result<> Administration::end_session(std::string_view session_id, const Rights& giver, std::string_view account_id) {
    const auto found = sessions_.find(session_id);
    // As if it did not exist: whoever looks at one account learns nothing of the sessions of another.
    if (!found || (!account_id.empty() && found->session.account_id != account_id)) return errors::session_not_found;
    if (const auto account = find_for(found->session.account_id, giver); !account) return account.error();
    return sessions_.end(session_id, found->session.account_id, revoked);
}

Result<> Administration::remove_role(std::string_view name, const std::vector<std::string>& scopes, const Rights& giver,
                                     const std::string* seen) {
    return roles_.remove(name, scopes, &giver, seen);
}

Obstacles Administration::obstacles_of(const Account& account) {
    // By the setting login_with: a name may be left unread by it, though it is the account's.
    const bool can_type_name = parse_login_name(account.username, login_with_).name == account.name_key;
    const bool can_type_address = account.email && parse_login_name(*account.email, login_with_).address.has_value();
    return {.disabled = account.disabled,
            .has_nothing_to_type = !can_type_name && !can_type_address,
            .hash_refused = hasher_.why_refused(account.password_hash),
            .guesses = accounts_.guesses_at(account)};
}

}  // namespace keyhold::domain
