// SqlAdoptionStore::begin(), find() and undo(): what says that this database was adopted, and the triggers.
#include <utility>

#include "store/sql_adoption_store.hpp"

namespace keyhold::store {

namespace {

constexpr Sql select_adoption{
    "SELECT old_table, id_column, id_type, name_column, password_column, active_column, complete, before_adoption "
    "FROM keyhold_adoption",
    "", "ttttttit"};
constexpr Sql insert_adoption{
    "INSERT INTO keyhold_adoption (only_row, old_table, id_column, id_type, name_column, password_column, "
    "active_column, complete, before_adoption) VALUES (1, :a, :b, :c, :d, :e, :f, 0, :g)",
    "ttttttt", ""};
constexpr Sql select_any_account{"SELECT 1 FROM keyhold_accounts LIMIT 1", "", "i"};

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
        new SqlAdoptionStore(std::move(database), *dialect, adoption->table, is_complete));
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
