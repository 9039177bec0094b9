// One-time secrets in a database that speaks SQL.
#pragma once

#include <memory>
#include <utility>

#include "store/database.hpp"
#include "store/secret_store.hpp"

namespace keyhold::store {

class SqlSecretStore final : public SecretStore {
public:
    explicit SqlSecretStore(std::shared_ptr<Database> database) : database_(std::move(database)) {}

    void add(const OneTimeSecret& secret) override;
    std::optional<OneTimeSecret> find(std::string_view digest, std::string_view purpose) override;
    std::int64_t purge(Time time, std::int64_t limit) override;

private:
    std::shared_ptr<Database> database_;
};

// One conditional UPDATE: false if the secret is unknown, expired or was used before. Within the transaction that makes
// `account_id`.
bool use_secret(Connection& connection, const SecretUse& use, std::string_view account_id);

}  // namespace keyhold::store
