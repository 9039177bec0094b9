// SPDX-License-Identifier: Apache-2.0
#include "server/files.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

namespace keyhold::server {
namespace {

namespace fs = std::filesystem;

class PrivateFileTest : public testing::Test {
protected:
    PrivateFileTest() {
        char name[] = "/tmp/keyhold-files-XXXXXX";
        folder_ = ::mkdtemp(name);
        path_ = folder_ / "list";
    }
    ~PrivateFileTest() override { fs::remove_all(folder_); }
    static std::string content(const fs::path& path) {
        std::ifstream file(path);
        return {std::istreambuf_iterator<char>(file), {}};
    }
    std::size_t files() const {
        return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder_), fs::directory_iterator()));
    }

    fs::path folder_, path_;
};

TEST_F(PrivateFileTest, has_its_name_when_it_is_whole_and_is_its_owners_alone) {
    PrivateFile file(path_, PrivateFile::Over::nothing);
    file.write("one\n");
    EXPECT_FALSE(fs::exists(path_));
    file.write("two\n");
    ASSERT_TRUE(file.close());
    EXPECT_EQ(content(path_), "one\ntwo\n");
    struct stat status {};
    ASSERT_EQ(::stat(path_.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600U);
}

TEST_F(PrivateFileTest, leaves_nothing_behind_when_it_is_given_up) {
    {
        PrivateFile file(path_, PrivateFile::Over::nothing);
        file.write("half");
        EXPECT_EQ(files(), 1U);
    }
    EXPECT_EQ(files(), 0U);
}

TEST_F(PrivateFileTest, takes_the_place_of_an_older_file_only_if_it_may) {
    std::ofstream(path_) << "old";
    EXPECT_FALSE(PrivateFile(path_, PrivateFile::Over::nothing).check());
    PrivateFile file(path_, PrivateFile::Over::older_file);
    file.write("new");
    ASSERT_TRUE(file.close());
    EXPECT_EQ(content(path_), "new");
}

TEST_F(PrivateFileTest, never_follows_a_link_nor_replaces_one_that_was_there) {
    const fs::path precious = folder_ / "precious";
    std::ofstream(precious) << "precious";
    fs::create_symlink("precious", path_);
    for (const auto over : {PrivateFile::Over::nothing, PrivateFile::Over::older_file}) {
        PrivateFile file(path_, over);
        file.write("other");
        EXPECT_FALSE(file.close());
    }
    EXPECT_EQ(content(precious), "precious");
    EXPECT_TRUE(fs::is_symlink(path_));
}

TEST_F(PrivateFileTest, does_not_write_through_a_link_that_comes_while_it_is_written) {
    const fs::path precious = folder_ / "precious";
    std::ofstream(precious) << "precious";
    PrivateFile file(path_, PrivateFile::Over::older_file);
    file.write("other");
    fs::create_symlink("precious", path_);
    ASSERT_TRUE(file.close());
    EXPECT_EQ(content(precious), "precious");
    EXPECT_EQ(content(path_), "other");
    EXPECT_FALSE(fs::is_symlink(path_));
}

// A setting may name one by mistake: its open(2) alone would wait for ever, and a server that reloads would never stop.
TEST_F(PrivateFileTest, a_fifo_that_nobody_writes_into_is_refused) {
    ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
    const auto read = read_text_file(path_, std::chrono::milliseconds(10));
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().errc(), errors::configuration);
    // Nor into which somebody writes a part and then nothing more.
    const Descriptor writing(::open(path_.c_str(), O_RDWR | O_CLOEXEC));
    ASSERT_EQ(::write(writing.get(), "half", 4), 4);
    EXPECT_FALSE(read_text_file(path_, std::chrono::milliseconds(10)));
}

// As `--config <(...)` has it.
TEST_F(PrivateFileTest, what_another_program_writes_is_read_to_its_end) {
    ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
    std::thread program([&] { std::ofstream(path_) << "one\ntwo\n"; });
    const auto read = read_text_file(path_, patience_with_people);
    program.join();
    ASSERT_TRUE(read);
    EXPECT_EQ(read->reveal(), "one\ntwo\n");
}

}  // namespace
}  // namespace keyhold::server
