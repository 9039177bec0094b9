// SPDX-License-Identifier: Apache-2.0
#include "store/database/schema_lock.hpp"

#include <thread>

#include "store/schema/migrations.hpp"

namespace keyhold::store {

namespace {

constexpr auto look_again_after = std::chrono::milliseconds(100);
// Looks, not time: one that has to wait for a long ALTER TABLE counts once.
constexpr int looks_at_most = 6'000;
constexpr int looks_until_silent = 300;

constexpr Sql insert_owner{"INSERT INTO keyhold_schema_lock (only_row, owner) VALUES (1, :a)", "t", ""};
constexpr Sql take_over{"UPDATE keyhold_schema_lock SET owner = :a WHERE owner = :b", "tt", ""};
constexpr Sql select_owner{"SELECT owner FROM keyhold_schema_lock", "", "t"};
constexpr Sql remove{"DELETE FROM keyhold_schema_lock WHERE owner = :a", "t", ""};
constexpr Sql select_unique{"SELECT UUID()", "", "t"};
constexpr std::string_view newest_note =
    "SELECT COALESCE(MAX(version * 1000 + statement), -1) FROM keyhold_schema_notes";

std::string text_of(Link& link, const Sql& question) {
    std::string answer;
    link.prepare(question)->run({}, [&](const Statement& row) { answer = row.text(0); });
    return answer;
}

// What changes as whoever has the lock comes along: its owner, the schema, the statement that is under way.
struct Progress {
    std::string owner;
    int schema;
    std::int64_t note;
    bool operator==(const Progress&) const = default;
};

Progress look(Link& link) { return {text_of(link, select_owner), schema_of(link), ask(link, newest_note)}; }

}  // namespace

std::int64_t ask(Link& link, std::string_view question, std::int64_t fallback) {
    const Sql sql{question, "", "i"};
    std::int64_t answer = fallback;
    link.prepare(sql)->run({}, [&](const Statement& row) { answer = row.integer(0); });
    return answer;
}

SchemaLock::~SchemaLock() {
    if (is_taken_) try {
            link_.execute("ROLLBACK");
            give_back();
        } catch (const std::exception&) {  // NOLINT(bugprone-empty-catch): as the header says
        }
}

// SQLite has no such lock: there the transaction of each step keeps all other writers out.
void SchemaLock::take() {
    if (!link_.locks_reach_everybody())
        take_row();
    else if (!driver_.lock_schema.empty() && ask(link_, driver_.lock_schema) != 1)
        throw Unavailable("another process has been changing the schema for long");
    is_taken_ = true;
}

// A row that a Galera cluster lets one process alone insert. Whoever dies with it is silent from then on.
void SchemaLock::take_row() {
    link_.execute("CREATE TABLE IF NOT EXISTS keyhold_schema_lock (only_row INTEGER NOT NULL PRIMARY KEY, owner " +
                  std::string(driver_.compared_text) + " NOT NULL)" + std::string(driver_.table_options));
    link_.execute(
        "CREATE TABLE IF NOT EXISTS keyhold_schema_notes (version INTEGER NOT NULL PRIMARY KEY, statement INTEGER NOT "
        "NULL)");
    owner_ = text_of(link_, select_unique);
    Progress seen{};
    int silent = 0;
    for (int looks = 0; looks < looks_at_most; ++looks) {
        try {
            const Progress now = look(link_);
            silent = now == seen ? silent + 1 : 0;
            seen = now;
            if (seen.owner.empty()) return (void)link_.prepare(insert_owner)->run({owner_});
            if (silent > looks_until_silent && link_.prepare(take_over)->run({owner_, seen.owner}) == 1) return;
        } catch (const NotUnique&) {  // somebody was first
        } catch (const TryAgain&) {   // so on another machine
        }
        std::this_thread::sleep_for(look_again_after);
    }
    throw Unavailable("another process has been changing the schema for long");
}

void SchemaLock::check() {
    if (!owner_.empty() && text_of(link_, select_owner) != owner_)
        throw Unavailable("another process changes the schema by now");
}

void SchemaLock::give_back() {
    is_taken_ = false;
    if (!owner_.empty())
        link_.prepare(remove)->run({owner_});
    else if (!driver_.unlock_schema.empty())
        ask(link_, driver_.unlock_schema);
}

}  // namespace keyhold::store
