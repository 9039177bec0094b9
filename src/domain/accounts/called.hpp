// SPDX-License-Identifier: Apache-2.0
// How an account is called: its name and its address, held against each other.
#pragma once

#include <optional>
#include <vector>

#include "domain/accounts/accounts.hpp"
#include "domain/accounts/email_address.hpp"
#include "domain/accounts/names.hpp"

namespace keyhold::domain {

struct NameAndAddress {
    std::optional<Name> name;             // there if nothing is wrong with it
    std::optional<EmailAddress> address;  // of whoever has one, or is called by it
};
// As this store spells them. What is wrong goes into the list, of both fields.
NameAndAddress read_called(const Accounts::Called& called, store::Spelling spelling, std::vector<FieldError>& wrong);

// An address as this store spells it: the same one.
EmailAddress spelled(EmailAddress address, store::Spelling spelling);

// An account from elsewhere as this store spells its name and its address. Refused: validation_failed, for a name that
// is none there.
Result<> spell(store::Account& account, store::Spelling spelling);

// The new name of whoever is called by his address; none for others, and where it is the one that he has. Refused:
// validation_failed, for an address that no username can be.
Result<std::optional<Name>> name_after(const Account& account, const EmailAddress& address);

}  // namespace keyhold::domain
