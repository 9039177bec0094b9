// SqlAdoptionStore::begin(), find() and undo(): what says that this database was adopted, and the triggers.
#include <tuple>
#include <utility>

#include "store/adoption/sql_adoption_store.hpp"

namespace keyhold::store {

namespace {

constexpr Sql select_adoption{
    "SELECT old_table, id_column, id_type, name_column, password_column, complete, before_adoption FROM "
    "keyhold_adoption",
    "", "tttttit"};
// active_column is what schema 7 knew of locks; keyhold_adopted_locks has them now.
constexpr Sql insert_adoption{
    "INSERT INTO keyhold_adoption (only_row, old_table, id_column, id_type, name_column, password_column, "
    "active_column, complete, before_adoption) VALUES (1, :a, :b, :c, :d, :e, '', 0, :f)",
    "tttttt", ""};
constexpr Sql update_incomplete{"UPDATE keyhold_adoption SET complete = 0", "", ""};
constexpr Sql select_locks{
    "SELECT column_name, column_type, is_negative, is_moment FROM keyhold_adopted_locks ORDER BY position", "", "ttii"};
constexpr Sql delete_locks{"DELETE FROM keyhold_adopted_locks", "", ""};
constexpr Sql insert_lock{
    "INSERT INTO keyhold_adopted_locks (position, column_name, column_type, is_negative, is_moment) VALUES (:a, :b, "
    ":c, :d, :e)",
    "ittii", ""};
constexpr Sql select_any_account{"SELECT 1 FROM keyhold_accounts LIMIT 1", "", "i"};

struct Adoption {
    ForeignTable table;
    bool is_complete;
    std::string before;
};

std::vector<ForeignLock> read_locks(Connection& connection) {
    std::vector<ForeignLock> locks;
    connection.statement(select_locks).run({}, [&](const Statement& row) {
        const auto says = row.integer(2) != 0 ? ForeignLock::Says::who_may_not : ForeignLock::Says::who_may;
        locks.push_back({row.text(0), row.text(1), says, row.integer(3) != 0});
    });
    return locks;
}

void write_locks(Connection& connection, const std::vector<ForeignLock>& locks) {
    connection.statement(delete_locks).run({});
    std::int64_t position = 0;
    for (const ForeignLock& lock : locks)
        connection.statement(insert_lock)
            .run({position++, lock.column, lock.type, std::int64_t{lock.says == ForeignLock::Says::who_may_not},
                  std::int64_t{lock.is_moment}});
}

bool same_users(const ForeignTable& one, const ForeignTable& other) {
    const auto columns = [](const ForeignTable& table) {
        return std::tie(table.table, table.id, table.name, table.password);
    };
    return columns(one) == columns(other);
}

std::optional<Adoption> read_adoption(Connection& connection) {
    std::optional<Adoption> found;
    connection.statement(select_adoption).run({}, [&](const Statement& row) {
        found = Adoption{
            {row.text(0), row.text(1), row.text(2), row.text(3), row.text(4), {}}, row.integer(5) != 0, row.text(6)};
    });
    if (found) found->table.locks = read_locks(connection);
    return found;
}

const ForeignDialect& dialect_of(const Database& database) { return *find_dialect(database.driver().scheme); }

std::vector<std::string> ask(Connection& connection, std::string_view question) {
    std::vector<std::string> answers;
    connection.prepare({question, "", "t"})->run({}, [&](const Statement& row) { answers.push_back(row.text(0)); });
    return answers;
}

void drop_triggers(Connection& connection, const ForeignDialect& dialect) {
    for (const std::string& statement : ask(connection, dialect.our_triggers)) connection.execute(statement);
}

}  // namespace

std::unique_ptr<SqlAdoptionStore> SqlAdoptionStore::find(std::shared_ptr<Database> database) {
    const ForeignDialect* const dialect = find_dialect(database->driver().scheme);
    if (dialect == nullptr) return nullptr;
    auto adoption = database->use(Intent::read, read_adoption);
    if (!adoption) return nullptr;
    // Who makes the table anew, as some migrations do, loses the triggers.
    const auto triggers = database->use(
        Intent::read, [&](Connection& connection) { return ask(connection, dialect->our_triggers).size(); });
    const bool is_complete = adoption->is_complete && triggers == dialect->triggers(adoption->table, {}).size();
    return std::unique_ptr<SqlAdoptionStore>(
        new SqlAdoptionStore(std::move(database), *dialect, adoption->table, is_complete));
}

Result<std::unique_ptr<SqlAdoptionStore>> SqlAdoptionStore::begin(std::shared_ptr<Database> database,
                                                                  const ForeignTable& table,
                                                                  const std::vector<ForeignColumn>& columns,
                                                                  std::string_view before) {
    const ForeignDialect& dialect = dialect_of(*database);
    auto begun = database->write([&](Connection& connection) -> Result<> {
        const auto known = read_adoption(connection);
        if (known && !same_users(known->table, table))
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
                .run({table.table, table.id, table.id_type, table.name, table.password, before});
        connection.statement(update_incomplete).run({});  // other columns may lock out than the last time
        write_locks(connection, table.locks);
        drop_triggers(connection, dialect);
        for (const std::string& trigger : dialect.triggers(table, columns)) connection.execute(trigger);
        return {};
    });
    if (!begun) return std::move(begun).error();
    return find(std::move(database));
}

Result<std::string> SqlAdoptionStore::undo(Database& database) {
    const ForeignDialect& dialect = dialect_of(database);
    return database.write([&](Connection& connection) -> Result<std::string> {
        auto adoption = read_adoption(connection);
        if (!adoption) return Error(Errc::configuration, "this database was not adopted: there is nothing to undo");
        drop_triggers(connection, dialect);
        for (const std::string& table : ask(connection, dialect.our_tables)) connection.execute("DROP TABLE " + table);
        return std::move(adoption->before);
    });
}

}  // namespace keyhold::store
