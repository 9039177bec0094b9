#include "store/migrations.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "store/schema_lock.hpp"

namespace keyhold::store {

namespace {

// Step N makes schema N out of schema N-1. A step that was released never changes: add another.
// Our tables carry a prefix, as the database may be shared with the application's own.
// {compared} is a type whose texts are compared byte by byte; times are seconds since 1970, UTC.
using Step = std::vector<std::string_view>;  // statements
const Step accounts{
    R"(CREATE TABLE keyhold_accounts (
           id {compared} NOT NULL PRIMARY KEY,
           username TEXT NOT NULL,
           name_key {compared} NOT NULL UNIQUE,
           password_hash TEXT NOT NULL,
           disabled INTEGER NOT NULL,
           created_at BIGINT NOT NULL))",
};

// 0 and '' stand for "not yet". What a column means is said in session_store.hpp, change_store.hpp and key_store.hpp.
const Step sessions{
    "ALTER TABLE keyhold_accounts ADD COLUMN generation BIGINT NOT NULL DEFAULT 0",
    "ALTER TABLE keyhold_accounts ADD COLUMN last_login_at BIGINT NOT NULL DEFAULT 0",
    R"(CREATE TABLE keyhold_sessions (
           id {compared} NOT NULL PRIMARY KEY,
           account_id {compared} NOT NULL,
           device TEXT NOT NULL,
           address TEXT NOT NULL,
           created_at BIGINT NOT NULL,
           last_used_at BIGINT NOT NULL,
           ends_at BIGINT NOT NULL,
           ended_at BIGINT NOT NULL,
           end_reason TEXT NOT NULL,
           refresh_digest TEXT NOT NULL,
           family_key TEXT NOT NULL,
           rotations TEXT NOT NULL))",
    "CREATE INDEX keyhold_sessions_of_account ON keyhold_sessions (account_id, id)",
    "CREATE INDEX keyhold_sessions_by_end ON keyhold_sessions (ends_at)",
    R"(CREATE TABLE keyhold_changes (
           sequence BIGINT NOT NULL PRIMARY KEY,
           what INTEGER NOT NULL,
           id TEXT NOT NULL))",
    "CREATE TABLE keyhold_change_counter (only_row INTEGER NOT NULL PRIMARY KEY, sequence BIGINT NOT NULL)",
    "INSERT INTO keyhold_change_counter (only_row, sequence) VALUES (1, 0)",
    R"(CREATE TABLE keyhold_keys (
           kid {compared} NOT NULL PRIMARY KEY,
           algorithm TEXT NOT NULL,
           sealed TEXT NOT NULL,
           created_at BIGINT NOT NULL,
           signs_from BIGINT NOT NULL,
           verifies_until BIGINT NOT NULL,
           dropped_at BIGINT NOT NULL))",
};

// throttle_store.hpp says what is in them.
const Step throttle{
    R"(CREATE TABLE keyhold_failures (
           subject {compared} NOT NULL PRIMARY KEY,
           failures BIGINT NOT NULL,
           address TEXT NOT NULL,
           locked_until BIGINT NOT NULL,
           forgotten_at BIGINT NOT NULL))",
    "CREATE TABLE keyhold_throttle_secret (only_row INTEGER NOT NULL PRIMARY KEY, secret TEXT NOT NULL)",
};

// What `keyhold adopt` took over: adoption_store.hpp.
const Step adoption{
    R"(CREATE TABLE keyhold_adoption (
           only_row INTEGER NOT NULL PRIMARY KEY,
           old_table TEXT NOT NULL,
           id_column TEXT NOT NULL,
           id_type TEXT NOT NULL,
           name_column TEXT NOT NULL,
           password_column TEXT NOT NULL,
           active_column TEXT NOT NULL,
           complete INTEGER NOT NULL,
           before_adoption TEXT NOT NULL))",
    "CREATE TABLE keyhold_adopted (account_id {compared} NOT NULL PRIMARY KEY, old_id {compared} NOT NULL UNIQUE)",
    R"(CREATE TABLE keyhold_adopted_changes (
           note {compared} NOT NULL PRIMARY KEY,
           old_id {compared} NOT NULL,
           deleted INTEGER NOT NULL))",
    "CREATE INDEX keyhold_adopted_changes_of ON keyhold_adopted_changes (old_id)",
};

// When the database was set back to an earlier moment: restore.hpp.
const Step restored{
    "CREATE TABLE keyhold_restored (only_row INTEGER NOT NULL PRIMARY KEY, restored_at BIGINT NOT NULL)",
};

// node.hpp, docs/several-nodes.md.
const Step nodes{
    R"(CREATE TABLE keyhold_nodes (
           id {compared} NOT NULL PRIMARY KEY,
           passed BIGINT NOT NULL,
           beat BIGINT NOT NULL))",
};

// 0: hashed as it was typed, as the rows are that other applications wrote.
const Step password_form{
    "ALTER TABLE keyhold_accounts ADD COLUMN password_nfc INTEGER NOT NULL DEFAULT 0",
};

const std::array steps{accounts, sessions, throttle, adoption, restored, nodes, password_form};

std::string for_driver(std::string_view statement, const Driver& driver) {
    std::string text(statement);
    constexpr std::string_view slot = "{compared}";
    for (auto at = text.find(slot); at != std::string::npos; at = text.find(slot))
        text.replace(at, slot.size(), driver.compared_text);
    if (text.starts_with("CREATE TABLE")) text += driver.table_options;
    return text;
}

// What is done while nobody else changes the schema.
class Migration {
public:
    Migration(Link& link, const Driver& driver, SchemaLock& lock) : link_(link), driver_(driver), lock_(lock) {}
    Result<> run();

private:
    void begin() { link_.execute(std::string(driver_.begin_writing)); }
    void take_step(int version);
    void take_step_with_notes(int version);
    void take_note(int version, std::size_t statement);

    Link& link_;
    const Driver& driver_;
    SchemaLock& lock_;
};

Error too_new(int found) {
    return {Errc::configuration, "the database has schema " + std::to_string(found) +
                                     ", made by a newer Keyhold; this one knows schemas up to " +
                                     std::to_string(newest_schema()) + ": run the newer one"};
}

Result<> Migration::run() {
    lock_.take();
    link_.execute("CREATE TABLE IF NOT EXISTS keyhold_schema (version INTEGER NOT NULL PRIMARY KEY)");
    while (schema_of(link_) != newest_schema()) {
        begin();
        // Read again within: another process may have taken the step while we waited for our turn.
        const int version = schema_of(link_);
        if (version > newest_schema()) return too_new(version);
        if (version < newest_schema())
            driver_.schema_is_transactional ? take_step(version) : take_step_with_notes(version);
        link_.execute("COMMIT");
    }
    lock_.give_back();
    return {};
}

void Migration::take_step(int version) {
    for (const std::string_view statement : steps[static_cast<std::size_t>(version)])
        link_.execute(for_driver(statement, driver_));
    link_.execute("INSERT INTO keyhold_schema (version) VALUES (" + std::to_string(version + 1) + ")");
}

bool changes_rows(std::string_view statement) {
    return statement.starts_with("INSERT") || statement.starts_with("UPDATE") || statement.starts_with("DELETE");
}

void Migration::take_note(int version, std::size_t statement) {
    lock_.check();
    link_.execute("DELETE FROM keyhold_schema_notes");
    link_.execute("INSERT INTO keyhold_schema_notes (version, statement) VALUES (" + std::to_string(version) + ", " +
                  std::to_string(statement) + ")");
}

// A note says which statement is under way. Whoever finds it does not know whether that one was done: if it changes
// rows, it was not, as the next note would have been taken in the same transaction; if not, the database says so.
void Migration::take_step_with_notes(int version) {
    const Step& step = steps[static_cast<std::size_t>(version)];
    link_.execute(
        "CREATE TABLE IF NOT EXISTS keyhold_schema_notes (version INTEGER NOT NULL PRIMARY KEY, statement INTEGER NOT "
        "NULL)");
    constexpr std::int64_t none = -1;
    const std::int64_t noted =
        ask(link_, "SELECT statement FROM keyhold_schema_notes WHERE version = " + std::to_string(version), none);
    for (auto i = static_cast<std::size_t>(std::max<std::int64_t>(noted, 0)); i < step.size(); ++i) {
        begin();
        take_note(version, i);
        if (!changes_rows(step[i])) link_.execute("COMMIT");
        try {
            link_.execute(for_driver(step[i], driver_));
        } catch (const DoneAlready&) {
            if (noted != static_cast<std::int64_t>(i)) throw;
        }
        if (!changes_rows(step[i])) continue;
        take_note(version, i + 1);
        link_.execute("COMMIT");
    }
    begin();
    link_.execute("DELETE FROM keyhold_schema_notes");
    link_.execute("INSERT INTO keyhold_schema (version) VALUES (" + std::to_string(version + 1) + ")");
}

}  // namespace

int newest_schema() { return static_cast<int>(steps.size()); }

int schema_of(Link& link) {
    static constexpr Sql newest{"SELECT COALESCE(MAX(version), 0) FROM keyhold_schema", "", "i"};
    int version = 0;
    try {
        link.prepare(newest)->run({}, [&](const Statement& row) { version = static_cast<int>(row.integer(0)); });
    } catch (const Unavailable&) {
        throw;
    } catch (const std::runtime_error&) {  // there is no such table
        return 0;
    }
    return version;
}

Result<> migrate(Link& link, const Driver& driver) {
    // In a Galera cluster whoever comes to wait for us may undo what we have begun.
    constexpr int attempts = 10;
    for (int attempt = 1; schema_of(link) != newest_schema(); ++attempt) {
        SchemaLock lock(link, driver);
        try {
            auto migrated = Migration(link, driver, lock).run();
            lock.abandon();
            return migrated;
        } catch (const TryAgain&) {
            lock.abandon();
            if (attempt == attempts) throw;
        } catch (const Unavailable&) {
            lock.abandon();
            throw;
        }
    }
    return {};
}

}  // namespace keyhold::store
