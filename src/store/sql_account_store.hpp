// AccountStore in SQL, the same text for every database.
#pragma once

#include "store/account_store.hpp"
#include "store/database.hpp"

namespace keyhold::store {

class SqlAccountStore final : public AccountStore {
public:
    // The database may be shared with other stores; it goes with the last of them.
    explicit SqlAccountStore(std::shared_ptr<Database> database) : database_(std::move(database)) {}

    Result<> create(const Account& account, const std::optional<SecretUse>& use = {}) override;
    std::optional<Account> find_by_id(std::string_view id) override;
    std::optional<Account> find_by_name_key(std::string_view name_key) override;
    // At most 1000 accounts at a time, at least one.
    AccountPage list(std::string_view after, int limit) override;
    std::vector<Imported> import(std::span<const Newcomer> newcomers, Importing importing) override;
    bool replace_password_hash(std::string_view id, std::string_view expected, std::string_view replacement,
                               PasswordForm form) override;
    bool set_password(const NewPassword& password) override;
    bool set_disabled(std::string_view id, bool disabled, std::string_view reason, Time now) override;
    bool remove(std::string_view id, std::string_view reason, Time now) override;
    bool end_tokens(std::string_view id, Time now) override;

private:
    void end_most(std::string_view id, std::string_view reason, Time now);  // of its sessions
    std::optional<Account> find(const Sql& sql, std::string_view text);
    std::shared_ptr<Database> database_;
};

}  // namespace keyhold::store
