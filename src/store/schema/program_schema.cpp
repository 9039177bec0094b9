// SPDX-License-Identifier: Apache-2.0
#include "store/schema/program_schema.hpp"

#include "store/database/schema_lock.hpp"
#include "store/schema/migration_steps.hpp"

namespace keyhold::store {
namespace {

constexpr std::chrono::milliseconds index_patience =
    std::chrono::minutes(10);  // an index over many rows takes its time

constexpr Sql select_program{"SELECT version, begun FROM keyhold_program_schema WHERE program = :a", "t", "ii"};
constexpr Sql insert_program{"INSERT INTO keyhold_program_schema (program, version, begun) VALUES (:a, 0, 0)", "t", ""};
constexpr Sql note_begun{"UPDATE keyhold_program_schema SET begun = :a WHERE program = :b", "it", ""};
constexpr Sql note_done{"UPDATE keyhold_program_schema SET version = :a WHERE program = :b", "it", ""};

// The number of the last statement that was run, and of the last that was begun: they differ if a process was killed
// between the two on a database that does not undo such statements.
struct ProgramProgress {
    std::int64_t version = 0, begun = 0;
};

// Empty if the program was never here.
std::optional<ProgramProgress> look(Link& link, const std::string& program) {
    std::optional<ProgramProgress> found;
    link.prepare(select_program)->run({std::string_view(program)}, [&](const Statement& row) {
        found = ProgramProgress{row.integer(0), row.integer(1)};
    });
    return found;
}

ProgramProgress look_before(Link& link, const std::string& program) {
    try {
        return look(link, program).value_or(ProgramProgress());
    } catch (const Unavailable&) {
        throw;
    } catch (const std::runtime_error&) {  // there is no such table
        return {};
    }
}

Error newer_was_here(const ProgramSchema& schema, std::int64_t version) {
    return {errors::configuration, "the tables of " + schema.program + " have version " + std::to_string(version) +
                                       " here, made by a newer one; this one knows " +
                                       std::to_string(schema.statements.size()) + ": run the newer one"};
}

void make_table(Link& link, const Driver& driver) {
    link.execute("CREATE TABLE IF NOT EXISTS keyhold_program_schema (program " + std::string(driver.compared_text) +
                 " NOT NULL PRIMARY KEY, version INTEGER NOT NULL, begun INTEGER NOT NULL)" +
                 std::string(driver.table_options));
}

class ProgramMigration {
public:
    ProgramMigration(Link& link, const Driver& driver, SchemaLock& lock, const ProgramSchema& schema)
        : link_(link), driver_(driver), lock_(lock), schema_(schema) {}

    Result<> run() {
        lock_.take();
        make_table(link_, driver_);
        for (;;) {
            begin();
            // Read within the transaction: another process may have been here while this one waited.
            auto now = look(link_, schema_.program);
            if (!now) {
                link_.prepare(insert_program)->run({std::string_view(schema_.program)});
                now = ProgramProgress();
            }
            const auto known = static_cast<std::int64_t>(schema_.statements.size());
            if (now->version < known) driver_.schema_is_transactional ? step(*now) : step_with_note(*now);
            link_.execute("COMMIT");
            if (now->version > known) return newer_was_here(schema_, now->version);
            if (now->version == known) break;
        }
        lock_.give_back();
        return {};
    }

private:
    void begin() { link_.execute(std::string(driver_.begin_writing)); }
    const std::string& statement_after(const ProgramProgress& now) const {
        return schema_.statements[static_cast<std::size_t>(now.version)];
    }
    void note(const Sql& sql, std::int64_t number) {
        link_.prepare(sql)->run({number, std::string_view(schema_.program)});
    }
    void step(const ProgramProgress& now) {
        link_.execute(statement_after(now));
        note(note_done, now.version + 1);
    }
    // The database commits with each statement that makes or changes a table. Whoever finds one begun does not know
    // whether it was done: if it was, the database says so.
    void step_with_note(const ProgramProgress& now) {
        if (changes_rows(statement_after(now))) return step(now);
        note(note_begun, now.version + 1);
        link_.execute("COMMIT");
        lock_.check();
        try {
            link_.execute(statement_after(now));
        } catch (const DoneAlready&) {
            if (now.begun != now.version + 1) throw;
        }
        begin();
        note(note_done, now.version + 1);
    }

    Link& link_;
    const Driver& driver_;
    SchemaLock& lock_;
    const ProgramSchema& schema_;
};

}  // namespace

Result<> migrate_program(std::string_view url, const ProgramSchema& schema, Make make) {
    const auto location = parse_url(url);
    if (!location) return location.error();
    const Driver& driver = *location->driver;
    const auto link = driver.connect(location->target, index_patience);
    const auto known = static_cast<std::int64_t>(schema.statements.size());
    const std::int64_t found = look_before(*link, schema.program).version;
    // The usual start: nothing is locked, and nobody waits.
    if (found == known) return {};
    if (found > known) return newer_was_here(schema, found);
    if (make == Make::nothing)
        return Error(errors::configuration, "the tables of " + schema.program + " have version " +
                                                std::to_string(found) + " here, and this one works with " +
                                                std::to_string(known) + ": `" + schema.program +
                                                " db migrate` brings them there");
    SchemaLock lock(*link, driver);
    return ProgramMigration(*link, driver, lock, schema).run();
}

}  // namespace keyhold::store
