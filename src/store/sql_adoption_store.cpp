#include "store/sql_adoption_store.hpp"

#include <utility>

#include "store/sql_account_columns.hpp"
#include "store/sql_change_store.hpp"
#include "store/sql_session_store.hpp"

namespace keyhold::store {

namespace {

// So many notes are worked off in one transaction.
constexpr std::int64_t at_once = 500;
constexpr int attempts = 5;

constexpr Sql select_adoption{
    "SELECT old_table, id_column, id_type, name_column, password_column, active_column, complete, before_adoption "
    "FROM keyhold_adoption",
    "", "ttttttit"};
constexpr Sql insert_adoption{
    "INSERT INTO keyhold_adoption (only_row, old_table, id_column, id_type, name_column, password_column, "
    "active_column, complete, before_adoption) VALUES (1, :a, :b, :c, :d, :e, :f, 0, :g)",
    "ttttttt", ""};
constexpr Sql update_complete{"UPDATE keyhold_adoption SET complete = 1", "", ""};
constexpr Sql select_any_account{"SELECT 1 FROM keyhold_accounts LIMIT 1", "", "i"};
constexpr Sql select_any{"SELECT 1 FROM keyhold_adopted_changes LIMIT 1", "", "i"};
constexpr Sql select_notes{"SELECT note, old_id, deleted FROM keyhold_adopted_changes LIMIT :a", "i", "tti"};
constexpr Sql delete_note{"DELETE FROM keyhold_adopted_changes WHERE note = :a", "t", ""};
constexpr Sql insert_note{"INSERT INTO keyhold_adopted_changes (note, old_id, deleted) VALUES (:a, :b, 0)", "tt", ""};
constexpr Sql select_account{
    "SELECT " KEYHOLD_ACCOUNT_COLUMNS
    " FROM keyhold_accounts WHERE id = (SELECT account_id FROM keyhold_adopted WHERE old_id = :a)",
    "t", account_types};
constexpr Sql select_name{"SELECT 1 FROM keyhold_accounts WHERE name_key = :a", "t", "i"};
constexpr Sql insert_link{"INSERT INTO keyhold_adopted (account_id, old_id) VALUES (:a, :b)", "tt", ""};
constexpr Sql delete_link{"DELETE FROM keyhold_adopted WHERE account_id = :a", "t", ""};
constexpr Sql delete_account{"DELETE FROM keyhold_accounts WHERE id = :a", "t", ""};
constexpr Sql update_hash{
    "UPDATE keyhold_accounts SET password_hash = :a, password_nfc = 0, generation = generation + 1 WHERE id = :b", "tt",
    ""};
constexpr Sql update_disabled{"UPDATE keyhold_accounts SET disabled = :a, generation = generation + 1 WHERE id = :b",
                              "it", ""};

// The session store's words for it (domain/sessions.hpp).
constexpr std::string_view account_deleted = "account_deleted", password_changed = "password_changed",
                           account_disabled = "account_disabled";

std::optional<Account> find_account(Connection& connection, std::string_view old_id) {
    std::optional<Account> account;
    connection.statement(select_account).run({old_id}, [&](const Statement& row) { account = account_of(row); });
    return account;
}

void remove(Connection& connection, const Account& account, Time now) {
    // The link first: the trigger must not delete whoever has their id by now.
    connection.statement(delete_link).run({account.id});
    connection.statement(delete_account).run({account.id});
    record_change(connection, Changed::account, account.id);
    end_sessions(connection, {account.id}, account_deleted, now);
}

// Nothing, if another account has the name: then this user is known to the old application alone.
void add(Connection& connection, const Account& account, std::string_view old_id) {
    bool is_taken = false;
    connection.statement(select_name).run({account.name_key}, [&](const Statement&) { is_taken = true; });
    if (is_taken) return;
    connection.statement(insert_link).run({account.id, old_id});  // first: the trigger asks for it
    insert_account(connection, account);
}

void update(Connection& connection, const Account& account, const Account& wanted, Time now) {
    if (account.password_hash != wanted.password_hash) {
        connection.statement(update_hash).run({wanted.password_hash, account.id});
        end_sessions(connection, {account.id}, password_changed, now);
    }
    if (account.disabled != wanted.disabled) {
        connection.statement(update_disabled).run({std::int64_t{wanted.disabled}, account.id});
        record_change(connection, Changed::account, account.id);
        if (wanted.disabled) end_sessions(connection, {account.id}, account_disabled, now);
    }
}

}  // namespace

struct SqlAdoptionStore::Note {
    std::string note, old_id;
    bool deleted;
};

namespace {

struct Adoption {
    OldTable table;
    bool is_complete;
    std::string before;
};

std::optional<Adoption> read_adoption(Connection& connection) {
    std::optional<Adoption> found;
    connection.statement(select_adoption).run({}, [&](const Statement& row) {
        found = Adoption{{row.text(0), row.text(1), row.text(2), row.text(3), row.text(4), row.text(5)},
                         row.integer(6) != 0,
                         row.text(7)};
    });
    return found;
}

const OldDialect& dialect_of(const Database& database) { return *find_dialect(database.driver().scheme); }

std::vector<std::string> ask(Connection& connection, std::string_view question) {
    std::vector<std::string> answers;
    connection.prepare({question, "", "t"})->run({}, [&](const Statement& row) { answers.push_back(row.text(0)); });
    return answers;
}

void drop_triggers(Connection& connection, const OldDialect& dialect) {
    for (const std::string& statement : ask(connection, dialect.our_triggers)) connection.execute(statement);
}

}  // namespace

std::unique_ptr<SqlAdoptionStore> SqlAdoptionStore::find(std::shared_ptr<Database> database) {
    const OldDialect* const dialect = find_dialect(database->driver().scheme);
    if (dialect == nullptr) return nullptr;
    auto adoption = database->use(Intent::read, read_adoption);
    if (!adoption) return nullptr;
    // Who makes the table anew, as some migrations do, loses the triggers.
    const auto triggers = database->use(
        Intent::read, [&](Connection& connection) { return ask(connection, dialect->our_triggers).size(); });
    const bool is_complete = adoption->is_complete && triggers == dialect->triggers(adoption->table, {}).size();
    return std::unique_ptr<SqlAdoptionStore>(
        new SqlAdoptionStore(std::move(database), std::move(adoption->table), is_complete));
}

SqlAdoptionStore::SqlAdoptionStore(std::shared_ptr<Database> database, OldTable table, bool complete)
    : database_(std::move(database)),
      user_by_id_(select_user(dialect_of(*database_), table)),
      ids_(pages_of_ids(dialect_of(*database_), table)),
      select_user_{user_by_id_, "t", "tti"},
      select_first_ids_{ids_.from_first, "i", "t"},
      select_ids_after_{ids_.after, "ti", "t"},
      complete_(complete) {}

bool SqlAdoptionStore::catch_up(const MakeAccount& make, Time now) {
    const bool anything = database_->use(Intent::read, [](Connection& connection) {
        bool found = false;
        connection.statement(select_any).run({}, [&](const Statement&) { found = true; });
        return found;
    });
    if (!anything) return false;
    while (work_off_some(make, now) == static_cast<std::size_t>(at_once)) {
    }
    return true;
}

std::size_t SqlAdoptionStore::work_off_some(const MakeAccount& make, Time now) {
    for (int attempt = 1;; ++attempt) try {
            return write_change(*database_, [&](Connection& connection) {
                std::vector<Note> notes;
                connection.statement(select_notes).run({at_once}, [&](const Statement& row) {
                    notes.push_back({row.text(0), row.text(1), row.integer(2) != 0});
                });
                for (const Note& note : notes) work_off(connection, note, make, now);
                return notes.size();
            });
        } catch (const NotUnique&) {  // another node gave somebody that name meanwhile: now that is seen
            if (attempt == attempts) throw;
        }
}

void SqlAdoptionStore::work_off(Connection& connection, const Note& note, const MakeAccount& make, Time now) const {
    if (connection.statement(delete_note).run({note.note}) != 1) return;  // another process came first
    const auto user = find_user(connection, note.old_id);
    const auto wanted = user ? make(*user) : std::nullopt;
    auto account = find_account(connection, note.old_id);
    // Their ids may be used again, and so another name is another person.
    const bool is_over = note.deleted || !wanted || (account && account->username != wanted->username);
    if (account && is_over) {
        remove(connection, *account, now);
        account.reset();
    }
    if (!wanted) return;
    if (account)
        update(connection, *account, *wanted, now);
    else
        add(connection, *wanted, note.old_id);
}

std::optional<OldUser> SqlAdoptionStore::find_user(Connection& connection, std::string_view old_id) const {
    std::optional<OldUser> user;
    connection.statement(select_user_).run({old_id}, [&](const Statement& row) {
        user = OldUser{std::string(old_id), row.text(0), row.text(1), row.integer(2) != 0};
    });
    return user;
}

std::string SqlAdoptionStore::note(const std::string& after, int limit) {
    return database_->write([&](Connection& connection) {
        std::vector<std::string> ids;
        const auto collect = [&](const Statement& row) { ids.push_back(row.text(0)); };
        if (after.empty())
            connection.statement(select_first_ids_).run({std::int64_t{limit}}, collect);
        else
            connection.statement(select_ids_after_).run({after, std::int64_t{limit}}, collect);
        for (const std::string& id : ids) {
            const std::string note = "adopt " + id;
            connection.statement(delete_note).run({note});  // of an adoption that was broken off
            connection.statement(insert_note).run({note, id});
        }
        return ids.empty() ? std::string() : ids.back();
    });
}

void SqlAdoptionStore::complete() {
    database_->write([](Connection& connection) { return connection.statement(update_complete).run({}); });
    complete_ = true;
}

Result<std::unique_ptr<SqlAdoptionStore>> SqlAdoptionStore::begin(std::shared_ptr<Database> database,
                                                                  const OldTable& table,
                                                                  const std::vector<OldColumn>& columns,
                                                                  std::string_view before) {
    const OldDialect& dialect = dialect_of(*database);
    auto begun = database->write([&](Connection& connection) -> Result<> {
        const auto known = read_adoption(connection);
        if (known && known->table != table)
            return Error(Errc::configuration,
                         "another table is adopted here, " + known->table.table + ": `keyhold adopt --undo` first");
        bool has_accounts = false;
        connection.statement(select_any_account).run({}, [&](const Statement&) { has_accounts = true; });
        if (!known && has_accounts)
            return Error(Errc::configuration,
                         "Keyhold has accounts of its own in this database, which are not in the old table: export "
                         "and delete them first");
        if (!known)
            connection.statement(insert_adoption)
                .run({table.table, table.id, table.id_type, table.name, table.password, table.active, before});
        drop_triggers(connection, dialect);
        for (const std::string& trigger : dialect.triggers(table, columns)) connection.execute(trigger);
        return {};
    });
    if (!begun) return std::move(begun).error();
    return find(std::move(database));
}

Result<std::string> SqlAdoptionStore::undo(Database& database) {
    const OldDialect& dialect = dialect_of(database);
    return database.write([&](Connection& connection) -> Result<std::string> {
        auto adoption = read_adoption(connection);
        if (!adoption) return Error(Errc::configuration, "this database was not adopted: there is nothing to undo");
        drop_triggers(connection, dialect);
        for (const std::string& table : ask(connection, dialect.our_tables)) connection.execute("DROP TABLE " + table);
        return std::move(adoption->before);
    });
}

}  // namespace keyhold::store
