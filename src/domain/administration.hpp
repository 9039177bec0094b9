// SPDX-License-Identifier: Apache-2.0
// What administrators do to accounts of others (docs/roles.md): only to what they have seen, never beyond what they may
// do themselves, and never so that no administrator is left.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "domain/accounts.hpp"
#include "domain/roles.hpp"
#include "store/administration_store.hpp"

namespace keyhold::store {
struct Stores;
}

namespace keyhold::domain {

// Changes with whatever an administrator sees of the account, for the entity tag (RFC 9110 §8.8.3) of what is shown.
std::string version_of(const Account& account);

// Any thread.
class Administration {
public:
    Administration(const store::Stores& stores, Accounts& accounts, Roles& roles, const Clock& clock);

    // Refused: account_not_found.
    Result<Account> find(std::string_view id);
    // The same for what `giver` may do to it. Refused: rights_exceeded, if it may do more.
    Result<Account> find_within(std::string_view id, const Rights& giver);
    std::vector<std::string> roles_of(const Account& account) const;
    using By = store::AdministrationStore::By;
    // Those whose name or address begins so; what can be the beginning of none gives an empty page.
    store::AccountPage search(store::AdministrationStore::Search wanted);
    // The one who is called so or has this address, if there is one.
    std::optional<Account> search_exactly(By by, std::string_view text);

    // Refused: as Accounts::create() and Roles::grant(). Whoever could not be given the roles is not made. Hashes.
    Result<Account> create(const Accounts::Called& called, const Secret& password,
                           const std::vector<std::string>& roles, const Rights& giver);

    // What is changed: the account as it was seen.
    struct Seen {
        std::string_view id;
        std::string_view version;  // version_of()
    };
    // All are refused: account_not_found; precondition_failed, if it has changed since.
    // Refused: as Roles::replace().
    Result<Account> set_roles(const Seen& seen, const std::vector<std::string>& roles, const Rights& giver);
    // Refused: last_administrator.
    Result<Account> set_disabled(const Seen& seen, bool disabled);
    Result<> remove(const Seen& seen);
    // Refused: rights_exceeded, if the account may do what the administrator may not. By a new password he could log in
    // as it, and by an address ask for one.
    Result<Account> set_email(const Seen& seen, std::optional<std::string_view> email, bool is_verified,
                              const Rights& giver);
    Result<Account> set_password(const Seen& seen, const Secret& password, const Rights& giver);  // hashes

private:
    Result<Account> expect(const Seen& seen);
    Result<Account> expect_within(const Seen& seen, const Rights& giver);
    Result<Account> within(Result<Account> account, const Rights& giver);

    Accounts& accounts_;
    Roles& roles_;
    store::AdministrationStore store_;
    const Clock& clock_;
};

}  // namespace keyhold::domain
