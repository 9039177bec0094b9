#include "store/sql_secret_store.hpp"

#include <string>
#include <vector>

#include "store/times.hpp"

namespace keyhold::store {

namespace {

constexpr Sql insert{
    "INSERT INTO keyhold_one_time_secrets (digest, purpose, account_id, address, attempts, expires_at, used_at) "
    "VALUES (:a, :b, :c, :d, :e, :f, 0)",
    "ttttii", ""};
constexpr Sql select_one{
    "SELECT digest, purpose, account_id, address, attempts, expires_at, used_at FROM keyhold_one_time_secrets "
    "WHERE digest = :a AND purpose = :b",
    "tt", "ttttiii"};
constexpr Sql update_used{
    "UPDATE keyhold_one_time_secrets SET used_at = :a, account_id = :b "
    "WHERE digest = :c AND purpose = :d AND used_at = 0 AND expires_at > :a",
    "ittt", ""};
constexpr Sql select_old{"SELECT digest FROM keyhold_one_time_secrets WHERE expires_at < :a LIMIT :b", "ii", "t"};
constexpr Sql delete_one{"DELETE FROM keyhold_one_time_secrets WHERE digest = :a", "t", ""};

}  // namespace

void SqlSecretStore::add(const OneTimeSecret& secret) {
    database_->write([&](Connection& connection) {
        return connection.statement(insert).run({secret.digest, secret.purpose, secret.account_id, secret.address,
                                                 secret.attempts, seconds(secret.expires_at)});
    });
}

std::optional<OneTimeSecret> SqlSecretStore::find(std::string_view digest, std::string_view purpose) {
    return database_->use(Intent::read, [&](Connection& connection) {
        std::optional<OneTimeSecret> found;
        connection.statement(select_one).run({digest, purpose}, [&](const Statement& row) {
            found = OneTimeSecret{.digest = row.text(0),
                                  .purpose = row.text(1),
                                  .account_id = row.text(2),
                                  .address = row.text(3),
                                  .attempts = row.integer(4),
                                  .expires_at = time_of(row.integer(5)),
                                  .used_at = {}};
            if (row.integer(6) != 0) found->used_at = time_of(row.integer(6));
        });
        return found;
    });
}

std::int64_t SqlSecretStore::purge(Time time, std::int64_t limit) {
    return database_->write([&](Connection& connection) {
        std::vector<std::string> found;
        connection.statement(select_old).run({seconds(time), limit}, [&](const Statement& row) {
            found.push_back(row.text(0));
        });
        for (const std::string& digest : found) connection.statement(delete_one).run({digest});
        return static_cast<std::int64_t>(found.size());
    });
}

bool use_secret(Connection& connection, const SecretUse& use, std::string_view account_id) {
    return connection.statement(update_used).run({seconds(use.now), account_id, use.digest, use.purpose}) == 1;
}

}  // namespace keyhold::store
