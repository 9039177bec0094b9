// SPDX-License-Identifier: Apache-2.0
// Names of another application's tables, in statements.
#include <gtest/gtest.h>

#include "store/adoption/dialect_mariadb.hpp"

namespace keyhold::store {
namespace {

TEST(ForeignDialect, a_backslash_at_the_end_of_a_name_does_not_open_the_literal_on_mariadb) {
    const std::string sql = mariadb::foreign_columns(R"(users\)");
    EXPECT_NE(sql.find(R"( table_name = 'users\\' ORDER BY)"), sql.npos) << sql;
    const std::string quote = mariadb::foreign_columns("a'b");
    EXPECT_NE(quote.find(" table_name = 'a''b' ORDER BY"), quote.npos) << quote;
}

}  // namespace
}  // namespace keyhold::store
