// SPDX-License-Identifier: Apache-2.0
#include "store/adoption/rehearsal.hpp"

#include <optional>

#include "store/adoption/foreign_locks.hpp"
#include "store/adoption/foreign_values.hpp"
#include "store/database/driver.hpp"
#include "store/schema/migrations.hpp"

namespace keyhold::store {

namespace {

// The application may be in the middle of writing; while we try, it waits for us.
constexpr std::chrono::seconds patience{10};

Error refuse_rehearsal(std::string why) { return {errors::configuration, std::move(why)}; }

// What one step of the trial shows to be wrong.
class Failed : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

// One transaction on one connection. The steps build on each other: each leaves the probe's row as the next one finds
// it.
class Rehearsal {
public:
    Rehearsal(Link& link, const ForeignDialect& dialect, const ForeignTable& table,
              const std::vector<ForeignColumn>& columns, const Account& probe, const Account& second)
        : link_(link),
          dialect_(dialect),
          table_(table),
          columns_(columns),
          probe_(probe),
          second_(second),
          other_hash_(second.password_hash),
          users_(name_in(dialect, table.table)) {}

    void through_triggers() {
        if (table_.takes_registrations)
            step("somebody registers at Keyhold", [&] { insert_account(); });
        else
            step("a user is adopted", [&] { adopt_somebody(); });
        if (id_.empty()) return;  // nobody is there to try it with
        if (table_.takes_registrations)
            second_step([&] {
                static constexpr Insert<"keyhold_accounts", Account> insert;
                link_.prepare(decltype(insert)::sql)->run(bound(second_));
                run("DELETE FROM keyhold_accounts WHERE id = :a", "t", {second_.id});
            });
        step("a new password is set at Keyhold", [&] {
            run("UPDATE keyhold_accounts SET password_hash = :a, generation = generation + 1 WHERE id = :b", "tt",
                {other_hash_, probe_.id});
            expect_user(other_hash_, true);
        });
        if (!table_.locks.empty())
            step("somebody is disabled and enabled at Keyhold", [&] {
                run("UPDATE keyhold_accounts SET disabled = 1 WHERE id = :a", "t", {probe_.id});
                expect_user(other_hash_, false);
                run("UPDATE keyhold_accounts SET disabled = 0 WHERE id = :a", "t", {probe_.id});
                expect_user(other_hash_, true);
            });
        step("the application sets a new password", [&] {
            forget_notes();
            run("UPDATE " + users_ + " SET " + column(table_.password) + " = " +
                    password_value(dialect_, table_, ":a") + is_user(":b"),
                "tt", {probe_.password_hash, id_});
            expect_note("0");
            expect_user(probe_.password_hash, true);
        });
        if (!table_.takes_registrations) return;  // nobody of theirs is deleted, not even for a moment
        step("the application deletes a user", [&] {
            forget_notes();
            run("DELETE FROM " + users_ + is_user(":a"), "t", {id_});
            expect_note("1");
        });
        step("somebody is deleted at Keyhold", [&] {
            run("DELETE FROM keyhold_accounts WHERE id = :a", "t", {probe_.id});
            insert_account();
            run("DELETE FROM keyhold_accounts WHERE id = :a", "t", {probe_.id});
            if (!ask(select_user(dialect_, table_), "t", "ttit", {id_}).empty())
                throw Failed("the row stays in the table");
        });
    }

    // What the triggers would do, by statements of the same words.
    void by_statements() {
        if (table_.takes_registrations)
            step("somebody registers at Keyhold", [&] {
                insert_row_of(probe_);
                const auto found = ask("SELECT " + as_text(dialect_, column(table_.id)) + " FROM " + users_ +
                                           " WHERE " + column(table_.name) + " = :a",
                                       "t", "t", {probe_.username});
                if (found.size() != 1) throw Failed("the name is not in the table as it was written");
                id_ = found.front().front();
                expect_user(probe_.password_hash, true);
            });
        else
            id_ = anybody();
        if (id_.empty()) return;
        if (table_.takes_registrations)
            second_step([&] {
                insert_row_of(second_);
                run("DELETE FROM " + users_ + " WHERE " + column(table_.name) + " = :a", "t", {second_.username});
            });
        step("a new password is set", [&] {
            run("UPDATE " + users_ + " SET " + column(table_.password) + " = " +
                    password_value(dialect_, table_, ":a") + is_user(":b"),
                "tt", {other_hash_, id_});
            expect_user(other_hash_, {});
        });
        if (!table_.takes_registrations) return;
        step("a user is deleted", [&] { run("DELETE FROM " + users_ + is_user(":a"), "t", {id_}); });
    }

    std::optional<std::string> lasting() {
        if (dialect_.why_lasting.empty()) return std::nullopt;
        const auto why = ask(std::string(dialect_.why_lasting), "t", "t", {table_.table});
        return why.empty() ? std::nullopt : std::optional(why.front().front());
    }

    void hold_counter() {
        if (dialect_.hold_counter.empty()) return;
        for (const auto& row : ask(std::string(dialect_.hold_counter), "tt", "t", {table_.table, table_.id}))
            link_.execute(row.front());
    }

    // Those of an earlier adoption go first, within the transaction.
    void make_triggers() {
        std::vector<std::string> drops;
        for (const auto& row : ask(std::string(dialect_.our_triggers), "", "t", {})) drops.push_back(row.front());
        for (const std::string& drop : drops) link_.execute(drop);
        for (const std::string& trigger : dialect_.triggers(table_, columns_)) link_.execute(trigger);
    }

private:
    using Row = std::vector<std::string>;

    // Names the step in whatever goes wrong in it. That the database does not answer is no finding about the table.
    template <class Do>
    void step(const char* what, Do work) {
        try {
            work();
        } catch (const Unavailable&) {
            throw;
        } catch (const std::exception& error) {
            throw Failed(std::string("when ") + what + ": " + error.what());
        }
    }

    // The first newcomer is there. What refuses another of another name and address gives all of them the same value.
    template <class Do>
    void second_step(Do work) {
        step("somebody registers at Keyhold beside another who did", [&] {
            try {
                work();
            } catch (const NotUnique& error) {
                throw Failed(std::string(error.what()) +
                             ". All who register get the same there, so the first alone could: give the column a "
                             "default that is another each time, or let it be NULL without a default, or say "
                             "--no-registration");
            }
        });
    }

    static Parameter parameter(const std::optional<std::string>& text) {
        return text ? Parameter(std::string_view(*text)) : Parameter(Null{});
    }
    std::string column(std::string_view name) const { return name_in(dialect_, name); }
    std::string is_user(const char* id) const {
        return " WHERE " + column(table_.id) + " = " + dialect_.typed(id, table_.id_type);
    }

    void run(const std::string& sql, std::string_view types, std::initializer_list<Parameter> parameters) {
        link_.prepare({sql, types, ""})->run(parameters);
    }
    std::vector<Row> ask(const std::string& sql, std::string_view types, std::string_view answers,
                         std::initializer_list<Parameter> parameters) {
        std::vector<Row> rows;
        link_.prepare({sql, types, answers})->run(parameters, [&](const Statement& row) {
            auto& copy = rows.emplace_back();
            for (std::size_t i = 0; i < answers.size(); ++i)
                copy.push_back(answers[i] == 'i' ? std::to_string(row.integer(i)) : row.text(i));
        });
        return rows;
    }

    // The id of some row; empty for an empty table.
    std::string anybody() {
        const ForeignPages ids = pages_of_ids(dialect_, table_);
        const auto found = ask(ids.from_first, "i", "t", {std::int64_t{1}});
        return found.empty() ? std::string() : found.front().front();
    }

    void insert_row_of(const Account& account) {
        const ForeignValues made = values_of_new_row(dialect_, table_, columns_);
        const LockSql locks = lock_sql(dialect_, table_, {});
        run("INSERT INTO " + users_ + " (" + made.columns + locks.columns + ") SELECT " + made.values + locks.values +
                " FROM (SELECT :a AS id, :b AS username, :c AS password_hash, 0 AS disabled, :d AS email) AS NEW",
            "tttT", {account.id, account.username, account.password_hash, parameter(account.email)});
    }

    void insert_account() {
        static constexpr Insert<"keyhold_accounts", Account> insert;
        link_.prepare(decltype(insert)::sql)->run(bound(probe_));
        const auto link = ask("SELECT old_id FROM keyhold_adopted WHERE account_id = :a", "t", "t", {probe_.id});
        if (link.size() != 1)
            throw Failed("the row that was made in " + table_.table + " is not found again by its name");
        id_ = link.front().front();
        expect_user(probe_.password_hash, true);
        if (!ask("SELECT note FROM keyhold_adopted_changes WHERE old_id = :a", "t", "t", {id_}).empty())
            throw Failed("what was noted of the row has another id than " + id_);
    }

    // As an account would come that is there already; only its password is changed.
    void adopt_somebody() {
        id_ = anybody();
        if (id_.empty()) return;
        run("DELETE FROM keyhold_adopted WHERE old_id = :a", "t", {id_});
        run("INSERT INTO keyhold_adopted (account_id, old_id) VALUES (:a, :b)", "tt", {probe_.id, id_});
        static constexpr Insert<"keyhold_accounts", Account> insert;
        link_.prepare(decltype(insert)::sql)->run(bound(probe_));
        run("UPDATE keyhold_accounts SET disabled = 1 WHERE id = :a", "t", {probe_.id});
        run("UPDATE keyhold_accounts SET disabled = 0 WHERE id = :a", "t", {probe_.id});
    }

    // Reads the row as catch_up() will, and compares.
    void expect_user(std::string_view hash, std::optional<bool> active) {
        const auto found = ask(select_user(dialect_, table_), "t", "ttit", {id_});
        if (found.size() != 1) throw Failed("no row of " + table_.table + " has the id " + id_ + " as a text");
        const Row& row = found.front();
        if (row[1] != hash)
            throw Failed("the column " + table_.password + " does not give back the hash that was written (" +
                         std::to_string(hash.size()) +
                         " characters): it needs room for them, and no trigger that changes "
                         "them");
        if (active && (row[2] == "1") != *active)
            throw Failed("the column " + (table_.locks.empty() ? table_.name : table_.locks.front().column) +
                         " does not say that somebody may " + (*active ? "" : "not ") +
                         "log in after that was written");
        if (table_.takes_registrations && row[0] != probe_.username)
            throw Failed("the column " + table_.name + " does not give back the name that was written");
        if (table_.takes_registrations && !table_.email.empty() && row[3] != probe_.email.value_or(""))
            throw Failed("the column " + table_.email + " does not give back the address that was written");
    }

    // Of this user: others come and go meanwhile, where the triggers are there already.
    void forget_notes() { run("DELETE FROM keyhold_adopted_changes WHERE old_id = :a", "t", {id_}); }
    void expect_note(const char* deleted) {
        const auto found = ask("SELECT deleted FROM keyhold_adopted_changes WHERE old_id = :a", "t", "i", {id_});
        if (found.size() != 1 || found.front()[0] != deleted)
            throw Failed("the trigger did not note the id " + id_ + " of " + table_.id);
    }

    Link& link_;
    const ForeignDialect& dialect_;
    const ForeignTable& table_;
    const std::vector<ForeignColumn>& columns_;
    const Account& probe_;
    const Account& second_;
    const std::string_view other_hash_;
    const std::string users_;
    std::string id_;  // of the probe's row there
};

}  // namespace

Result<> rehearse(std::string_view url, const ForeignTable& table, const std::vector<ForeignColumn>& columns,
                  const Account& probe, const Account& second, Rehearse what) {
    const auto location = parse_url(url);
    if (!location) return location.error();
    const Driver& driver = *location->driver;
    const ForeignDialect& dialect = *find_dialect(driver.scheme);
    const auto link = dialect.connect(location->target, patience);
    Rehearsal trial(*link, dialect, table, columns, probe, second);
    // Before anything is written: what cannot be undone is not tried.
    if (const auto why = trial.lasting())
        return refuse_rehearsal("the table " + table.table + " cannot be shared: " + *why);
    const bool makes_schema = driver.schema_is_transactional && what == Rehearse::before_adoption;
    const int schema = makes_schema ? schema_of(*link) : 0;
    if (schema > newest_schema()) return too_new(schema);
    std::optional<std::string> failed;
    link->execute(std::string(driver.begin_writing));
    try {
        if (makes_schema) {
            make_schema(*link, driver, {.older = schema, .newer = newest_schema()});
            trial.make_triggers();
        }
        // A sequence counts on though its transaction is undone: without this the application would find a gap.
        trial.hold_counter();
        if (driver.schema_is_transactional || what == Rehearse::with_its_triggers)
            trial.through_triggers();
        else
            trial.by_statements();
    } catch (const Unavailable&) {
        throw;  // the link is closed, which undoes it
    } catch (const std::exception& error) {
        failed = error.what();
    }
    link->execute("ROLLBACK");
    if (failed)
        return refuse_rehearsal("a trial on the table " + table.table + ", which was undone, failed " + *failed);
    return {};
}

}  // namespace keyhold::store
