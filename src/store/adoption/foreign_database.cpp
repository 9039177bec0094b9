// SPDX-License-Identifier: Apache-2.0
#include "store/adoption/foreign_database.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

#include "store/adoption/foreign_values.hpp"
#include "store/database/driver.hpp"

namespace keyhold::store {

// Reads a table page by page behind the last key, so that one page is in memory at once and no query holds the
// application's table for long.
class ForeignDatabase::Paged final : public Rows {
public:
    Paged(ForeignDatabase& database, ForeignPages pages) : database_(database), pages_(std::move(pages)) {}

    // With the key in front.
    bool next(Row& row) override {
        if (!page_) turn();
        if (!page_->next(row)) {
            // The page was shorter than it could be, so it was the last one.
            if (left_ != 0) return false;
            turn();
            if (!page_->next(row)) return false;
        }
        --left_;
        last_.assign(row.begin(), row.begin() + static_cast<std::ptrdiff_t>(pages_.keys));
        return true;
    }

private:
    // Rows.
    static constexpr std::int64_t page_size = 5'000;

    // The next page begins behind the last row that was given out.
    void turn() {
        const bool is_first = page_ == nullptr;
        std::vector<Parameter> after(last_.begin(), last_.end());
        after.emplace_back(page_size);
        page_ = ask_page(is_first ? pages_.from_first : pages_.after, after);
        left_ = page_size;
    }

    std::unique_ptr<Rows> ask_page(const std::string& question, const std::vector<Parameter>& parameters) {
        return database_.ask(question, pages_.columns, parameters);
    }

    ForeignDatabase& database_;
    const ForeignPages pages_;
    std::unique_ptr<Rows> page_;
    std::int64_t left_ = 0;
    Row last_;  // the key of the row that came last
};

namespace {

// For callers that asked for columns alone: the key was read for the pages.
class WithoutKey final : public ForeignDatabase::Rows {
public:
    WithoutKey(std::unique_ptr<ForeignDatabase::Rows> rows, std::size_t keys) : rows_(std::move(rows)), keys_(keys) {}
    bool next(std::vector<std::string>& row) override {
        if (!rows_->next(row)) return false;
        row.erase(row.begin(), row.begin() + static_cast<std::ptrdiff_t>(keys_));
        return true;
    }

private:
    std::unique_ptr<ForeignDatabase::Rows> rows_;
    const std::size_t keys_;
};

}  // namespace

Result<std::unique_ptr<ForeignDatabase>> ForeignDatabase::open(std::string_view url) {
    const auto location = parse_url(url);
    if (!location) return location.error();
    const ForeignDialect* const dialect = find_dialect(location->driver->scheme);
    return dialect->open(*dialect, *location);
}

std::vector<std::string> ForeignDatabase::tables() {
    std::vector<std::string> names;
    Row row;
    for (auto rows = ask(std::string(dialect_.tables), 1, {}); rows->next(row);) names.push_back(row[0]);
    return names;
}

std::vector<std::string> ForeignDatabase::our_tables() {
    std::vector<std::string> names;
    Row row;
    for (auto rows = ask(std::string(dialect_.our_tables), 1, {}); rows->next(row);) names.push_back(row[0]);
    return names;
}

// The seven columns are those that each dialect's query gives, in the order of ForeignColumn.
std::vector<ForeignColumn> ForeignDatabase::columns(std::string_view table) {
    std::vector<ForeignColumn> found;
    Row row;
    for (auto rows = ask(dialect_.columns(table), 7, {}); rows->next(row);)
        found.push_back({row[0], row[1], row[2] == "1", row[3] == "1", row[4] == "1", row[5] == "1", row[6] == "1"});
    return found;
}

std::vector<ForeignDatabase::Reference> ForeignDatabase::references(std::string_view table) {
    std::vector<Reference> found;
    Row row;
    for (auto rows = ask(dialect_.references(table), 2, {}); rows->next(row);) found.push_back({row[0], row[1]});
    return found;
}

std::int64_t ForeignDatabase::count(std::string_view table) {
    Row row;
    return ask(count_rows(dialect_, table), 1, {})->next(row) ? std::stoll(row[0]) : 0;
}

std::unique_ptr<ForeignDatabase::Rows> ForeignDatabase::rows(std::string_view table,
                                                             const std::vector<std::string>& names) {
    std::vector<ForeignColumn> keys;
    for (ForeignColumn& column : columns(table))
        if (column.is_key) keys.push_back(std::move(column));
    // Bytes are not in the order of what they are as texts.
    const auto is_bytes = [&](const ForeignColumn& key) {
        return !is_whole_number(key.type) && holds_bytes(table, key);
    };
    if (std::ranges::any_of(keys, is_bytes)) keys.clear();
    if (keys.empty() && !dialect_.row_id.empty())
        keys.push_back({.name = std::string(dialect_.row_id), .type = std::string(dialect_.row_id_type)});
    constexpr std::size_t letters = 25;  // of the parameters of a question, but for one
    if (keys.empty() || keys.size() > letters || (keys.size() > 1 && streams()))
        return ask(select_rows(dialect_, table, names), names.size(), {});
    return std::make_unique<WithoutKey>(std::make_unique<Paged>(*this, pages_of_rows(dialect_, table, keys, names)),
                                        keys.size());
}

void ForeignDatabase::each_user(const ForeignTable& table, const std::function<void(const ForeignUser&)>& visit) {
    Paged rows(*this, pages_of_users(dialect_, table));
    for (Row row; rows.next(row);) visit({row[0], row[1], row[2], row[3] == "1", row[4]});
}

std::vector<ForeignDatabase::Value> ForeignDatabase::values(std::string_view table, std::string_view column) {
    std::vector<Value> found;
    Row row;
    for (auto rows = ask(select_values(dialect_, table, column), 2, {}); rows->next(row);)
        found.push_back({row[0], std::stoll(row[1])});
    return found;
}

std::vector<std::string> ForeignDatabase::labels(std::string_view table, std::string_view column) {
    std::vector<std::string> found;
    if (dialect_.labels == nullptr) return found;
    Row row;
    for (auto rows = ask(dialect_.labels(table, column), 1, {}); rows->next(row);)
        if (!row[0].starts_with("enum('"))
            found.push_back(row[0]);
        else
            for (std::size_t at = 5; at < row[0].size() && row[0][at] == '\''; at += 2) {  // '...','...')
                const auto end = row[0].find('\'', at + 1);
                if (end == std::string::npos) break;
                found.push_back(row[0].substr(at + 1, end - at - 1));
                at = end;
            }
    return found;
}

bool ForeignDatabase::keeps_to_type(const ForeignColumn& column) const {
    return dialect_.keeps_types && holds_one_of(column.type, {"time", "date"});
}

std::vector<std::string> ForeignDatabase::tables_elsewhere() {
    std::vector<std::string> found;
    if (dialect_.tables_elsewhere.empty()) return found;
    Row row;
    for (auto rows = ask(std::string(dialect_.tables_elsewhere), 1, {}); rows->next(row);) found.push_back(row[0]);
    return found;
}

std::vector<std::int64_t> ForeignDatabase::filled(std::string_view table, const std::vector<std::string>& names) {
    std::vector<std::int64_t> counts;
    Row row;
    if (names.empty() || !ask(count_filled(dialect_, table, names), names.size(), {})->next(row)) return counts;
    for (const std::string& count : row) counts.push_back(std::stoll(count));
    return counts;
}

std::vector<std::string> ForeignDatabase::lost_ids(const ForeignTable& table) {
    constexpr std::int64_t most = 3;
    const std::array<Parameter, 1> limit{most};
    std::vector<std::string> ids;
    Row row;
    for (auto rows = ask(select_lost_ids(dialect_, table), 1, limit); rows->next(row);) ids.push_back(row[0]);
    return ids;
}

}  // namespace keyhold::store
