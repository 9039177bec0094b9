// SPDX-License-Identifier: Apache-2.0
#include "store/adoption/foreign_database.hpp"

#include <algorithm>
#include <array>

#include "store/driver.hpp"

namespace keyhold::store {

// What is in memory at once is a page.
class ForeignDatabase::Paged final : public Rows {
public:
    Paged(ForeignDatabase& database, ForeignPages pages) : database_(database), pages_(std::move(pages)) {}

    // With the key in front.
    bool next(Row& row) override {
        if (!page_) turn();
        if (!page_->next(row)) {
            if (left_ != 0) return false;
            turn();
            if (!page_->next(row)) return false;
        }
        --left_;
        last_ = row.front();
        return true;
    }

private:
    static constexpr std::int64_t page_size = 5'000;

    void turn() {
        const bool is_first = page_ == nullptr;
        const std::array<Parameter, 2> after{std::string_view(last_), page_size};
        page_ = database_.ask(is_first ? pages_.from_first : pages_.after, pages_.columns,
                              std::span(after).subspan(is_first ? 1 : 0));
        left_ = page_size;
    }

    ForeignDatabase& database_;
    const ForeignPages pages_;
    std::unique_ptr<Rows> page_;
    std::int64_t left_ = 0;
    std::string last_;
};

namespace {

class WithoutKey final : public ForeignDatabase::Rows {
public:
    explicit WithoutKey(std::unique_ptr<ForeignDatabase::Rows> rows) : rows_(std::move(rows)) {}
    bool next(std::vector<std::string>& row) override {
        if (!rows_->next(row)) return false;
        row.erase(row.begin());
        return true;
    }

private:
    std::unique_ptr<ForeignDatabase::Rows> rows_;
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

std::vector<ForeignColumn> ForeignDatabase::columns(std::string_view table) {
    std::vector<ForeignColumn> found;
    Row row;
    for (auto rows = ask(dialect_.columns(table), 7, {}); rows->next(row);)
        found.push_back({row[0], row[1], row[2] == "1", row[3] == "1", row[4] == "1", row[5] == "1", row[6] == "1"});
    return found;
}

std::int64_t ForeignDatabase::count(std::string_view table) {
    Row row;
    return ask(count_rows(dialect_, table), 1, {})->next(row) ? std::stoll(row[0]) : 0;
}

std::unique_ptr<ForeignDatabase::Rows> ForeignDatabase::rows(std::string_view table,
                                                             const std::vector<std::string>& names) {
    const auto all = columns(table);
    const auto key = std::ranges::find_if(all, &ForeignColumn::is_key);
    if (std::ranges::count_if(all, &ForeignColumn::is_key) != 1)
        return ask(select_rows(dialect_, table, names), names.size(), {});
    return std::make_unique<WithoutKey>(std::make_unique<Paged>(*this, pages_of_rows(dialect_, table, *key, names)));
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
