// SPDX-License-Identifier: Apache-2.0
#include "store/database/change_signal.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "store/accounts/account_store.hpp"

namespace keyhold::store {

class ChangeSignalTest : public testing::Test {
protected:
    ChangeSignalTest() {
        std::string name = (std::filesystem::temp_directory_path() / "keyhold-signal-XXXXXX").string();
        if (!mkdtemp(name.data())) throw std::runtime_error("no temporary folder");
        folder = name;
        path = name + "/signal";
    }
    ~ChangeSignalTest() override { std::filesystem::remove_all(folder); }
    std::filesystem::path folder;
    std::string path;
};

TEST_F(ChangeSignalTest, is_heard_through_every_mapping_of_the_file) {
    FileChangeSignal one(path);
    const FileChangeSignal two(path);
    const auto before = two.count();
    one.raise();
    EXPECT_EQ(two.count(), before + 1);
}

TEST_F(ChangeSignalTest, goes_on_counting_where_the_last_one_stopped) {
    { FileChangeSignal(path).raise(); }
    EXPECT_EQ(FileChangeSignal(path).count(), 1u);
}

TEST_F(ChangeSignalTest, extends_a_file_that_was_cut_short) {
    std::ofstream(path) << "abc";
    FileChangeSignal signal(path);
    EXPECT_EQ(std::filesystem::file_size(path), 8u);
    const auto before = signal.count();
    signal.raise();
    EXPECT_EQ(signal.count(), before + 1);
}

TEST_F(ChangeSignalTest, makes_its_file_for_the_owner_alone) {
    const FileChangeSignal signal(path);
    EXPECT_EQ(std::filesystem::status(path).permissions(),
              std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

TEST_F(ChangeSignalTest, follows_no_link_and_takes_no_pipe_or_folder) {
    std::filesystem::create_symlink(folder / "elsewhere", path);
    EXPECT_THROW(FileChangeSignal{path}, Unavailable);
    std::filesystem::remove(path);
    ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
    EXPECT_THROW(FileChangeSignal{path}, Unavailable);
    std::filesystem::remove(path);
    std::filesystem::create_directory(path);
    EXPECT_THROW(FileChangeSignal{path}, Unavailable);
    std::filesystem::remove(path);
    EXPECT_NO_THROW(FileChangeSignal{path});
}

}  // namespace keyhold::store
