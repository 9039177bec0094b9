// SPDX-License-Identifier: Apache-2.0
// What other stores do to accounts, within a transaction.
#pragma once

#include "store/accounts/account_store.hpp"
#include "store/database/connection.hpp"

namespace keyhold::store {

void insert_account(Connection& connection, const Account& account);

// Whether there is an account of this name.
bool is_name_taken(Connection& connection, std::string_view name_key);

// Another hash as the other application wrote it (PasswordForm::typed), whatever the generation; disabled or not. False
// if there is no such account. Neither ends anything.
// `hash` replaces whatever is there: the application has decided who may log in by which password.
bool overwrite_password(Connection& connection, std::string_view account_id, std::string_view hash);
bool overwrite_disabled(Connection& connection, std::string_view account_id, bool disabled);

// Whether another account has this address, or is called by it.
bool is_address_taken(Connection& connection, std::string_view email_key, std::string_view account_id);

// Another address, or none, of which nobody has shown that mail arrives there.
void overwrite_email(Connection& connection, const Account& account);

// AccountStore::set_email() within a transaction, for the reason that its event says; throws NotUnique if another
// account has the address, is called so, or may ask it back.
Result<> write_address(Connection& connection, const AccountStore::NewAddress& address, std::string_view reason = {});

// As hold_account(), if whatever an administrator sees of it is as it was seen; false if not, or if it is gone.
bool hold_unchanged(Connection& connection, const Account& seen);

// The account with all that is its own, the mails to it and what events say of the person; its sessions end. False if
// there is none.
bool remove_account(Connection& connection, std::string_view account_id, std::string_view reason, Time now);

// The account's row, and what `tokens_valid_from` of the next one of its name asks. False if there is none.
bool delete_account(Connection& connection, std::string_view account_id, Time now);

}  // namespace keyhold::store
