// SPDX-License-Identifier: Apache-2.0
// What of an account is shown to others: to requests, and to administrators.
#include "store/accounts/account_store.hpp"

namespace keyhold::store {

// Both name each member of what they make, so that with one more they do not compile.
Subject subject_of(const Account& account) {
    Subject made;
    auto& [id, username, tokens_valid_from, disabled, roles] = made;
    id = parse_id(account.id).value_or(Id{});
    username = account.username;
    tokens_valid_from = account.tokens_valid_from;
    disabled = account.disabled;
    roles = account.roles;
    return made;
}
ShownAccount shown_of(const Account& account) {
    static_assert(detail::width_of<Account> == 14,
                  "does an administrator see the column that is new? Then it is shown");
    ShownAccount made;
    auto& [id, username, email, roles, email_verified, disabled, generation] = made;
    id = account.id;
    username = account.username;
    email = account.email.value_or("");
    roles = account.roles.names();
    email_verified = account.email_verified;
    disabled = account.disabled;
    generation = account.generation;
    return made;
}

}  // namespace keyhold::store
