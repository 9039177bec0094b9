// SPDX-License-Identifier: Apache-2.0
#include "store/database/rows.hpp"

#include "store/database/link.hpp"

namespace keyhold::store {

std::string insert_statement(const Rows& rows) {
    std::string text = "INSERT INTO ";
    text.append(rows.table).append(" (").append(rows.columns).append(") VALUES (");
    for (std::size_t i = 0; i < rows.width(); ++i)
        text.append(i == 0 ? ":" : ", :").append(1, static_cast<char>('a' + i));
    return text + ")";
}

// One by one: for databases within this process.
void Link::load(const Rows& rows) {
    const std::string text = insert_statement(rows);
    const auto insert = prepare({text, rows.types, ""});
    for (std::size_t i = 0; i < rows.size(); ++i) insert->run(rows.row(i));
}

}  // namespace keyhold::store
