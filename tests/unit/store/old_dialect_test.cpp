// Names of another application's tables, in statements.
#include <gtest/gtest.h>

#include "store/old_dialect_mariadb.hpp"

namespace keyhold::store {
namespace {

TEST(OldDialect, a_backslash_at_the_end_of_a_name_does_not_open_the_literal_on_mariadb) {
    const std::string sql = mariadb::old_columns(R"(users\)");
    EXPECT_NE(sql.find(R"(c.table_name = 'users\\' ORDER BY)"), sql.npos) << sql;
    const std::string quote = mariadb::old_columns("a'b");
    EXPECT_NE(quote.find("c.table_name = 'a''b' ORDER BY"), quote.npos) << quote;
}

}  // namespace
}  // namespace keyhold::store
