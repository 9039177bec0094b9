// SPDX-License-Identifier: Apache-2.0
#include "store/access/throttle_store.hpp"

#include <algorithm>

#include "store/access/device_rows.hpp"
#include "store/database/database.hpp"
#include "store/events/change_rows.hpp"

namespace keyhold::store {

namespace {

// A whole row: Failures and whose they are.
struct FailuresOf {
    std::string_view subject;
    std::int64_t failures = 0;
    std::string_view address;
    Time locked_until{}, forgotten_at{};
    std::int64_t settled = 0;
};
KEYHOLD_ROW(FailuresOf, (subject), (failures), (address), (locked_until), (forgotten_at), (settled))

constexpr Query<"SELECT {} FROM keyhold_failures WHERE subject = :a", "t", Failures> select_failures;
constexpr Insert<"keyhold_failures", FailuresOf> insert_failures;
constexpr Query<
    "UPDATE keyhold_failures SET failures = :a, address = :b, locked_until = :c, forgotten_at = :d, settled = :e "
    "WHERE subject = :f AND failures = :g AND locked_until = :h AND forgotten_at = :i AND settled = :j",
    "itiiitiiii">
    update_failures;
constexpr Query<
    "DELETE FROM keyhold_failures WHERE subject = :a AND failures = :b AND locked_until = :c AND forgotten_at = :d AND "
    "settled = :e",
    "tiiii">
    delete_known;
// '/' is the character behind '.'.
constexpr Query<"DELETE FROM keyhold_failures WHERE subject = :a OR (subject > :b AND subject < :c)", "ttt">
    delete_with_parts;
constexpr Query<"DELETE FROM keyhold_failures WHERE subject = :a", "t"> delete_failures;
constexpr Query<"SELECT subject FROM keyhold_failures WHERE forgotten_at <= :a LIMIT :b", "ii", std::string>
    select_forgotten;
constexpr Query<"SELECT COUNT(*) FROM keyhold_failures", "", std::int64_t> count_all;
constexpr Query<"SELECT subject FROM keyhold_failures ORDER BY failures, forgotten_at LIMIT :a", "i", std::string>
    select_least;
constexpr Query<"SELECT secret FROM keyhold_throttle_secret", "", std::string> select_secret;
// only_row is the primary key and always 1, so there can be no second row.
constexpr Query<"INSERT INTO keyhold_throttle_secret (only_row, secret) VALUES (1, :a)", "t"> insert_secret;

}  // namespace

std::optional<Failures> ThrottleStore::find(std::string_view subject) {
    return database_->use(Intent::read,
                          [&](Connection& connection) { return connection.find(select_failures, subject); });
}

bool ThrottleStore::replace(std::string_view subject, const std::optional<Failures>& known,
                            const std::optional<Failures>& wanted, const EventOfFailure& told, FirstFailure heard) {
    // Compare and set: every number that was read is in the condition, so whoever has read an older row changes nothing
    // and reads again.
    const auto change = [&](Connection& connection) -> std::int64_t {
        if (!known && !wanted) return 1;
        if (!known) {
            connection.insert(insert_failures, FailuresOf{subject, wanted->count, wanted->address, wanted->locked_until,
                                                          wanted->forgotten_at, wanted->settled});
            return 1;
        }
        if (!wanted)
            return connection.run(delete_known, subject, known->count, known->locked_until, known->forgotten_at,
                                  known->settled);
        return connection.run(update_failures, wanted->count, wanted->address, wanted->locked_until,
                              wanted->forgotten_at, wanted->settled, subject, known->count, known->locked_until,
                              known->forgotten_at, known->settled);
    };
    try {
        return database_->write([&](Connection& connection) {
            if (change(connection) != 1) return false;
            if (told.kind != nullptr) record_event(connection, *told.kind, told.details);
            if (!known && heard == FirstFailure::is_a_change) record_change(connection, Changed::client, "");
            return true;
        });
    } catch (const NotUnique&) {  // somebody else's row came first
        return false;
    }
}

std::int64_t ThrottleStore::forget(std::string_view subject, std::string_view account_id) {
    // All texts that begin with "subject." lie between these two, so the index finds them.
    const std::string first = std::string(subject) + '.', behind = std::string(subject) + '/';
    return database_->write([&](Connection& connection) {
        const std::int64_t found = connection.run(delete_with_parts, subject, first, behind);
        if (found > 0) record_event(connection, event_kind("unlocked"), {.account = account_id});
        return found;
    });
}

std::int64_t ThrottleStore::purge(Time now, std::int64_t kept, std::int64_t limit) {
    return database_->write([&](Connection& connection) {
        auto found = connection.find_all(select_forgotten, now, limit);
        const std::int64_t all = connection.find(count_all).value_or(0);
        // Rows with the fewest failures go first: they lock nobody out, and losing them gives a guesser least.
        if (found.empty() && all > kept) found = connection.find_all(select_least, std::min(all - kept, limit));
        for (const std::string& subject : found) connection.run(delete_failures, subject);
        return static_cast<std::int64_t>(found.size());
    });
}

bool ThrottleStore::knows(const Device& device) {
    return database_->use(Intent::read, [&](Connection& connection) { return is_known(connection, device); });
}

std::string ThrottleStore::secret(std::string_view fresh) {
    const auto read = [&] {
        return database_->use(Intent::read, [](Connection& connection) { return connection.find(select_secret); });
    };
    if (auto known = read()) return *std::move(known);
    try {
        database_->write([&](Connection& connection) { return connection.run(insert_secret, fresh); });
        return std::string(fresh);
    } catch (const NotUnique&) {  // another process was first
        return read().value();
    }
}

}  // namespace keyhold::store
