// SPDX-License-Identifier: Apache-2.0
#include "base/processors.hpp"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>
#include <string>
#include <string_view>
#include <thread>

#include "base/integer.hpp"

namespace keyhold {
namespace {

namespace fs = std::filesystem;

// Empty where there is no such file.
std::string first_line(const fs::path& path) {
    std::string line;
    std::ifstream file(path);
    std::getline(file, line);
    return line;
}

constexpr double no_limit = std::numeric_limits<double>::infinity();

// No limit for what is no number: "max", -1, or a file that is not there.
double quotient(std::string_view quota, std::string_view period) {
    const auto used = parse_integer<std::int64_t>(quota), of = parse_integer<std::int64_t>(period);
    if (!used || !of || *used <= 0 || *of <= 0) return no_limit;
    return static_cast<double>(*used) / static_cast<double>(*of);
}

// "50000 100000", or "max 100000" where there is no limit.
double quota_in(const fs::path& group) {
    const std::string line = first_line(group / "cpu.max");
    const std::size_t space = line.find(' ');
    if (space == line.npos) return no_limit;
    return quotient(std::string_view(line).substr(0, space), std::string_view(line).substr(space + 1));
}

// -1 where there is no limit.
double older_quota_in(const fs::path& group) {
    return quotient(first_line(group / "cpu.cfs_quota_us"), first_line(group / "cpu.cfs_period_us"));
}

// The least from `group` up to the mount. What a container sees of its own path may be the host's, which is not there.
// `read` gets the folder of a group within `mount`; one that is not there has no limit.
double least(const fs::path& mount, fs::path group, double (*read)(const fs::path&)) {
    double found = no_limit;
    while (true) {
        found = std::min(found, read(mount / group.relative_path()));
        if (!group.has_relative_path()) return found;
        group = group.parent_path();
    }
}

// "cpu,cpuacct" is one mount of two controllers, under that very name.
bool names_cpu(std::string_view controllers) {
    while (!controllers.empty()) {
        const std::string_view one = controllers.substr(0, controllers.find(','));
        if (one == "cpu") return true;
        controllers.remove_prefix(std::min(one.size() + 1, controllers.size()));
    }
    return false;
}

}  // namespace

// proc(5), /proc/[pid]/cgroup: hierarchy:controllers:path, where the new interface has the number 0 and no controllers.
std::optional<double> processor_quota(const fs::path& root) {
    const fs::path mounts = root / "sys/fs/cgroup";
    double found = no_limit;
    std::ifstream groups(root / "proc/self/cgroup");
    for (std::string line; std::getline(groups, line);) {
        const std::size_t first = line.find(':'), second = line.find(':', first + 1);
        if (first == line.npos || second == line.npos) continue;
        const std::string_view controllers = std::string_view(line).substr(first + 1, second - first - 1);
        const fs::path group = fs::path(line.substr(second + 1)).lexically_normal();
        if (controllers.empty()) found = std::min(found, least(mounts, group, quota_in));
        if (names_cpu(controllers)) found = std::min(found, least(mounts / controllers, group, older_quota_in));
    }
    return found == no_limit ? std::nullopt : std::optional(found);
}

// hardware_concurrency() counts the processors that this process may run on; 0 where it does not know.
double processors() {
    const double there = std::max(1U, std::thread::hardware_concurrency());
    return std::min(there, processor_quota().value_or(there));
}

std::size_t usable_processors() { return static_cast<std::size_t>(std::ceil(processors())); }

}  // namespace keyhold
