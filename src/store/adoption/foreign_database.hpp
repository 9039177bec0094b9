// SPDX-License-Identifier: Apache-2.0
// A look at another application's database, which changes nothing in it: for `keyhold adopt` and `keyhold import`.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "store/adoption/dialect.hpp"
#include "store/adoption/time_form.hpp"
#include "store/database/statement.hpp"

namespace keyhold::store {

// One thread. Holds one connection for as long as it lives.
class ForeignDatabase {
public:
    // Refused: configuration (the URL, none at all). Throws Unavailable.
    static Result<std::unique_ptr<ForeignDatabase>> open(std::string_view url);
    virtual ~ForeignDatabase() = default;

    // Those that may be theirs, by name; ours are left out.
    std::vector<std::string> tables();
    // Those with our prefix: there are some where Keyhold was put beside the application before.
    std::vector<std::string> our_tables();
    // Some of those in other schemas, which are not looked at: "app.users".
    std::vector<std::string> tables_elsewhere();
    std::vector<ForeignColumn> columns(std::string_view table);
    // Columns of other tables that refer to a row of this one.
    struct Reference {
        std::string table, column;
    };
    std::vector<Reference> references(std::string_view table);
    std::int64_t count(std::string_view table);
    // In the order of ids.
    void each_user(const ForeignTable& table, const std::function<void(const ForeignUser&)>& visit);

    // What a column holds, as texts, and how often: the most frequent first, 50 at most.
    struct Value {
        std::string text;
        std::int64_t rows = 0;
    };
    std::vector<Value> values(std::string_view table, std::string_view column);
    // The words that a column of an enumeration may hold; none for any other.
    std::vector<std::string> labels(std::string_view table, std::string_view column);
    // What the database puts into a column of a row that says nothing of it, as it was declared: "false", "'active'";
    // empty where there is nothing.
    virtual std::string default_of(std::string_view table, std::string_view column) = 0;
    // How many rows have something in each of these columns.
    std::vector<std::int64_t> filled(std::string_view table, const std::vector<std::string>& names);
    // Some of the ids that do not come back from a text as they were, or have no room with us.
    std::vector<std::string> lost_ids(const ForeignTable& table);
    // Whether the hashes of this column are kept as bytes: by its type, and in SQLite by its rows.
    virtual bool holds_bytes(std::string_view table, const ForeignColumn& column) = 0;

    // Whether a column holds dates or times, and cannot hold anything else.
    bool keeps_to_type(const ForeignColumn& column) const;
    // The moment of a statement in this form, as SQL.
    std::string now_in(const TimeForm& form) const { return store::now_in(dialect_, form); }

    // One row after the other, as texts; '' for NULL. Must not outlive this object.
    class Rows {
    public:
        virtual ~Rows() = default;
        virtual bool next(std::vector<std::string>& row) = 0;  // false at the end
    };
    // Page by page in the order of its primary key, or as they come where the database gives them one by one. At once
    // from a MariaDB table that has no key, or one of bytes.
    std::unique_ptr<Rows> rows(std::string_view table, const std::vector<std::string>& names);

    // What Keyhold changes about the database besides adding to it, for AdoptionStore::begin().
    virtual std::string before() = 0;

protected:
    explicit ForeignDatabase(const ForeignDialect& dialect) : dialect_(dialect) {}
    using Row = std::vector<std::string>;
    // One question; the parameters hold until it returns.
    virtual std::unique_ptr<Rows> ask(const std::string& question, std::size_t columns,
                                      std::span<const Parameter> parameters) = 0;

    // Whether what ask() gives is read row by row, not held in memory.
    virtual bool streams() const = 0;
    const ForeignDialect& dialect() const { return dialect_; }

private:
    class Paged;
    const ForeignDialect& dialect_;
};

}  // namespace keyhold::store
