#include "domain/adopted_accounts.hpp"

#include <utility>

#include "base/id.hpp"
#include "domain/names.hpp"

namespace keyhold::domain {

std::optional<store::Account> account_for(const store::ForeignUser& user, Time now, Random& random) {
    auto name = parse_name(user.name);
    if (!name) return std::nullopt;
    // A hash that we cannot read stays: the old application can, and here it opens nothing.
    return store::Account{.id = make_id(now, random),
                          .username = std::move(name->shown),
                          .name_key = std::move(name->key),
                          .password_hash = user.password_hash,
                          .disabled = !user.active,
                          .created_at = now};
}

AdoptedAccounts::AdoptedAccounts(std::unique_ptr<store::AccountStore> accounts,
                                 std::unique_ptr<store::AdoptionStore> adoption, const Clock& clock, Random& random)
    : accounts_(std::move(accounts)), adoption_(std::move(adoption)), clock_(clock), random_(random) {}

bool AdoptedAccounts::catch_up() {
    const Time now = clock_.now();
    return adoption_->catch_up([&](const store::ForeignUser& user) { return account_for(user, now, random_); }, now);
}

Result<> AdoptedAccounts::create(const store::Account& account, const std::optional<store::SecretUse>& use) {
    catch_up();
    auto created = accounts_->create(account, use);
    // The application may have come between: a name that is free again, or an id of its that was used again.
    if (created || !catch_up()) return created;
    return accounts_->create(account, use);
}

std::optional<store::Account> AdoptedAccounts::find_by_id(std::string_view id) {
    catch_up();
    return accounts_->find_by_id(id);
}

std::optional<store::Account> AdoptedAccounts::find_by_name_key(std::string_view name_key) {
    catch_up();
    return accounts_->find_by_name_key(name_key);
}

store::AccountPage AdoptedAccounts::list(std::string_view after, int limit) {
    catch_up();
    return accounts_->list(after, limit);
}

std::vector<store::Imported> AdoptedAccounts::import(std::span<const store::Newcomer> newcomers,
                                                     store::Importing importing) {
    catch_up();
    return accounts_->import(newcomers, importing);
}

bool AdoptedAccounts::replace_password_hash(std::string_view id, std::string_view expected,
                                            std::string_view replacement, store::PasswordForm form) {
    return accounts_->replace_password_hash(id, expected, replacement, form);
}

bool AdoptedAccounts::set_password(const NewPassword& password) { return accounts_->set_password(password); }

bool AdoptedAccounts::set_disabled(std::string_view id, bool disabled, std::string_view reason, Time now) {
    return accounts_->set_disabled(id, disabled, reason, now);
}

bool AdoptedAccounts::remove(std::string_view id, std::string_view reason, Time now) {
    return accounts_->remove(id, reason, now);
}

bool AdoptedAccounts::end_tokens(std::string_view id, Time now) { return accounts_->end_tokens(id, now); }

AdoptedAccounts* follow_adoption(store::Stores& stores, const Clock& clock, Random& random) {
    if (!stores.adoption) return nullptr;
    auto adopted =
        std::make_unique<AdoptedAccounts>(std::move(stores.accounts), std::move(stores.adoption), clock, random);
    AdoptedAccounts* const found = adopted.get();
    stores.accounts = std::move(adopted);
    return found;
}

}  // namespace keyhold::domain
