// SPDX-License-Identifier: Apache-2.0
// The names of backups, and what is said of one that could not be made.
#include "domain/backups.hpp"

#include <filesystem>
#include <fstream>

#include "domain/errors.hpp"
#include "fixture.hpp"

namespace keyhold::domain {
namespace {

class BackupsTest : public DomainTest {
protected:
    const std::string database = url.substr(std::string("sqlite:///").size());
    const std::filesystem::path folder = std::filesystem::path(database).parent_path();
    const Rights owner{{"admin"}, {"keyhold:admin"}};
    Backups backups{stores, database, clock};

    std::vector<std::string> names() const {
        std::vector<std::string> found;
        for (const Backups::Backup& one : backups.list()) found.push_back(one.name);
        return found;
    }
};

TEST_F(BackupsTest, of_one_second_have_names_of_their_own_and_the_newest_comes_first) {
    for (int i = 0; i < 10; ++i) ASSERT_TRUE(backups.make(owner));
    clock.advance(std::chrono::seconds(1));
    ASSERT_TRUE(backups.make(owner));
    const std::vector<std::string> expected{
        "keyhold-2027-01-15T080001Z.db",   "keyhold-2027-01-15T080000Z-10.db", "keyhold-2027-01-15T080000Z-9.db",
        "keyhold-2027-01-15T080000Z-8.db", "keyhold-2027-01-15T080000Z-7.db",  "keyhold-2027-01-15T080000Z-6.db",
        "keyhold-2027-01-15T080000Z-5.db", "keyhold-2027-01-15T080000Z-4.db",  "keyhold-2027-01-15T080000Z-3.db",
        "keyhold-2027-01-15T080000Z-2.db", "keyhold-2027-01-15T080000Z.db"};
    EXPECT_EQ(names(), expected);
    const auto contents = backups.look_through("keyhold-2027-01-15T080000Z-2.db", owner);
    ASSERT_TRUE(contents);
    EXPECT_TRUE(contents->problems.empty());
    ASSERT_TRUE(backups.remove("keyhold-2027-01-15T080000Z-2.db", owner));
    // The name is free again.
    clock.set(clock.now() - std::chrono::seconds(1));
    const auto made = backups.make(owner);
    ASSERT_TRUE(made);
    EXPECT_EQ(made->name, "keyhold-2027-01-15T080000Z-2.db");
}

TEST_F(BackupsTest, a_number_is_written_in_one_way_only) {
    ASSERT_TRUE(backups.make(owner));
    ASSERT_TRUE(backups.make(owner));
    ASSERT_TRUE(backups.open("keyhold-2027-01-15T080000Z-2.db", owner));
    for (const std::string name : {"-1", "-02", "--2", "-0", "-", "+2", "-2/../x", "-101", "-2-2"}) {
        const std::string whole = "keyhold-2027-01-15T080000Z" + name + ".db";
        if (name.find('/') == std::string::npos) std::ofstream(folder / "backups" / whole) << "x";
        const auto opened = backups.open(whole, owner);
        ASSERT_FALSE(opened) << whole;
        EXPECT_EQ(opened.error().errc(), errors::backup_not_found) << whole;
    }
    EXPECT_EQ(names().size(), 2U);
}

TEST_F(BackupsTest, what_could_not_be_made_says_no_path_of_the_server) {
    Backups of_nothing(stores, (folder / "gone.db").string(), clock);
    const auto refused = of_nothing.make(owner);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().errc(), errors::backup_failed);
    EXPECT_EQ(refused.error().detail(), "there is no database at gone.db");
    std::filesystem::remove_all(folder / "backups");
    std::ofstream(folder / "backups") << "a file";
    const auto without_folder = backups.make(owner);
    ASSERT_FALSE(without_folder);
    EXPECT_EQ(without_folder.error().errc(), errors::backup_failed);
    EXPECT_EQ(without_folder.error().detail().find(folder.string()), std::string_view::npos);
}

}  // namespace
}  // namespace keyhold::domain
