// SPDX-License-Identifier: Apache-2.0
// Accounts that are also users of another application (store/adoption/adoption_store.hpp): whoever looks for one sees
// what the application did last.
#pragma once

#include <memory>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "store/accounts/account_store.hpp"
#include "store/adoption/adoption_store.hpp"

namespace keyhold::store {
struct Stores;
}

namespace keyhold::domain {

// Any thread.
// `clock` and `random` must outlive it. Throws Unavailable.
class AdoptedAccounts final : public store::AccountStore {
public:
    // Answers for the database of `accounts`.
    AdoptedAccounts(const store::AccountStore& accounts, std::unique_ptr<store::AdoptionStore> adoption,
                    const Clock& clock, Random& random);

    // False if people register at the application alone: create() refuses then (registration_refused).
    bool takes_registrations() const { return adoption_->takes_registrations(); }

    // Small letters, and addresses for names, as the application has them.
    store::Spelling spelling() const override { return adoption_->spelling(); }

    // Does what the application did; false if it did nothing. Whoever remembers accounts hears of it as of any change.
    bool catch_up();

    // For what tokens say of the application's users (adopted_claims.hpp).
    store::AdoptionStore& adoption() { return *adoption_; }

    // Each catches up first. The other functions go by ids, and so somebody has looked for the account before.
    Result<> create(const store::Account& account, const std::optional<store::SecretUse>& use = {},
                    const store::OutboxMail* mail = nullptr, const store::RolesToGive* roles = nullptr) override;
    std::optional<store::Account> find_by_id(std::string_view id) override;
    std::optional<store::Account> find_by_name_key(std::string_view name_key) override;
    std::optional<store::Account> find_by_email_key(std::string_view email_key) override;
    std::optional<store::Account> find_by_adopted_id(std::string_view old_id) override;
    store::AccountPage list(std::string_view after, int limit) override;
    std::vector<store::Imported> import(std::span<const store::ImportedAccount> imports,
                                        store::Importing importing) override;

private:
    const std::unique_ptr<store::AdoptionStore> adoption_;
    const Clock& clock_;
    Random& random_;
};

// Puts one in front of the accounts of `stores`, if their database was adopted; else null. Both must outlive it.
AdoptedAccounts* follow_adoption(store::Stores& stores, const Clock& clock, Random& random);

// The account of the user of this id there, as the application's tokens write it.
std::optional<store::Account> find_adopted(store::AdoptionStore& adoption, std::string_view old_id);

// The account for a user of the old application; empty if the name is none that we can have.
std::optional<store::Account> account_for(const store::ForeignUser& user, Time now, Random& random);

}  // namespace keyhold::domain
