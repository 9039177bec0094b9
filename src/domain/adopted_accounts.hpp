// Accounts that are also users of another application (store/adoption/adoption_store.hpp): whoever looks for one sees
// what the application did last.
#pragma once

#include <memory>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "store/stores.hpp"

namespace keyhold::domain {

// Any thread.
class AdoptedAccounts final : public store::AccountStore {
public:
    AdoptedAccounts(std::unique_ptr<store::AccountStore> accounts, std::unique_ptr<store::AdoptionStore> adoption,
                    const Clock& clock, Random& random);

    // Does what the application did; false if it did nothing. Whoever remembers accounts hears of it as of any change.
    bool catch_up();

    Result<> create(const store::Account& account, const std::optional<store::SecretUse>& use = {}) override;
    std::optional<store::Account> find_by_id(std::string_view id) override;
    std::optional<store::Account> find_by_name_key(std::string_view name_key) override;
    store::AccountPage list(std::string_view after, int limit) override;
    std::vector<store::Imported> import(std::span<const store::Newcomer> newcomers,
                                        store::Importing importing) override;
    bool replace_password_hash(std::string_view id, std::string_view expected, std::string_view replacement,
                               store::PasswordForm form) override;
    bool set_password(const NewPassword& password) override;
    bool set_disabled(std::string_view id, bool disabled, std::string_view reason, Time now) override;
    bool remove(std::string_view id, std::string_view reason, Time now) override;
    bool end_tokens(std::string_view id, Time now) override;

private:
    const std::unique_ptr<store::AccountStore> accounts_;
    const std::unique_ptr<store::AdoptionStore> adoption_;
    const Clock& clock_;
    Random& random_;
};

// Puts one in front of the accounts of `stores`, if their database was adopted; else null. Both must outlive it.
AdoptedAccounts* follow_adoption(store::Stores& stores, const Clock& clock, Random& random);

// The account for a user of the old application; empty if the name is none that we can have.
std::optional<store::Account> account_for(const store::ForeignUser& user, Time now, Random& random);

}  // namespace keyhold::domain
