// SPDX-License-Identifier: Apache-2.0
// A table of another application's database, for `keyhold import`: its rows are read as records, in pages, and nothing
// there is changed.
#include <algorithm>
#include <filesystem>

#include "cli/adoption/adoption_report.hpp"
#include "cli/adoption/python_settings.hpp"
#include "cli/adoption/table_columns.hpp"
#include "cli/tools/records.hpp"
#include "store/adoption/foreign_database.hpp"

namespace keyhold::cli {
namespace {

namespace fs = std::filesystem;

class TableRecords final : public Records {
public:
    explicit TableRecords(std::unique_ptr<store::ForeignDatabase> database) : database_(std::move(database)) {}

    // Takes the table that is named, else the first of `usual` that is there. Refused: configuration, if there is no
    // such table, or no column for a name and a hash.
    Result<> open(std::span<const std::string_view> usual, const std::string& named, const ColumnNames& names) {
        const auto tables = database_->tables();
        const auto is_there = [&](std::string_view name) { return std::ranges::find(tables, name) != tables.end(); };
        const auto found = std::ranges::find_if(usual, is_there);
        const std::string table = !named.empty() ? named : found != usual.end() ? std::string(*found) : std::string();
        if (!is_there(table)) return Error(errors::configuration, "no table of users was found: name it with --table");
        std::vector<std::string> columns;
        for (const store::ForeignColumn& column : database_->columns(table)) columns.push_back(column.name);
        auto chosen = names.choose(columns);
        if (!chosen)
            return Error(errors::configuration, "table " + table + ": " + std::string(chosen.error().detail()));
        columns_ = std::move(*chosen);
        // Columns that we make nothing of are reported, so that nobody believes they came along.
        for (std::size_t i = 0; i < columns.size(); ++i)
            if (!columns_[i]) unread_.push_back(columns[i]);
        total_ = database_->count(table);
        rows_ = database_->rows(table, columns);
        return {};
    }

    // The row's texts are moved out: `row_` is filled anew by the next call.
    Next next(domain::Record& record) override {
        if (!rows_->next(row_)) return Next::end;
        ++number_;
        for (auto& field : record) field.reset();
        for (std::size_t i = 0; i < row_.size(); ++i)
            if (columns_[i]) put(record, *columns_[i], std::move(row_[i]));
        return Next::record;
    }
    const std::string& why() const override { return why_; }
    std::int64_t line() const override { return number_; }
    std::int64_t position() const override { return number_; }
    std::int64_t total() const override { return total_; }
    std::vector<std::string> unread() const override { return unread_; }

private:
    std::unique_ptr<store::ForeignDatabase> database_;
    std::unique_ptr<store::ForeignDatabase::Rows> rows_;
    ColumnNames::Chosen columns_;
    std::vector<std::string> row_, unread_;
    std::string why_;  // a row is never broken
    std::int64_t number_ = 0, total_ = 0;
};

// A URL; a file of SQLite; or the folder of an application, whose files say where its database is. `read`, where
// somebody wants to know: what they say besides.
Result<std::string> url_of(const std::string& source, PythonSettings* read = nullptr) {
    if (source.find("://") != source.npos) return source;
    if (!fs::is_directory(source)) return "sqlite:///" + fs::absolute(source).lexically_normal().string();
    auto settings = read_python_settings(source);
    if (!settings) return settings.error();
    if (!settings->database_url)
        return Error(errors::configuration,
                     "no database was found in " + source + ": give its URL instead" +
                         (settings->not_found.empty() ? "" : " (" + settings->not_found.front() + ")"));
    auto url = url_in_folder(std::string(settings->database_url->value.reveal()), source);
    if (read != nullptr) *read = std::move(*settings);
    return url;
}

}  // namespace

// The columns are those that are named, or the usual names of each kind.
Result<std::unique_ptr<Records>> read_table(const std::string& source, std::span<const std::string_view> usual,
                                            const std::string& table, const ColumnNames& names) {
    const auto url = url_of(source);
    if (!url) return url.error();
    auto database = store::ForeignDatabase::open(*url);
    if (!database) return std::move(database).error();
    auto records = std::make_unique<TableRecords>(std::move(*database));
    if (auto opened = records->open(usual, table, names); !opened) return std::move(opened).error();
    return std::unique_ptr<Records>(std::move(records));
}

// The columns are guessed from what is in them, and `told` says what was guessed.
Result<std::unique_ptr<Records>> read_application(const std::string& source, const std::string& table,
                                                  ColumnNames names, std::vector<std::string>& told) {
    PythonSettings read;
    const auto url = url_of(source, &read);
    if (!url) return url.error();
    auto database = store::ForeignDatabase::open(*url);
    if (!database) return std::move(database).error();
    // Before the usual names, as a table of one may be there and empty.
    const std::string called = table.empty() && read.table ? std::string(read.table->value.reveal()) : table;
    auto found = find_user_table(**database, {.table = called, .name = names.username, .password = names.password});
    if (!found) return std::move(found).error();
    if (read.database_url) told.push_back("The database is the one of " + read.database_url->where + '.');
    for (const PythonSettings::Guess& guess : read.guesses)
        if (guess.what == "database_url" || guess.what == "hashing" || guess.what == "long_passwords" ||
            (guess.what == "table" && table.empty()))
            told.push_back(guess.says);
    told.insert(told.end(), found->guesses.begin(), found->guesses.end());
    told.push_back("The users are in the table " + found->table + ": " + found->name + ", " + found->password + '.');
    // A user without a username is called by the e-mail address, so the address column is then the name.
    const auto is_username = [](const store::ForeignColumn& column) {
        const auto known = domain::column_named(column.name);
        return known && known->column == domain::Column::username;
    };
    const auto known = domain::column_named(found->name);
    const bool is_address = known && known->column == domain::Column::email;
    const auto columns = (*database)->columns(found->table);
    for (const std::string& salt : find_salts(**database, found->table, columns))
        told.push_back("The table has salts of its own in " + salt +
                       ", beside hashes that have theirs within: passwords are not hashed there as they are "
                       "typed, so no old password would work at Keyhold.");
    if (!is_address || std::ranges::any_of(columns, is_username)) names.username = found->name;
    names.password = found->password;
    auto records = std::make_unique<TableRecords>(std::move(*database));
    if (auto opened = records->open({}, found->table, names); !opened) return std::move(opened).error();
    return std::unique_ptr<Records>(std::move(records));
}

}  // namespace keyhold::cli
