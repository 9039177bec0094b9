// SPDX-License-Identifier: Apache-2.0
// A prepared statement with the memory that it reads into. One thread at a time.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/text.hpp"

namespace keyhold::store {

// SQL and the types of what goes in (:a is the first parameter, :b the second ...; each may stand there more than once)
// and what comes out: 't' text, 'i' a 64-bit integer; 'T' and 'I' are those that may be NULL. Lives as long as the
// program: connections remember statements by its address. Mostly made by Query and Insert (row.hpp), which count.
struct Sql {
    std::string_view text;
    std::string_view parameters;
    std::string_view columns;
};

using Null = std::monostate;
// A text is a view that has to hold until run() returns.
using Parameter = std::variant<std::string_view, std::int64_t, Null>;

// No column holds a text with a NUL, or what is not UTF-8, which servers refuse: who looks for one finds nothing.
inline bool cannot_be_stored(std::string_view text) {
    return text.find('\0') != std::string_view::npos || !is_utf8(text);
}

// Throws std::invalid_argument if these are not of those types, NotStorable for a text with a NUL, which some databases
// cut.
void check_parameters(std::string_view types, std::span<const Parameter> parameters);

// Each driver has its own.
// The cells are used again for each row and each run, so text() is good until the next row.
class Statement {
public:
    virtual ~Statement() = default;
    Statement(const Statement&) = delete;  // drivers hold the addresses of our cells
    Statement& operator=(const Statement&) = delete;

    // Runs to the end, so that no read transaction stays open, and returns the number of rows that an UPDATE or DELETE
    // found, whether they look different now or not. `on_row` may look at text() and integer(). After an exception of
    // `on_row` the connection must be closed. Throws std::invalid_argument for a text with a NUL, which some databases
    // cut; else what link.hpp says.
    template <class OnRow>
    std::int64_t run(std::initializer_list<Parameter> parameters, OnRow on_row) {
        return run_with({parameters.begin(), parameters.size()}, on_row);
    }
    std::int64_t run(std::initializer_list<Parameter> parameters) {
        return run(parameters, [](const Statement&) {});
    }
    template <class OnRow>
    std::int64_t run(std::span<const Parameter> parameters, OnRow on_row) {
        return run_with(parameters, on_row);
    }
    std::int64_t run(std::span<const Parameter> parameters) {
        return run_with(parameters, [](const Statement&) {});
    }

    // The current row, by column.
    const std::string& text(std::size_t column) const { return columns_[column].text; }
    std::int64_t integer(std::size_t column) const { return columns_[column].integer; }
    // Then it is '' or 0 too.
    bool is_null(std::size_t column) const { return columns_[column].is_null; }

protected:
    struct Cell {
        std::string text;
        std::int64_t integer = 0;
        bool is_null = false;
        void set_null() {
            text.clear();
            integer = 0;
            is_null = true;
        }
    };
    static bool is_text(char letter) { return letter == 't' || letter == 'T'; }
    explicit Statement(const Sql& sql) : sql_(sql), columns_(sql.columns.size()) {}

    const Sql sql_;
    std::vector<Cell> columns_;

private:
    // Binds and sends. What a driver has to keep of the parameters it copies here.
    virtual void start(std::span<const Parameter> parameters) = 0;
    // The next row into columns_; false after the last one, and then start() may come again.
    virtual bool fetch() = 0;
    virtual std::int64_t found() const = 0;

    template <class OnRow>
    std::int64_t run_with(std::span<const Parameter> parameters, OnRow on_row) {
        check_parameters(sql_.parameters, parameters);
        start(parameters);
        while (fetch()) on_row(static_cast<const Statement&>(*this));
        return found();
    }
};

// What is said of a parameter (":b") that stands in a statement and got no value.
std::string no_value_for(std::string_view parameter);

// How a database wants its parameters written: "$1" or "?".
enum class Placeholder { numbered, question_mark };

// The text with placeholders, and which parameter belongs to each, in the order of their appearance. Throws
// std::invalid_argument for a parameter beyond those that `sql` has.
struct Rewritten {
    std::string text;
    std::vector<std::size_t> parameters;
};
Rewritten rewrite(const Sql& sql, Placeholder placeholder);

}  // namespace keyhold::store
