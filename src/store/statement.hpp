// A prepared statement with the memory that it reads from and writes to.
#pragma once

#include <soci/soci.h>

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace keyhold::store {

// SQL and the types of what goes in (:a, :b ... in their order) and what comes out: 't' text, 'i' a 64-bit
// integer. Lives as long as the program: connections remember statements by its address.
struct Sql {
    std::string_view text;
    std::string_view parameters;
    std::string_view columns;
};

using Parameter = std::variant<std::string_view, std::int64_t>;

class Statement {
public:
    Statement(soci::session& connection, const Sql& sql);
    Statement(const Statement&) = delete;  // SOCI holds the addresses of our cells
    Statement& operator=(const Statement&) = delete;

    // Runs to the end, so that no read transaction stays open, and returns the number of changed rows.
    // `on_row` may look at text() and integer(). After an exception the connection must be closed: SOCI leaves
    // the statement where it was. Throws std::invalid_argument for a text with a NUL, which some databases cut.
    template <class OnRow>
    std::int64_t run(std::initializer_list<Parameter> parameters, OnRow on_row) {
        assign(parameters);
        for (bool more = statement_.execute(true); more; more = statement_.fetch()) on_row(*this);
        return statement_.get_affected_rows();
    }
    std::int64_t run(std::initializer_list<Parameter> parameters) {
        return run(parameters, [](const Statement&) {});
    }

    // The current row, by column.
    const std::string& text(std::size_t column) const { return columns_[column].text; }
    std::int64_t integer(std::size_t column) const { return columns_[column].integer; }

private:
    struct Cell {
        std::string text;
        long long integer = 0;
    };
    void assign(std::initializer_list<Parameter> parameters);

    std::vector<Cell> parameters_;
    std::vector<Cell> columns_;
    soci::statement statement_;
};

}  // namespace keyhold::store
