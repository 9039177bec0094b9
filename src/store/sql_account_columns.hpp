// The row of an account, for the stores that read and write it.
#pragma once

#include "store/account_store.hpp"
#include "store/connection.hpp"

namespace keyhold::store {

// What account_of() reads.
#define KEYHOLD_ACCOUNT_COLUMNS \
    "id, username, name_key, password_hash, disabled, created_at, generation, password_nfc, tokens_valid_from"
inline constexpr std::string_view account_types = "ttttiiiii";

Account account_of(const Statement& row);
std::int64_t stored(PasswordForm form);
void insert_account(Connection& connection, const Account& account);

// Within a transaction that records changes (write_change): no token without a session that was issued up to and in
// this second is good for the account. Holds its row, so that no session can begin meanwhile. False if there is none.
bool end_tokens_of(Connection& connection, std::string_view account_id, Time now);

// The account's row, and what `tokens_valid_from` of the next one of its name asks. False if there is none.
bool delete_account(Connection& connection, std::string_view account_id, Time now);

}  // namespace keyhold::store
