// SPDX-License-Identifier: Apache-2.0
// The database as a program that is made of Keyhold sees it: SQL with values of its own tables, in the same
// transactions and with the same retries as ours.
#include "keyhold/database.hpp"

#include <stdexcept>

#include "store/database/database.hpp"
#include "store/database/link.hpp"

namespace keyhold {
namespace {

using Value = std::variant<std::monostate, std::int64_t, std::string, detail::NoNumber>;

// A statement's parameters: their types, a letter each, and the values.
struct Bound {
    std::string letters;
    std::vector<store::Parameter> parameters;
};

// Views into `values`.
// 'i' and 't' stand for an integer and a text, 'T' for a text that is NULL (store/database).
Bound bind(const std::vector<Value>& values) {
    Bound bound;
    for (const Value& value : values) {
        if (const auto* const number = std::get_if<std::int64_t>(&value)) {
            bound.letters += 'i';
            bound.parameters.emplace_back(*number);
        } else if (const auto* const text = std::get_if<std::string>(&value)) {
            bound.letters += 't';
            bound.parameters.emplace_back(std::string_view(*text));
        } else {
            bound.letters += std::holds_alternative<detail::NoNumber>(value) ? 'I' : 'T';
            bound.parameters.emplace_back(store::Null());
        }
    }
    return bound;
}

}  // namespace

// Returns how many rows were changed. May run the statement more than once, if the database asks for a new try.
std::int64_t Database::write(const std::string& sql, const std::vector<Value>& values) {
    const Bound bound = bind(values);
    return database_.write([&](store::Connection& connection) {
        return connection.prepare({sql, bound.letters, ""})->run(std::span<const store::Parameter>(bound.parameters));
    });
}

// False if a unique column has the value already; the driver says which error that is, and no text is read.
bool Database::write_new(const std::string& sql, const std::vector<Value>& values) try {
    return write(sql, values) > 0;
} catch (const store::NotUnique&) {
    return false;
}

namespace {

// Throws for the first column that is NULL and must not be. It is told by its place, as a column of SQL need not have a
// name.
void refuse_null(const std::vector<Value>& row, const std::string& columns, const std::string& sql) {
    for (std::size_t i = 0; i < row.size(); ++i)
        if (std::holds_alternative<std::monostate>(row[i]) && (columns[i] == 'i' || columns[i] == 't'))
            throw std::runtime_error("column " + std::to_string(i + 1) + " is NULL, and is read as " +
                                     (columns[i] == 'i' ? "a number" : "a text") +
                                     " and not as a std::optional: " + sql);
}

}  // namespace

void Database::read(const std::string& sql, const std::string& columns, const std::vector<Value>& values,
                    const OnRow& on_row) {
    const Bound bound = bind(values);
    // Rows are kept until the connection is given back: what on_row throws is the program's, and breaks none.
    std::vector<std::vector<Value>> rows;
    database_.use(store::Intent::read, [&](store::Connection& connection) {
        const auto keep = [&](const store::Statement& row) {
            auto& kept = rows.emplace_back();
            for (std::size_t i = 0; i < columns.size(); ++i) {
                if (row.is_null(i))
                    kept.emplace_back();
                else if (columns[i] == 'i' || columns[i] == 'I')
                    kept.emplace_back(row.integer(i));
                else
                    kept.emplace_back(row.text(i));
            }
        };
        connection.prepare({sql, bound.letters, columns})
            ->run(std::span<const store::Parameter>(bound.parameters), keep);
        return true;
    });
    for (const auto& row : rows) {
        refuse_null(row, columns, sql);
        on_row(row);
    }
}

}  // namespace keyhold
