// SPDX-License-Identifier: Apache-2.0
// AdoptionStore::begin(), find() and undo(): what says that this database was adopted, and the triggers.
#include <algorithm>
#include <tuple>
#include <utility>

#include "store/adoption/adoption_store.hpp"
#include "store/adoption/foreign_database.hpp"

namespace keyhold::store {

namespace {

struct AdoptionRow {
    std::string old_table, id_column, id_type, name_column, password_column;
    std::string active_column;  // what schema 7 knew of locks; keyhold_adopted_locks has them now
    bool complete = false;
    std::string before_adoption;
    std::int64_t only_row = 1;
    std::string email_column;
    bool email_required = false, password_bytes = false;
    std::string written_hash;
    bool takes_registrations = true;
    bool small_names = false, small_addresses = false, names_are_addresses = false;
};
KEYHOLD_ROW(AdoptionRow, (old_table), (id_column), (id_type), (name_column), (password_column), (active_column),
            (complete), (before_adoption), (only_row), (email_column), (email_required), (password_bytes),
            (written_hash), (takes_registrations, column("newcomers")), (small_names), (small_addresses),
            (names_are_addresses))
struct LockRow {
    std::int64_t position = 0;
    std::string column_name, column_type;
    bool is_negative = false, is_moment = false;
    std::string may_value, may_not_value;
};
KEYHOLD_ROW(LockRow, (position), (column_name), (column_type), (is_negative), (is_moment), (may_value), (may_not_value))

constexpr Query<"SELECT {} FROM keyhold_adoption", "", AdoptionRow> select_adoption;
constexpr Insert<"keyhold_adoption", AdoptionRow> insert_adoption;
constexpr Query<"DELETE FROM keyhold_adoption"> delete_adoption;
constexpr Query<"SELECT {} FROM keyhold_adopted_locks ORDER BY position", "", LockRow> select_locks;
constexpr Query<"DELETE FROM keyhold_adopted_locks"> delete_locks;
constexpr Insert<"keyhold_adopted_locks", LockRow> insert_lock;
constexpr Query<"SELECT 1 FROM keyhold_accounts LIMIT 1", "", std::int64_t> select_any_account;

// What the database says of its adoption.
struct Adoption {
    ForeignTable table;
    bool is_complete;
    std::string before;
};

std::vector<ForeignLock> read_locks(Connection& connection) {
    std::vector<ForeignLock> locks;
    for (LockRow& row : connection.find_all(select_locks)) {
        const auto says = row.is_negative ? ForeignLock::Says::who_may_not : ForeignLock::Says::who_may;
        locks.push_back({std::move(row.column_name), std::move(row.column_type), says, row.is_moment,
                         std::move(row.may_value), std::move(row.may_not_value)});
    }
    return locks;
}

void write_locks(Connection& connection, const std::vector<ForeignLock>& locks) {
    connection.run(delete_locks);
    std::int64_t position = 0;
    for (const ForeignLock& lock : locks)
        connection.insert(insert_lock,
                          LockRow{position++, lock.column, lock.type, lock.says == ForeignLock::Says::who_may_not,
                                  lock.is_moment, lock.may_value, lock.may_not_value});
}

// `complete` is 0: AdoptionStore::complete() says when all users are here.
AdoptionRow row_of(const ForeignTable& table, std::string_view before) {
    AdoptionRow row{.old_table = table.table,
                    .id_column = table.id,
                    .id_type = table.id_type,
                    .name_column = table.name,
                    .password_column = table.password,
                    .active_column = {},
                    .complete = false,
                    .before_adoption = std::string(before)};
    row.email_column = table.email;
    row.email_required = table.email_required;
    row.password_bytes = table.password_bytes;
    row.written_hash = table.written_hash;
    row.takes_registrations = table.takes_registrations;
    row.small_names = table.spelling.small_names;
    row.small_addresses = table.spelling.small_addresses;
    row.names_are_addresses = table.spelling.names_are_addresses;
    return row;
}

// Locks and addresses may differ: they are what a second `keyhold adopt` may change.
bool same_users(const ForeignTable& one, const ForeignTable& other) {
    const auto columns = [](const ForeignTable& table) {
        return std::tie(table.table, table.id, table.name, table.password);
    };
    return columns(one) == columns(other);
}

std::optional<Adoption> read_adoption(Connection& connection) {
    auto row = connection.find(select_adoption);
    if (!row) return std::nullopt;
    ForeignTable table{.table = std::move(row->old_table),
                       .id = std::move(row->id_column),
                       .id_type = std::move(row->id_type),
                       .name = std::move(row->name_column),
                       .password = std::move(row->password_column),
                       .locks = read_locks(connection)};
    table.email = std::move(row->email_column);
    table.email_required = row->email_required;
    table.password_bytes = row->password_bytes;
    table.written_hash = std::move(row->written_hash);
    table.takes_registrations = row->takes_registrations;
    table.spelling = {row->small_names, row->small_addresses, row->names_are_addresses};
    return Adoption{std::move(table), row->complete, std::move(row->before_adoption)};
}

const ForeignDialect& dialect_of(const Database& database) { return *find_dialect(database.driver().scheme); }

// The first column of all rows, as texts. For questions whose text is made at run time, so the statement is not
// remembered.
std::vector<std::string> ask(Connection& connection, std::string_view question) {
    std::vector<std::string> answers;
    connection.prepare({question, "", "t"})->run({}, [&](const Statement& row) { answers.push_back(row.text(0)); });
    return answers;
}

void drop_triggers(Connection& connection, const ForeignDialect& dialect) {
    for (const std::string& statement : ask(connection, dialect.our_triggers)) connection.execute(statement);
}

}  // namespace

std::unique_ptr<AdoptionStore> AdoptionStore::find(std::shared_ptr<Database> database) {
    const ForeignDialect* const dialect = find_dialect(database->driver().scheme);
    if (dialect == nullptr) return nullptr;
    auto adoption = database->use(Intent::read, read_adoption);
    if (!adoption) return nullptr;
    // A migration that makes the table anew drops the triggers with it, so they are counted.
    const auto triggers = database->use(
        Intent::read, [&](Connection& connection) { return ask(connection, dialect->our_triggers).size(); });
    const bool is_complete = adoption->is_complete && triggers == dialect->triggers(adoption->table, {}).size();
    return std::unique_ptr<AdoptionStore>(
        new AdoptionStore(std::move(database), *dialect, adoption->table, is_complete));
}

Result<std::unique_ptr<AdoptionStore>> AdoptionStore::begin(std::shared_ptr<Database> database,
                                                            const ForeignTable& table,
                                                            const std::vector<ForeignColumn>& columns,
                                                            std::string_view before) {
    const ForeignDialect& dialect = dialect_of(*database);
    // On MariaDB each CREATE TRIGGER commits what was before it: an interruption leaves an adoption that is not
    // complete, and that may be begun again.
    auto begun = database->write([&](Connection& connection) -> Result<> {
        const auto known = read_adoption(connection);
        if (known && !same_users(known->table, table))
            return Error(errors::configuration,
                         "another table is adopted here, " + known->table.table + ": `keyhold adopt --undo` first");
        if (!known && connection.finds_any(select_any_account))
            return Error(errors::configuration,
                         "Keyhold has accounts of its own in this database, which are not in the old table: export "
                         "and delete them first");
        // A table that was adopted before may be adopted again with other options, so the old row is replaced.
        connection.run(delete_adoption);
        connection.insert(insert_adoption, row_of(table, known ? known->before : before));
        write_locks(connection, table.locks);
        drop_triggers(connection, dialect);
        for (const std::string& trigger : dialect.triggers(table, columns)) connection.execute(trigger);
        return {};
    });
    if (!begun) return std::move(begun).error();
    // Read back, so that what is followed is what the database says.
    return find(std::move(database));
}

Result<bool> AdoptionStore::is_at(std::string_view url) {
    auto old = ForeignDatabase::open(url);
    if (!old) return std::move(old).error();
    const auto ours = (*old)->our_tables();
    return std::ranges::find(ours, "keyhold_adoption") != ours.end();
}

Result<std::string> AdoptionStore::undo(Database& database) {
    const ForeignDialect& dialect = dialect_of(database);
    return database.write([&](Connection& connection) -> Result<std::string> {
        auto adoption = read_adoption(connection);
        if (!adoption) return Error(errors::configuration, "this database was not adopted: there is nothing to undo");
        drop_triggers(connection, dialect);
        // In the order of the dialect, as on MariaDB each DROP counts at once and the undoing may be broken off.
        for (const std::string& table : ask(connection, dialect.our_tables)) connection.execute("DROP TABLE " + table);
        return std::move(adoption->before);
    });
}

}  // namespace keyhold::store
