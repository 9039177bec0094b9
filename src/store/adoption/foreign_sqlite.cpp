// SPDX-License-Identifier: Apache-2.0
// ForeignDatabase for a SQLite file: opened to be read only.
#include <sqlite3.h>

#include "store/adoption/dialect_sqlite.hpp"
#include "store/adoption/foreign_database.hpp"
#include "store/database/driver.hpp"
#include "store/sqlite/driver.hpp"
#include "store/sqlite/link.hpp"

namespace keyhold::store {

namespace {

[[noreturn]] void fail(sqlite3* handle) { throw Unavailable(std::string("sqlite: ") + sqlite3_errmsg(handle)); }

// SQLite gives rows one by one, so a table of any size takes the memory of one of them.
class SqliteRows final : public ForeignDatabase::Rows {
public:
    SqliteRows(sqlite3* handle, const std::string& question, std::size_t columns, std::span<const Parameter> parameters)
        : handle_(handle), columns_(columns) {
        sqlite3_stmt* prepared = nullptr;
        const int code = sqlite3_prepare_v2(handle, question.c_str(), -1, &prepared, nullptr);
        statement_.reset(prepared);
        if (code != SQLITE_OK) fail(handle);
        for (std::size_t i = 0; i < parameters.size(); ++i) bind(static_cast<int>(i) + 1, parameters[i]);
    }

    bool next(std::vector<std::string>& row) override {
        const int step = sqlite3_step(statement_.get());
        if (step == SQLITE_DONE) return false;
        if (step != SQLITE_ROW) fail(handle_);
        // sqlite3_column_bytes() is asked for behind sqlite3_column_text(), which may change how the value is kept
        // (sqlite3_column_blob(3)).
        row.resize(columns_);
        for (std::size_t i = 0; i < columns_; ++i) {
            const int column = static_cast<int>(i);
            const auto* const text = reinterpret_cast<const char*>(sqlite3_column_text(statement_.get(), column));
            row[i].assign(text != nullptr ? text : "",
                          static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column)));
        }
        return true;
    }

private:
    void bind(int at, const Parameter& parameter) {
        const auto* const text = std::get_if<std::string_view>(&parameter);
        const int code = text != nullptr ? sqlite3_bind_text(statement_.get(), at, text->data(),
                                                             static_cast<int>(text->size()), SQLITE_TRANSIENT)
                                         : sqlite3_bind_int64(statement_.get(), at, std::get<std::int64_t>(parameter));
        if (code != SQLITE_OK) fail(handle_);
    }
    struct Finalize {
        void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
    };
    sqlite3* const handle_;
    const std::size_t columns_;
    std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

class ForeignSqlite final : public ForeignDatabase {
public:
    ForeignSqlite(const ForeignDialect& dialect, const std::string& path) : ForeignDatabase(dialect) {
        sqlite3* opened = nullptr;
        const int code = sqlite3_open_v2(path.c_str(), &opened, SQLITE_OPEN_READONLY, nullptr);
        handle_.reset(opened);
        if (code != SQLITE_OK) fail(opened);
        // Milliseconds: the application may be writing.
        sqlite3_busy_timeout(opened, 5000);
    }

    std::string before() override {
        Row row;
        return ask("PRAGMA journal_mode", 1, {})->next(row) ? row[0] : "";
    }

    std::string default_of(std::string_view table, std::string_view column) override {
        Row row;
        return ask("SELECT dflt_value FROM pragma_table_info(" + in_quotes(table, '\'') +
                       ") WHERE name = " + in_quotes(column, '\''),
                   1, {})
                       ->next(row)
                   ? row[0]
                   : "";
    }

    // A column takes whatever it is given here, but for the type that its rows have the application reads none.
    bool holds_bytes(std::string_view table, const ForeignColumn& column) override {
        const std::string name = name_in(dialect(), column.name);
        Row row;
        const bool any = ask("SELECT typeof(" + name + ") FROM " + name_in(dialect(), table) + " WHERE " + name +
                                 " IS NOT NULL GROUP BY 1 ORDER BY COUNT(*) DESC LIMIT 1",
                             1, {})
                             ->next(row);
        return any ? row[0] == "blob" : column.type.find("blob") != column.type.npos || column.type == "binary";
    }

protected:
    bool streams() const override { return true; }
    std::unique_ptr<Rows> ask(const std::string& question, std::size_t columns,
                              std::span<const Parameter> parameters) override {
        return std::make_unique<SqliteRows>(handle_.get(), question, columns, parameters);
    }

private:
    struct Close {
        void operator()(sqlite3* handle) const { sqlite3_close(handle); }
    };
    std::unique_ptr<sqlite3, Close> handle_;
};

}  // namespace

Result<std::unique_ptr<ForeignDatabase>> sqlite::open_foreign_file(const ForeignDialect& dialect,
                                                                   const DatabaseLocation& location) {
    if (!exists(location.target)) return Error(errors::configuration, "there is no database " + location.target);
    return std::unique_ptr<ForeignDatabase>(std::make_unique<ForeignSqlite>(dialect, location.target));
}

std::unique_ptr<Link> sqlite::connect_for_trial(const std::string& path, std::chrono::milliseconds patience) {
    auto link = std::make_unique<SqliteLink>(path, patience);
    if (sqlite3_db_readonly(link->handle(), "main") != 0)
        throw Unavailable("the database " + path + " is read-only for this user");
    link->execute("PRAGMA foreign_keys = ON");
    return link;
}

}  // namespace keyhold::store
