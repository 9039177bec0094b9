// SPDX-License-Identifier: Apache-2.0
// Rows that go into a table together (Link::load).
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "store/database/statement.hpp"

namespace keyhold::store {

struct Rows {
    std::string_view table, columns;  // "id, username"
    std::string_view types;           // one letter for each column, as in Sql
    std::vector<Parameter> cells;     // row after row; texts are not copied

    std::size_t width() const { return types.size(); }
    std::size_t size() const { return cells.size() / width(); }
    std::span<const Parameter> row(std::size_t at) const { return std::span(cells).subspan(at * width(), width()); }
};

// The INSERT of one of them, as of Sql.
std::string insert_statement(const Rows& rows);

}  // namespace keyhold::store
