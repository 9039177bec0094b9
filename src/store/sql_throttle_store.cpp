#include "store/sql_throttle_store.hpp"
#include "store/sql_devices.hpp"
#include "store/times.hpp"

#include <algorithm>
#include <vector>

namespace keyhold::store {

namespace {

constexpr Sql select_one{
    "SELECT failures, address, locked_until, forgotten_at, settled FROM keyhold_failures WHERE subject = :a", "t",
    "itiii"};
constexpr Sql insert{
    "INSERT INTO keyhold_failures (subject, failures, address, locked_until, forgotten_at, settled) "
    "VALUES (:a, :b, :c, :d, :e, :f)",
    "titiii", ""};
constexpr Sql update{
    "UPDATE keyhold_failures SET failures = :a, address = :b, locked_until = :c, forgotten_at = :d, settled = :e "
    "WHERE subject = :f AND failures = :g AND locked_until = :h AND forgotten_at = :i AND settled = :j",
    "itiiitiiii", ""};
constexpr Sql delete_known{
    "DELETE FROM keyhold_failures WHERE subject = :a AND failures = :b AND locked_until = :c AND forgotten_at = :d AND "
    "settled = :e",
    "tiiii", ""};
// '/' is the character behind '.'.
constexpr Sql delete_with_parts{"DELETE FROM keyhold_failures WHERE subject = :a OR (subject > :b AND subject < :c)",
                                "ttt", ""};
constexpr Sql delete_one{"DELETE FROM keyhold_failures WHERE subject = :a", "t", ""};
constexpr Sql select_forgotten{"SELECT subject FROM keyhold_failures WHERE forgotten_at <= :a LIMIT :b", "ii", "t"};
constexpr Sql count_all{"SELECT COUNT(*) FROM keyhold_failures", "", "i"};
constexpr Sql select_least{"SELECT subject FROM keyhold_failures ORDER BY failures, forgotten_at LIMIT :a", "i", "t"};
constexpr Sql select_secret{"SELECT secret FROM keyhold_throttle_secret", "", "t"};
constexpr Sql insert_secret{"INSERT INTO keyhold_throttle_secret (only_row, secret) VALUES (1, :a)", "t", ""};

std::optional<std::string> read_secret(Connection& connection) {
    std::optional<std::string> found;
    connection.statement(select_secret).run({}, [&](const Statement& row) { found = row.text(0); });
    return found;
}

std::vector<std::string> subjects(Connection& connection, const Sql& sql, std::initializer_list<Parameter> parameters) {
    std::vector<std::string> found;
    connection.statement(sql).run(parameters, [&](const Statement& row) { found.push_back(row.text(0)); });
    return found;
}

}  // namespace

std::optional<Failures> SqlThrottleStore::find(std::string_view subject) {
    return database_->use(Intent::read, [&](Connection& connection) {
        std::optional<Failures> found;
        connection.statement(select_one).run({subject}, [&](const Statement& row) {
            found = Failures{.count = row.integer(0),
                             .address = row.text(1),
                             .locked_until = time_of(row.integer(2)),
                             .forgotten_at = time_of(row.integer(3)),
                             .settled = row.integer(4)};
        });
        return found;
    });
}

bool SqlThrottleStore::replace(std::string_view subject, const std::optional<Failures>& known,
                               const std::optional<Failures>& wanted) {
    const auto change = [&](Connection& connection) -> std::int64_t {
        if (!known && !wanted) return 1;
        if (!known)
            return connection.statement(insert).run({subject, wanted->count, wanted->address,
                                                     seconds(wanted->locked_until), seconds(wanted->forgotten_at),
                                                     wanted->settled});
        if (!wanted)
            return connection.statement(delete_known)
                .run({subject, known->count, seconds(known->locked_until), seconds(known->forgotten_at),
                      known->settled});
        return connection.statement(update).run({wanted->count, wanted->address, seconds(wanted->locked_until),
                                                 seconds(wanted->forgotten_at), wanted->settled, subject, known->count,
                                                 seconds(known->locked_until), seconds(known->forgotten_at),
                                                 known->settled});
    };
    try {
        return database_->write(change) == 1;
    } catch (const NotUnique&) {  // somebody else's row came first
        return false;
    }
}

std::int64_t SqlThrottleStore::forget(std::string_view subject) {
    const std::string first = std::string(subject) + '.', behind = std::string(subject) + '/';
    return database_->write([&](Connection& connection) {
        return connection.statement(delete_with_parts).run({subject, first, behind});
    });
}

std::int64_t SqlThrottleStore::purge(Time now, std::int64_t kept, std::int64_t limit) {
    return database_->write([&](Connection& connection) {
        auto found = subjects(connection, select_forgotten, {seconds(now), limit});
        std::int64_t all = 0;
        connection.statement(count_all).run({}, [&](const Statement& row) { all = row.integer(0); });
        if (found.empty() && all > kept) found = subjects(connection, select_least, {std::min(all - kept, limit)});
        for (const std::string& subject : found) connection.statement(delete_one).run({subject});
        return static_cast<std::int64_t>(found.size());
    });
}

bool SqlThrottleStore::knows(const Device& device) {
    return database_->use(Intent::read, [&](Connection& connection) { return is_known(connection, device); });
}

std::string SqlThrottleStore::secret(std::string_view fresh) {
    const auto read = [&] { return database_->use(Intent::read, read_secret); };
    if (auto known = read()) return *std::move(known);
    try {
        database_->write([&](Connection& connection) { return connection.statement(insert_secret).run({fresh}); });
        return std::string(fresh);
    } catch (const NotUnique&) {  // another process was first
        return read().value();
    }
}

}  // namespace keyhold::store
