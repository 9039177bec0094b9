// DATABASE_URL in SQLAlchemy's spelling (https://docs.sqlalchemy.org/en/20/core/engines.html#sqlite).
#include <gtest/gtest.h>

#include <filesystem>

#include "store/driver.hpp"

namespace keyhold::store {

namespace {

std::string location(std::string_view url) {
    const auto place = parse_url(url);
    return place ? place->location : "refused: " + std::string(place.error().detail());
}

}  // namespace

TEST(DatabaseUrl, three_slashes_are_relative_and_four_absolute) {
    const auto here = std::filesystem::current_path();
    EXPECT_EQ(location("sqlite:///./keyhold.db"), (here / "keyhold.db").string());
    EXPECT_EQ(location("sqlite:///test.db"), (here / "test.db").string());
    EXPECT_EQ(location("sqlite:////var/lib/keyhold.db"), "/var/lib/keyhold.db");
    EXPECT_EQ(location("sqlite:////var/lib/with space.db"), "/var/lib/with space.db");
}

TEST(DatabaseUrl, takes_the_suffix_of_a_python_driver_and_the_option_of_the_tutorial) {
    EXPECT_EQ(location("sqlite+pysqlite:////a.db"), "/a.db");
    EXPECT_EQ(location("sqlite+aiosqlite:////a.db"), "/a.db");
    EXPECT_EQ(location("sqlite:////a.db?check_same_thread=False"), "/a.db");
}

TEST(DatabaseUrl, refuses_a_database_in_memory_and_says_why) {
    for (const char* url : {"sqlite://", "sqlite:///", "sqlite:///:memory:"})
        EXPECT_NE(location(url).find("would forget every account"), std::string::npos) << url;
}

TEST(DatabaseUrl, refuses_what_is_no_plain_path) {
    for (const char* url :
         {"sqlite://host/a.db", "sqlite:////a.db?mode=ro", "sqlite:////a.db?check_same_thread=0&uri=true",
          "sqlite:////a\".db", "sqlite:////a\n.db", "sqlite:////folder/"})
        EXPECT_EQ(location(url).find("refused: DATABASE_URL: "), 0u) << url;
}

TEST(DatabaseUrl, refuses_other_databases_and_names_the_ones_it_knows) {
    for (const char* url : {"postgresql+psycopg2://bob:hunter2@db/app", "mysql://bob:hunter2@db/app", "keyhold.db", "",
                            "SQLITE:///a.db"}) {
        const auto place = parse_url(url);
        ASSERT_FALSE(place.ok()) << url;
        EXPECT_EQ(place.error().errc(), Errc::configuration);
        EXPECT_NE(place.error().detail().find("sqlite:///"), std::string_view::npos);
        EXPECT_EQ(place.error().detail().find("hunter2"), std::string_view::npos) << "a URL holds a password";
    }
}

}  // namespace keyhold::store
