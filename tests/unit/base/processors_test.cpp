// SPDX-License-Identifier: Apache-2.0
// Quotas of control groups, in trees as the kernel's documentation and cgroups(7) have them.
#include "base/processors.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <string>
#include <thread>

namespace keyhold {
namespace {

namespace fs = std::filesystem;

class Tree {
public:
    Tree() {
        std::string name = (fs::temp_directory_path() / "keyhold-cgroup-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no folder");
        root_ = name;
    }
    ~Tree() { fs::remove_all(root_); }
    Tree(const Tree&) = delete;
    Tree& operator=(const Tree&) = delete;

    Tree& with(const fs::path& path, const std::string& text) {
        fs::create_directories((root_ / path).parent_path());
        std::ofstream(root_ / path) << text;
        return *this;
    }
    std::optional<double> quota() const { return processor_quota(root_); }

private:
    fs::path root_;
};

TEST(Processors, of_a_container_with_its_own_view_of_the_groups_are_those_of_its_quota) {
    EXPECT_EQ(Tree().with("proc/self/cgroup", "0::/\n").with("sys/fs/cgroup/cpu.max", "50000 100000\n").quota(), 0.5);
    EXPECT_EQ(Tree().with("proc/self/cgroup", "0::/\n").with("sys/fs/cgroup/cpu.max", "250000 100000\n").quota(), 2.5);
}

TEST(Processors, have_no_quota_where_the_kernel_says_max) {
    EXPECT_EQ(Tree().with("proc/self/cgroup", "0::/\n").with("sys/fs/cgroup/cpu.max", "max 100000\n").quota(),
              std::nullopt);
}

TEST(Processors, are_as_few_as_any_group_above_allows) {
    Tree tree;
    tree.with("proc/self/cgroup", "0::/system.slice/keyhold.service\n")
        .with("sys/fs/cgroup/system.slice/keyhold.service/cpu.max", "300000 100000\n")
        .with("sys/fs/cgroup/system.slice/cpu.max", "max 100000\n");
    EXPECT_EQ(tree.quota(), 3.0);
    tree.with("sys/fs/cgroup/system.slice/cpu.max", "150000 100000\n");
    EXPECT_EQ(tree.quota(), 1.5);
}

// Without a namespace of its own a container reads the host's path, below which it sees nothing.
TEST(Processors, are_found_at_the_mount_where_the_path_is_the_hosts) {
    EXPECT_EQ(Tree()
                  .with("proc/self/cgroup", "0::/docker/0123456789ab\n")
                  .with("sys/fs/cgroup/cpu.max", "20000 40000\n")
                  .quota(),
              0.5);
}

TEST(Processors, are_read_from_the_older_interface_too) {
    Tree tree;
    tree.with("proc/self/cgroup", "9:name=systemd:/\n3:cpuset:/other\n2:cpu,cpuacct:/box\n0::/\n")
        .with("sys/fs/cgroup/cpu,cpuacct/box/cpu.cfs_quota_us", "50000\n")
        .with("sys/fs/cgroup/cpu,cpuacct/box/cpu.cfs_period_us", "100000\n")
        .with("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "-1\n")
        .with("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n");
    EXPECT_EQ(tree.quota(), 0.5);
    tree.with("sys/fs/cgroup/cpu,cpuacct/box/cpu.cfs_quota_us", "-1\n");
    EXPECT_EQ(tree.quota(), std::nullopt);
}

TEST(Processors, have_no_quota_where_the_files_say_nothing_that_we_understand) {
    EXPECT_EQ(Tree().quota(), std::nullopt);
    for (const char* wrong : {"", "50000", "50000 0", "0 100000", "-1 100000", "much 100000", "50000 100000 1"})
        EXPECT_EQ(Tree().with("proc/self/cgroup", "0::/\n").with("sys/fs/cgroup/cpu.max", wrong).quota(), std::nullopt)
            << wrong;
    EXPECT_EQ(Tree().with("proc/self/cgroup", "nonsense\n::\n0::\n").quota(), std::nullopt);
    // A path that leads out of the mount leads nowhere.
    EXPECT_EQ(Tree().with("proc/self/cgroup", "0::/../../../x\n").with("x/cpu.max", "50000 100000").quota(),
              std::nullopt);
}

TEST(Processors, are_at_least_one_and_no_more_than_there_are) {
    const double there = std::max(1U, std::thread::hardware_concurrency());
    EXPECT_DOUBLE_EQ(processors(), std::min(there, processor_quota().value_or(there)));
    EXPECT_DOUBLE_EQ(std::ceil(processors()), static_cast<double>(usable_processors()));
    EXPECT_GE(usable_processors(), 1U);
    EXPECT_LE(usable_processors(), std::max(1U, std::thread::hardware_concurrency()));
}

}  // namespace
}  // namespace keyhold
