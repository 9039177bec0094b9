// SPDX-License-Identifier: Apache-2.0
// DATABASE_URL in SQLAlchemy's spelling (https://docs.sqlalchemy.org/en/20/core/engines.html#sqlite).
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <utility>

#include "base/exceptions.hpp"
#include "store/database/driver.hpp"

namespace keyhold::store {

namespace {

std::string location(std::string_view url) {
    const auto location = parse_url(url);
    return location ? location->target : "refused: " + std::string(location.error().detail());
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

TEST(DatabaseUrl, is_put_into_a_folder_wherever_it_holds_a_relative_path) {
    const auto in_etc = [](std::string_view url) { return url_in_folder(url, "/etc/key hold"); };
    EXPECT_EQ(in_etc("sqlite:///./k.db"), "sqlite:////etc/key hold/k.db");
    EXPECT_EQ(in_etc("sqlite:///../k.db?check_same_thread=False"), "sqlite:////etc/k.db?check_same_thread=False");
    EXPECT_EQ(in_etc("sqlite:////var/k.db"), "sqlite:////var/k.db");
    EXPECT_EQ(in_etc("postgresql://u:p@h/d?sslmode=verify-full&sslrootcert=ca.pem&sslkey=/k.pem"),
              "postgresql://u:p@h/d?sslmode=verify-full&sslrootcert=/etc/key%20hold/ca.pem&sslkey=/k.pem");
    EXPECT_EQ(in_etc("mysql+pymysql://u:p@h/d?unix_socket=my.sock"),
              "mysql+pymysql://u:p@h/d?unix_socket=/etc/key%20hold/my.sock");
    for (const char* same : {"", "nothing", "sqlite://", "sqlite:///", "sqlite:///:memory:", "postgresql://h/d?",
                             "mysql://h/d?ssl_ca=", "mysql://h/d?ssl_ca&x", "oracle:///./x"})
        EXPECT_EQ(in_etc(same), same);
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
    for (const char* url : {"oracle+cx_oracle://bob:hunter2@db/app", "keyhold.db", "", "SQLITE:///a.db"}) {
        const auto location = parse_url(url);
        ASSERT_FALSE(location.ok()) << url;
        EXPECT_EQ(location.error().errc(), errors::configuration);
        for (const char* known : {"sqlite:///", "postgresql://", "mysql://"})
            EXPECT_NE(location.error().detail().find(known), std::string_view::npos);
        EXPECT_EQ(location.error().detail().find("hunter2"), std::string_view::npos) << "a URL holds a password";
    }
}

// libpq's keywords as "name=value name=value", in their order.
std::string keywords(std::string_view url) {
    std::string text = location(url);
    for (bool name = true; char& c : text)
        if (c == '\0') c = std::exchange(name, !name) ? '=' : ' ';
    return text;
}

TEST(DatabaseUrl, of_postgresql_is_read_as_sqlalchemy_does) {
    for (const char* url :
         {"postgresql://bob:hunter2@db:5433/app", "postgres://bob:hunter2@db:5433/app",
          "postgresql+psycopg2://bob:hunter2@db:5433/app", "postgresql+asyncpg://bob:hunter2@db:5433/app"}) {
        const std::string found = keywords(url);
        for (const char* part : {"user=bob ", "password=hunter2 ", "host=db ", "port=5433 ", "dbname=app "})
            EXPECT_NE(found.find(part), std::string::npos) << url << ": " << found;
        EXPECT_EQ(parse_url(url)->shown, "app on db:5433");
    }
    EXPECT_NE(keywords("postgresql://b%40b:p%40ss%2Fw%3Ard%25@db/app").find("user=b@b password=p@ss/w:rd% "),
              std::string::npos);
    EXPECT_NE(keywords("postgresql://db/app?sslmode=verify-full&sslrootcert=%2Fetc%2Fca.pem")
                  .find("sslmode=verify-full sslrootcert=/etc/ca.pem "),
              std::string::npos);
}

TEST(DatabaseUrl, of_postgresql_takes_several_hosts_in_both_spellings_and_looks_for_the_one_that_takes_writes) {
    for (const char* url :
         {"postgresql://bob@a:5432,b:5433/app", "postgresql+psycopg2://bob@/app?host=a:5432&host=b:5433",
          "postgresql+psycopg2://bob@/app?host=a,b&port=5432,5433"}) {
        const std::string found = keywords(url);
        EXPECT_NE(found.find("host=a,b "), std::string::npos) << found;
        EXPECT_NE(found.find("port=5432,5433 "), std::string::npos) << found;
        EXPECT_NE(found.find("target_session_attrs=read-write "), std::string::npos) << found;
    }
    EXPECT_NE(keywords("postgresql://a,b/app?target_session_attrs=any").find("target_session_attrs=any "),
              std::string::npos);
}

TEST(DatabaseUrl, of_postgresql_takes_the_folder_of_a_unix_socket_and_an_ipv6_address) {
    EXPECT_NE(keywords("postgresql://bob@/app?host=/run/postgresql&port=5433").find("host=/run/postgresql port=5433 "),
              std::string::npos);
    EXPECT_NE(keywords("postgresql://bob@[::1]:5433/app").find("host=::1 port=5433 "), std::string::npos);
    EXPECT_EQ(keywords("postgresql:///app").find("host="), std::string::npos);
}

TEST(DatabaseUrl, of_mariadb_is_read_as_sqlalchemy_does) {
    for (const char* url :
         {"mysql://bob:hunter2@db:3307/app", "mysql+pymysql://bob:hunter2@db:3307/app?charset=utf8mb4",
          "mariadb+mariadbconnector://bob:hunter2@db:3307/app"})
        EXPECT_EQ(parse_url(url)->shown, "app on db:3307") << url;
    for (const char* url : {"mysql://bob@/app?unix_socket=/run/mysqld/mysqld.sock",
                            "mysql://bob@db:3307/app?unix_socket=/run/mysqld/mysqld.sock"})
        EXPECT_EQ(parse_url(url)->shown, "app on /run/mysqld/mysqld.sock") << url;
    EXPECT_TRUE(parse_url("mysql://bob@db/app?ssl_ca=/etc/ca.pem&ssl_cert=/c.pem&ssl_key=/k.pem").ok());
    EXPECT_NE(location("mysql://bob@db/app?charset=latin1").find("utf8mb4"), std::string::npos);
}

TEST(DatabaseUrl, of_a_server_is_refused_without_repeating_it) {
    for (const char* url :
         {"postgresql://bob:hunter2@db", "postgresql://bob:hunter2@db/", "postgresql://bob:hunter2@db:0/app",
          "postgresql://bob:hunter2@db:x/app", "postgresql://bob:hunter2@db/app?sslmod=require",
          "postgresql://bob:hunter2@/app?host=a,b&port=1,2,3", "postgresql://bob:hunter2@/app?host=a,b&port=1,x",
          "postgresql://bob:hunter2%4@db/app", "postgresql://bob:hunter2%00@db/app", "postgresql://bob:hunter2@d b/app",
          "mysql://bob:hunter2@db/app?ssl_verify=1",
          "postgresql://bob:hunter2/x@db/app?options=-csynchronous_commit=off"}) {
        EXPECT_EQ(location(url).find("refused: DATABASE_URL: "), 0u) << url;
        EXPECT_EQ(location(url).find("hunter2"), std::string::npos) << location(url);
    }
    EXPECT_NE(location("postgresql://db/app?sslmod=require").find("'sslmod'"), std::string::npos);
}

// SQLite would take a device for an empty database, and a link would lead the first start to make another one.
TEST(DatabaseUrl, what_can_be_no_database_is_not_taken_for_one) {
    const auto exists = [](const std::string& url) {
        const auto found = parse_url(url).value();
        return found.driver->exists(found.target);
    };
    const std::filesystem::path folder = std::filesystem::temp_directory_path() / "keyhold-url-test";
    std::filesystem::remove_all(folder);
    std::filesystem::create_directory(folder);
    std::filesystem::create_symlink("nowhere.db", folder / "link.db");
    EXPECT_FALSE(exists("sqlite:///" + (folder / "absent.db").string()));
    EXPECT_THROW(exists("sqlite:///" + (folder / "link.db").string()), Unavailable);
    EXPECT_THROW(exists("sqlite:///" + folder.string()), Unavailable);
    EXPECT_THROW(exists("sqlite:////dev/null"), Unavailable);
    std::ofstream(folder / "nowhere.db") << "";
    EXPECT_TRUE(exists("sqlite:///" + (folder / "link.db").string()));
    std::filesystem::remove_all(folder);
}

TEST(DatabaseUrl, is_shown_without_its_password) {
    EXPECT_EQ(without_password("postgresql://bob:hunter2@db/app?sslmode=require"),
              "postgresql://bob:***@db/app?sslmode=require");
    EXPECT_EQ(without_password("mysql+pymysql://bob:hunter2/@x@db/app"), "mysql+pymysql://bob:***@db/app");
    EXPECT_EQ(without_password("mysql://bob:@db/app"), "mysql://bob:***@db/app");
    EXPECT_EQ(without_password("postgresql://db/app?user=bob&password=hunter2&sslmode=require"),
              "postgresql://db/app?user=bob&password=***&sslmode=require");
    for (const char* none : {"postgresql://bob@db:5432/app", "sqlite:////srv/a:b@c.db", "nonsense", ""})
        EXPECT_EQ(without_password(none), none);
}

}  // namespace keyhold::store
