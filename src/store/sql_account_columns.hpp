// The row of an account, for the stores that read and write it.
#pragma once

#include "store/account_store.hpp"
#include "store/connection.hpp"

namespace keyhold::store {

// What account_of() reads.
#define KEYHOLD_ACCOUNT_COLUMNS "id, username, name_key, password_hash, disabled, created_at, generation, password_nfc"
inline constexpr std::string_view account_types = "ttttiiii";

Account account_of(const Statement& row);
std::int64_t stored(PasswordForm form);
void insert_account(Connection& connection, const Account& account);

}  // namespace keyhold::store
