// SPDX-License-Identifier: Apache-2.0
// How a server that nobody administers gets its first administrator: by a link that its terminal shows at the start,
// for whoever started it. It is good once, for an hour, and only while nobody has the role admin.
#pragma once

#include <optional>
#include <string_view>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "domain/accounts/accounts.hpp"
#include "domain/accounts/recovery.hpp"
#include "domain/accounts/roles.hpp"

namespace keyhold::store {
struct Stores;
}

namespace keyhold::domain {

// Any thread.
// All references must outlive it. Throws Unavailable.
class FirstAdministrator {
public:
    FirstAdministrator(const store::Stores& stores, Accounts& accounts, const Clock& clock, Random& random);

    // Whether nobody who is not disabled has the role admin.
    bool is_missing();
    // A new link; older ones are over. Empty where there is an administrator.
    std::optional<NewSignInLink> offer();

    // Whether a link is still good, for a page that shows a form. Uses nothing up.
    bool is_usable(std::string_view token);

    // Both use the link up in the statement that decides who was first. Refused: one_time_secret_invalid, if it is
    // unknown, used or expired, or somebody administers the server by now.

    // The account has the role admin from now on.
    Result<> appoint(std::string_view account_id, std::string_view token);
    // A new account that has it, whatever `registration` says. Refused also: as Accounts::create(), and then nothing is
    // used up. Hashes, but only for whoever has shown a link that is good.
    Result<Account> create(const Accounts::Called& called, const Secret& password, std::string_view token);

private:
    store::RecoveryStore secrets_;
    store::RoleStore roles_;
    Accounts& accounts_;
    const Clock& clock_;
    Random& random_;
};

}  // namespace keyhold::domain
