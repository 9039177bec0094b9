// SPDX-License-Identifier: Apache-2.0
// What other stores do to accounts, within a transaction that records changes (write_change).
#pragma once

#include <cstdint>
#include <optional>

#include "store/database/connection.hpp"
#include "store/tables/account_store.hpp"

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

// No token without a session that was issued up to and in this second is good for the account. Holds its row, so that
// no session can begin meanwhile. False if there is none.
bool end_tokens_of(Connection& connection, std::string_view account_id, Time now);

// AccountStore::set_email() within a transaction, for the reason that its event says; throws NotUnique if another
// account has the address, is called so, or may ask it back.
Result<> write_address(Connection& connection, const AccountStore::NewAddress& address, std::string_view reason = {});

// Holds the account's row until the transaction ends, so that others wait who would change it or what is its own. False
// if there is none.
bool hold_account(Connection& connection, std::string_view account_id);

// The same if whatever an administrator sees of it is as it was seen; false if not, or if it is gone.
bool hold_unchanged(Connection& connection, const Account& seen);

// Its owner is out from now on: disabled until then, if nobody has disabled it. False if there is none. Ends nothing.
bool close_account(Connection& connection, std::string_view account_id, Time erase_at);
// And is in again, if it is closed and not to be erased by now. False if not; also if it has another `generation`: what
// its owner has shown is not so any more.
bool reopen_account(Connection& connection, std::string_view account_id, Time now,
                    std::optional<std::int64_t> generation = std::nullopt);

// The account with all that is its own, the mails to it and what events say of the person; its sessions end. False if
// there is none.
bool remove_account(Connection& connection, std::string_view account_id, std::string_view reason, Time now);

// The account's row, and what `tokens_valid_from` of the next one of its name asks. False if there is none.
bool delete_account(Connection& connection, std::string_view account_id, Time now);

}  // namespace keyhold::store
