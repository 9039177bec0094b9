// SPDX-License-Identifier: Apache-2.0
#include "store/schema/migrations.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "store/database/schema_lock.hpp"
#include "store/schema/migration_steps.hpp"

namespace keyhold::store {

namespace {

Step step_from(int version) { return migration_steps()[static_cast<std::size_t>(version)]; }

// The statement in the words of one database. Steps are written once, for all of them.
std::string for_driver(std::string_view statement, const Driver& driver) {
    std::string text(statement);
    const auto fill = [&](std::string_view slot, std::string_view value) {
        for (auto at = text.find(slot); at != std::string::npos; at = text.find(slot))
            text.replace(at, slot.size(), value);
    };
    fill("{compared}", driver.compared_text);
    fill("{now}", driver.now);
    if (text.starts_with("CREATE TABLE")) text += driver.table_options;
    if (text.starts_with("DROP INDEX") && !driver.indexes_belong_to_tables) text.resize(text.find(" ON "));
    return text;
}

// Puts a column that is to be added into the statement that makes its table, if that is one of `statements`.
bool is_put_into_its_table(std::string_view statement, std::vector<std::string>& statements) {
    constexpr std::string_view alter = "ALTER TABLE ";
    constexpr std::string_view add = " ADD COLUMN ";
    const std::size_t added = statement.find(add);
    if (!statement.starts_with(alter) || added == std::string_view::npos) return false;
    const std::string table =
        "CREATE TABLE " + std::string(statement.substr(alter.size(), added - alter.size())) + " (";
    const auto made = std::ranges::find_if(statements, [&](const auto& other) { return other.starts_with(table); });
    if (made == statements.end()) return false;
    made->insert(made->rfind(')'), ", " + std::string(statement.substr(added + add.size())));
    return true;
}

// What makes schema `newer` out of schema `older`. SQLite reads the whole schema again for each column that is added:
// three quarters of the time in which an empty database was made.
std::vector<std::string> statements_between(int older, int newer) {
    std::vector<std::string> all;
    for (int version = older; version < newer; ++version)
        for (const std::string_view statement : step_from(version))
            if (!is_put_into_its_table(statement, all)) all.emplace_back(statement);
    return all;
}

// What is done while nobody else changes the schema.
class Migration {
public:
    Migration(Link& link, const Driver& driver, SchemaLock& lock) : link_(link), driver_(driver), lock_(lock) {}
    Result<> run();

private:
    void begin() { link_.execute(std::string(driver_.begin_writing)); }
    void take_steps(int version);
    void note_version(int version);
    // On databases where each statement that changes the schema is a transaction by itself.
    void take_step_with_notes(int version);
    void take_note(int version, std::size_t statement);

    Link& link_;
    const Driver& driver_;
    SchemaLock& lock_;
};

}  // namespace

Error too_new(int found) {
    return {errors::configuration, "the database has schema " + std::to_string(found) +
                                       ", made by a newer Keyhold; this one knows schemas up to " +
                                       std::to_string(newest_schema()) + ": run the newer one"};
}

namespace {

Result<> Migration::run() {
    lock_.take();
    link_.execute("CREATE TABLE IF NOT EXISTS keyhold_schema (version INTEGER NOT NULL PRIMARY KEY)");
    while (schema_of(link_) != newest_schema()) {
        begin();
        // Read again within: another process may have taken the step while we waited for our turn.
        const int version = schema_of(link_);
        if (version > newest_schema()) return too_new(version);
        if (version < newest_schema()) take_steps(version);
        link_.execute("COMMIT");
    }
    lock_.give_back();
    return {};
}

// One at a time, so that what a long one has done is not undone by the next. An empty database takes all of them in one
// transaction: a commit waits for the disk, and there are no rows that make a step long.
void Migration::take_steps(int version) {
    if (!driver_.schema_is_transactional) return take_step_with_notes(version);
    const int last = version == 0 ? newest_schema() : version + 1;
    make_schema(link_, driver_, {.older = version, .newer = last});
    while (version < last) note_version(++version);
}

void Migration::note_version(int version) {
    link_.execute("INSERT INTO keyhold_schema (version) VALUES (" + std::to_string(version) + ")");
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
    const Step step = step_from(version);
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
    note_version(version + 1);
}

}  // namespace

int newest_schema() { return static_cast<int>(migration_steps().size()); }

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

void make_schema(Link& link, const Driver& driver, SchemaVersions versions) {
    for (const std::string& statement : statements_between(versions.older, versions.newer))
        link.execute(for_driver(statement, driver));
}

Result<> migrate(Link& link, const Driver& driver) {
    // In a Galera cluster whoever comes to wait for us may undo what we have begun.
    constexpr int attempts = 10;
    for (int attempt = 1; schema_of(link) != newest_schema(); ++attempt) try {
            SchemaLock lock(link, driver);
            return Migration(link, driver, lock).run();
        } catch (const TryAgain&) {
            if (attempt == attempts) throw;
        }
    return {};
}

}  // namespace keyhold::store
