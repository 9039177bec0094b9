// SPDX-License-Identifier: Apache-2.0
#include "domain/adoption/adopted_accounts.hpp"

#include <utility>

#include "base/id.hpp"
#include "domain/accounts/email_address.hpp"
#include "domain/accounts/names.hpp"
#include "domain/errors.hpp"
#include "store/stores.hpp"

namespace keyhold::domain {

std::optional<store::Account> account_for(const store::ForeignUser& user, Time now, Random& random) {
    auto name = parse_name(user.name);
    if (!name) return std::nullopt;
    std::optional<std::string> email, email_key;  // what is no address stays with the application alone
    if (auto address = parse_email_address(user.email); !user.email.empty() && address) {
        email = std::move(address->shown);
        email_key = std::move(address->key);
    }
    // A hash that we cannot read stays: the old application can, and here it opens nothing.
    return store::Account{.id = make_id(now, random),
                          .username = std::move(name->shown),
                          .name_key = std::move(name->key),
                          .password_hash = user.password_hash,
                          .disabled = !user.active,
                          .created_at = now,
                          .email = std::move(email),
                          .email_key = std::move(email_key)};
}

std::optional<store::Account> find_adopted(store::AdoptionStore& adoption, std::string_view old_id) {
    if (auto found = adoption.find_account(old_id)) return found;
    // Python writes UUIDs with dashes, and SQLAlchemy keeps them without where the database has no type for them.
    if (!parse_id(old_id)) return std::nullopt;
    std::string bare(old_id);
    std::erase(bare, '-');
    return adoption.find_account(bare);
}

AdoptedAccounts::AdoptedAccounts(const store::AccountStore& accounts, std::unique_ptr<store::AdoptionStore> adoption,
                                 const Clock& clock, Random& random)
    : AccountStore(accounts), adoption_(std::move(adoption)), clock_(clock), random_(random) {}

bool AdoptedAccounts::catch_up() {
    const Time now = clock_.now();
    return adoption_->catch_up([&](const store::ForeignUser& user) { return account_for(user, now, random_); }, now);
}

Result<> AdoptedAccounts::create(const store::Account& account, const std::optional<store::SecretUse>& use,
                                 const store::OutboxMail* mail, const store::RolesToGive* roles) {
    if (!adoption_->takes_registrations())
        return Error(errors::registration_refused, "People register at the application whose users these are");
    if (adoption_->needs_email() && !account.email)
        return Error(errors::registration_refused,
                     "The application whose users these are needs an e-mail address: send it as 'email'");
    // First, so that a name that somebody has taken at the application is taken here as well.
    catch_up();
    auto created = AccountStore::create(account, use, mail, roles);
    // The application may have come between: a name that is free again, or an id of its that was used again.
    // If the application did nothing meanwhile, what refused the account is there.
    if (created || !catch_up()) return created;
    return AccountStore::create(account, use, mail, roles);
}

std::optional<store::Account> AdoptedAccounts::find_by_id(std::string_view id) {
    catch_up();
    return AccountStore::find_by_id(id);
}

std::optional<store::Account> AdoptedAccounts::find_by_name_key(std::string_view name_key) {
    catch_up();
    return AccountStore::find_by_name_key(name_key);
}

std::optional<store::Account> AdoptedAccounts::find_by_email_key(std::string_view email_key) {
    catch_up();
    return AccountStore::find_by_email_key(email_key);
}

std::optional<store::Account> AdoptedAccounts::find_by_adopted_id(std::string_view old_id) {
    catch_up();
    return find_adopted(*adoption_, old_id);
}

store::AccountPage AdoptedAccounts::list(std::string_view after, int limit) {
    catch_up();
    return AccountStore::list(after, limit);
}

std::vector<store::Imported> AdoptedAccounts::import(std::span<const store::ImportedAccount> imports,
                                                     store::Importing importing) {
    catch_up();
    return AccountStore::import(imports, importing);
}

AdoptedAccounts* follow_adoption(store::Stores& stores, const Clock& clock, Random& random) {
    if (!stores.adoption) return nullptr;
    auto adopted = std::make_unique<AdoptedAccounts>(*stores.accounts, std::move(stores.adoption), clock, random);
    // The store of accounts is replaced by one that does the same and catches up before; whoever holds a reference to
    // the old one must not use it any more.
    AdoptedAccounts* const found = adopted.get();
    stores.accounts = std::move(adopted);
    return found;
}

}  // namespace keyhold::domain
