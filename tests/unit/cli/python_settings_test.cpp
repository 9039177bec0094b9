// SPDX-License-Identifier: Apache-2.0
#include "cli/adoption/python_settings.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace keyhold::cli {

class Folder : public testing::Test {
protected:
    Folder() {
        std::string name = (std::filesystem::temp_directory_path() / "keyhold-python-XXXXXX").string();
        if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
        path = name;
    }
    ~Folder() override { std::filesystem::remove_all(path); }
    void write(const std::string& name, const std::string& text) const {
        std::filesystem::create_directories((path / name).parent_path());
        std::ofstream(path / name) << text;
    }
    std::filesystem::path path;
};

// What Python itself gives for each: tests/adopt/test_settings_reader.py compares many more with it.
TEST_F(Folder, has_literals_defaults_and_what_is_computed_of_them) {
    for (const char* line :
         {R"(SECRET_KEY = "s3")", R"(SECRET_KEY='s3')", R"(SECRET_KEY: str = "s3"  # here)",
          R"(SECRET_KEY = os.getenv("SECRET_KEY", "s3"))", R"(SECRET_KEY = os.environ.get('OTHER', 's3'))",
          R"(SECRET_KEY = f"s3")", R"(SECRET_KEY = "s" + "3")", R"(SECRET_KEY = "\x73\x33")"}) {
        write("config.py", std::string("import os\n") + line + "\n");
        const auto settings = read_python_settings(path.string());
        ASSERT_TRUE(settings.ok() && settings->secret_key) << line;
        EXPECT_EQ(settings->secret_key->value.reveal(), "s3") << line;
    }
    write("config.py", "ACCESS_TOKEN_EXPIRE_MINUTES: int = 60 * 24 * 8  # 8 days\n");
    EXPECT_EQ(read_python_settings(path.string())->expire_minutes->value.reveal(), "11520");
}

TEST_F(Folder, leaves_what_only_the_application_could_say) {
    for (const char* line :
         {R"(SECRET_KEY = os.getenv("SECRET_KEY"))", R"(SECRET_KEY = os.environ["SECRET_KEY"])",
          R"(SECRET_KEY = secrets.token_hex(32))", R"(# SECRET_KEY = "s3")", R"(SECRET_KEY_FILE = "s3")",
          R"(SECRET_KEY == "s3")", R"(SECRET_KEY = hash("s3"))", R"(print("SECRET_KEY = 's3'"))"}) {
        write("config.py", std::string("import os, secrets\n") + line + "\n");
        const auto settings = read_python_settings(path.string());
        ASSERT_TRUE(settings.ok()) << line;
        EXPECT_FALSE(settings->secret_key) << line;
    }
}

// "Billion laughs": each name stands for ten of the one before.
TEST_F(Folder, is_refused_in_one_line_where_a_file_says_more_than_anybody_means) {
    std::string laughs = "A0=" + std::string(1000, 'x') + "\n";
    for (int i = 1; i < 12; ++i) {
        laughs += "A" + std::to_string(i) + "=";
        for (int j = 0; j < 10; ++j) laughs += "${A" + std::to_string(i - 1) + "}";
        laughs += "\n";
    }
    write("main.py", "");
    write(".env", laughs);
    const auto settings = read_python_settings(path.string());
    ASSERT_FALSE(settings.ok());
    EXPECT_EQ(settings.error().errc(), errors::configuration);
    EXPECT_EQ(settings.error().detail(), ".env:3: with what ${...} stands for the value is longer than 64 KiB");
    const auto dangers = read_dangers(path.string());
    ASSERT_FALSE(dangers.ok());
    EXPECT_EQ(dangers.error().detail(), settings.error().detail());
}

TEST_F(Folder, is_searched_from_dotenv_to_the_rest_and_never_in_virtual_environments) {
    write("main.py", "from app.core.config import SECRET_KEY\n");
    write("app/core/config.py",
          "import os\n\nSECRET_KEY = os.getenv(\"SECRET_KEY\", \"of config\")\nALGORITHM = \"HS512\"\n");
    write("app/database.py", "SQLALCHEMY_DATABASE_URL = \"sqlite:///./app.db\"\n");
    write("venv/lib/config.py", "SECRET_KEY = \"somebody else's\"\n");
    auto settings = read_python_settings(path.string());
    ASSERT_TRUE(settings.ok());
    EXPECT_EQ(settings->secret_key->value.reveal(), "of config");
    EXPECT_EQ(settings->secret_key->where, "app/core/config.py:3");
    EXPECT_EQ(settings->database_url->value.reveal(), "sqlite:///./app.db");
    EXPECT_EQ(settings->algorithm->value.reveal(), "HS512");
    EXPECT_FALSE(settings->expire_minutes);
    write(".env", "# SECRET_KEY=no\nexport SECRET_KEY='of dotenv'\n");
    settings = read_python_settings(path.string());
    EXPECT_EQ(settings->secret_key->value.reveal(), "of dotenv");
    EXPECT_EQ(settings->secret_key->where, ".env:2");
}

TEST_F(Folder, that_is_not_there_is_refused) {
    const auto settings = read_python_settings((path / "nothing").string());
    ASSERT_FALSE(settings.ok());
    EXPECT_EQ(settings.error().errc(), errors::configuration);
}

TEST(PythonSettings, make_a_relative_sqlite_path_absolute_and_nothing_else) {
    EXPECT_EQ(url_in_folder("sqlite:///./app.db", "/srv/app"), "sqlite:////srv/app/app.db");
    EXPECT_EQ(url_in_folder("sqlite+aiosqlite:///app.db", "/srv/app"), "sqlite:////srv/app/app.db");
    EXPECT_EQ(url_in_folder("sqlite:////var/lib/app.db", "/srv/app"), "sqlite:////var/lib/app.db");
    EXPECT_EQ(url_in_folder("postgresql://db/app", "/srv/app"), "postgresql://db/app");
}

}  // namespace keyhold::cli
