// SPDX-License-Identifier: Apache-2.0
#include "store/adoption/foreign_server.hpp"

#include <deque>

#include "store/database/driver.hpp"

namespace keyhold::store {

namespace {

// A table of theirs may have no index that we could read it by.
constexpr std::chrono::minutes patience{1};

// An answer that is read to its end at once, as pages are.
class Answered final : public ForeignDatabase::Rows {
public:
    explicit Answered(std::deque<std::vector<std::string>> rows) : rows_(std::move(rows)) {}
    bool next(std::vector<std::string>& row) override {
        if (rows_.empty()) return false;
        row = std::move(rows_.front());
        rows_.pop_front();
        return true;
    }

private:
    std::deque<std::vector<std::string>> rows_;
};

class ForeignServer final : public ForeignDatabase {
public:
    ForeignServer(const ForeignDialect& dialect, const DatabaseLocation& location)
        : ForeignDatabase(dialect), link_(location.driver->connect(location.target, patience)) {
        if (!dialect.read_by_key.empty()) link_->execute(std::string(dialect.read_by_key));
    }

    // Nothing: on a server Keyhold changes nothing of the database but for its own tables and triggers.
    std::string before() override { return {}; }
    std::string default_of(std::string_view table, std::string_view column) override {
        const bool has_schemas = !dialect().tables_elsewhere.empty();
        Row row;
        return ask("SELECT column_default FROM information_schema.columns WHERE table_schema = " +
                       std::string(has_schemas ? "current_schema()" : "DATABASE()") + " AND table_name = " +
                       text_value(dialect(), table) + " AND column_name = " + text_value(dialect(), column),
                   1, {})
                       ->next(row)
                   ? row[0]
                   : "";
    }
    bool holds_bytes(std::string_view, const ForeignColumn& column) override {
        return column.type == "bytea" || column.type.find("blob") != column.type.npos ||
               column.type.find("binary") != column.type.npos;
    }

protected:
    bool streams() const override { return false; }
    std::unique_ptr<Rows> ask(const std::string& question, std::size_t columns,
                              std::span<const Parameter> parameters) override {
        // The letters of Sql, by what the parameters are.
        std::string types;
        for (const Parameter& parameter : parameters)
            types += std::holds_alternative<std::string_view>(parameter) ? 't' : 'i';
        const std::string texts(columns, 't');
        std::deque<std::vector<std::string>> rows;
        link_->prepare({question, types, texts})->run(parameters, [&](const Statement& row) {
            auto& copy = rows.emplace_back();
            for (std::size_t i = 0; i < columns; ++i) copy.push_back(row.text(i));
        });
        return std::make_unique<Answered>(std::move(rows));
    }

private:
    std::unique_ptr<Link> link_;
};

}  // namespace

Result<std::unique_ptr<ForeignDatabase>> open_foreign_server(const ForeignDialect& dialect,
                                                             const DatabaseLocation& location) {
    return std::unique_ptr<ForeignDatabase>(std::make_unique<ForeignServer>(dialect, location));
}

}  // namespace keyhold::store
