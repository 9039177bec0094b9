// SPDX-License-Identifier: Apache-2.0
#include "store/doorbell.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "store/account_store.hpp"

namespace keyhold::store {

class DoorbellTest : public testing::Test {
protected:
    DoorbellTest() {
        std::string name = (std::filesystem::temp_directory_path() / "keyhold-bell-XXXXXX").string();
        if (!mkdtemp(name.data())) throw std::runtime_error("no temporary folder");
        folder = name;
        path = name + "/bell";
    }
    ~DoorbellTest() override { std::filesystem::remove_all(folder); }
    std::filesystem::path folder;
    std::string path;
};

TEST_F(DoorbellTest, is_heard_through_every_mapping_of_the_file) {
    FileDoorbell one(path);
    const FileDoorbell two(path);
    const auto before = two.count();
    one.ring();
    EXPECT_EQ(two.count(), before + 1);
}

TEST_F(DoorbellTest, goes_on_counting_where_the_last_one_stopped) {
    { FileDoorbell(path).ring(); }
    EXPECT_EQ(FileDoorbell(path).count(), 1u);
}

TEST_F(DoorbellTest, extends_a_file_that_was_cut_short) {
    std::ofstream(path) << "abc";
    FileDoorbell bell(path);
    EXPECT_EQ(std::filesystem::file_size(path), 8u);
    const auto before = bell.count();
    bell.ring();
    EXPECT_EQ(bell.count(), before + 1);
}

TEST_F(DoorbellTest, makes_its_file_for_the_owner_alone) {
    const FileDoorbell bell(path);
    EXPECT_EQ(std::filesystem::status(path).permissions(),
              std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

TEST_F(DoorbellTest, follows_no_link_and_takes_no_pipe_or_folder) {
    std::filesystem::create_symlink(folder / "elsewhere", path);
    EXPECT_THROW(FileDoorbell{path}, Unavailable);
    std::filesystem::remove(path);
    ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
    EXPECT_THROW(FileDoorbell{path}, Unavailable);
    std::filesystem::remove(path);
    std::filesystem::create_directory(path);
    EXPECT_THROW(FileDoorbell{path}, Unavailable);
    std::filesystem::remove(path);
    EXPECT_NO_THROW(FileDoorbell{path});
}

}  // namespace keyhold::store
