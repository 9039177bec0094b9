// SPDX-License-Identifier: Apache-2.0
// What administrators do to accounts of others (docs/roles.md): only to what they have seen, never beyond what they may
// do themselves, to administrators only as owners (domain/accounts/levels.hpp), and never so that none is left. The API
// and the pages both come by here.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "domain/accounts/accounts.hpp"
#include "domain/accounts/recovery.hpp"
#include "domain/accounts/registration.hpp"
#include "domain/accounts/roles.hpp"
#include "domain/sessions/sessions.hpp"
#include "store/accounts/administration_store.hpp"

namespace keyhold::store {
struct Stores;
}

namespace keyhold::domain {

// Changes with whatever an administrator sees of the account, for the entity tag (RFC 9110 §8.8.3) of what is shown.
std::string version_of(const Account& account);

// What keeps somebody from signing in with the right password, as far as the server knows.
struct Obstacles {
    bool disabled = false;
    bool has_nothing_to_type = false;  // an address is asked for, and the account has none
    std::string hash_refused;          // why no password opens the stored hash, as a sentence; empty: one may
    Throttle::State guesses;
};

// Any thread.
// All references must outlive it. Functions that ask the store may throw Unavailable.
class Administration {
public:
    Administration(const store::Stores& stores, Accounts& accounts, Sessions& sessions, Roles& roles,
                   crypto::PasswordHasher& hasher, LoginWith login_with, const Clock& clock, Random& random);

    // Refused: account_not_found.
    Result<Account> find(std::string_view id);
    // The same for what `giver` may do to it. Refused: rights_exceeded, if it may do more.
    Result<Account> find_within(std::string_view id, const Rights& giver);
    // Whether `giver` may do anything to it: whoever is no owner may do nothing to administrators. Refused:
    // rights_exceeded. Every change below asks it, and so do pages that show a button.
    Result<> check_owner(const Account& account, const Rights& giver);
    // The same for what lets somebody sign in as it. Refused: rights_exceeded also where it may do more than `giver`.
    Result<> check_within(const Account& account, const Rights& giver);
    // Whether nobody else has the role admin, and is not disabled: then it is neither disabled nor deleted, and keeps
    // the role. What does so asks again in its transaction; this is for pages that show a button.
    bool is_last_administrator(const Account& account);
    std::vector<std::string> roles_of(const Account& account) const;
    Obstacles obstacles_of(const Account& account);
    using By = store::AdministrationStore::By;
    // Those whose name or address begins so; what can be the beginning of none gives an empty page.
    store::AccountPage search(store::AdministrationStore::Search wanted);
    // The one who is called so or has this address, if there is one.
    std::optional<Account> search_exactly(By by, std::string_view text);

    // Refused: as Accounts::create() and Roles::grant(). Whoever could not be given the roles is not made. Hashes.
    Result<Account> create(const Accounts::Called& called, const Secret& password,
                           const std::vector<std::string>& roles, const Rights& giver);

    // An invitation, which makes one account, with roles of those that the administrator may give. Its code is shown
    // this once, and mailed if there is an address. Refused: as Roles::check() and Recovery::invite().
    Result<Invitation> invite(const InvitationWanted& wanted, const Rights& giver, Recovery& recovery);
    // Of all administrators. As the functions of the same names in registration.hpp: whoever may invite may take back,
    // as that gives nobody anything.
    InvitationPage list_invitations(std::string_view cursor, int limit);
    Result<> revoke_invitation(std::string_view id);

    // What is changed: the account as it was seen.
    struct Seen {
        std::string_view id;
        std::string_view version;  // version_of()
    };
    // All are refused: account_not_found; precondition_failed, if it has changed since; rights_exceeded, if it is an
    // administrator's and the giver no owner.
    // Refused: as Roles::replace().
    Result<Account> set_roles(const Seen& seen, const std::vector<std::string>& roles, const Rights& giver);
    // Refused: last_administrator.
    Result<Account> set_disabled(const Seen& seen, bool disabled, const Rights& giver);
    Result<> remove(const Seen& seen, const Rights& giver);
    // Refused: rights_exceeded, if the account may do what the administrator may not. By a new password he could log in
    // as it, and by an address ask for one.
    Result<Account> set_email(const Seen& seen, std::optional<std::string_view> email, bool is_verified,
                              const Rights& giver);
    Result<Account> set_password(const Seen& seen, const Secret& password, const Rights& giver);  // hashes
    // A link that signs in as the account, once. Refused also: account_not_found, if it is disabled.
    Result<NewSignInLink> make_sign_in_link(const Seen& seen, const Rights& giver);

    // Whatever the account looks like. Refused: account_not_found; rights_exceeded, as above.
    Result<std::size_t> end_sessions(std::string_view id, const Rights& giver);  // how many there were
    Result<> unlock(std::string_view id, const Rights& giver);
    // A mail for a new password, which says nothing of who asked for it. Refused also: nothing_to_verify, if there is
    // no address; as Recovery::ask_reset().
    Result<> mail_reset(std::string_view id, const Rights& giver, Recovery& recovery);
    // Refused also: session_not_found, also for one that is not `account_id`'s, if that is said.
    Result<> end_session(std::string_view session_id, const Rights& giver, std::string_view account_id = {});
    // As Roles::remove().
    Result<> remove_role(std::string_view name, const std::vector<std::string>& scopes, const Rights& giver,
                         const std::string* seen = nullptr);

private:
    // The account, if `giver` may change it at all.
    Result<Account> find_for(std::string_view id, const Rights& giver);
    // The same, if it still has the version that was seen.
    Result<Account> expect(const Seen& seen, const Rights& giver);
    // The same, if it may do nothing that `giver` may not.
    Result<Account> expect_within(const Seen& seen, const Rights& giver);
    Result<Account> within(Result<Account> account, const Rights& giver);

    const store::Stores& stores_;
    Accounts& accounts_;
    Sessions& sessions_;
    Roles& roles_;
    crypto::PasswordHasher& hasher_;
    const LoginWith login_with_;
    store::AdministrationStore store_;
    const Clock& clock_;
    Random& random_;
};

}  // namespace keyhold::domain
