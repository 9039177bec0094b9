// SPDX-License-Identifier: Apache-2.0
// What Linux says of this process, for /metrics.
#include "server/observe/process_stats.hpp"

#include <dirent.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <cstdio>
#include <memory>
#include <string>

namespace keyhold::server {
namespace {

struct CloseFile {
    void operator()(std::FILE* file) const { (void)std::fclose(file); }
};

// At most 4 KiB, which is more than these files have.
std::string read(const char* path) {
    std::string text(4096, '\0');
    const std::unique_ptr<std::FILE, CloseFile> file(std::fopen(path, "re"));
    text.resize(file ? std::fread(text.data(), 1, text.size(), file.get()) : 0);
    return text;
}

// The kernel keeps no count that could be asked for, so the entries of the folder are counted.
std::uint64_t open_descriptors() {
    DIR* const folder = ::opendir("/proc/self/fd");
    if (folder == nullptr) return 0;
    std::uint64_t count = 0;
    while (::readdir(folder) != nullptr) ++count;
    ::closedir(folder);
    return count > 3 ? count - 3 : 0;  // without ".", ".." and the one that reads them
}

double seconds_of(clockid_t clock) {
    timespec time{};
    ::clock_gettime(clock, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

// Since 1970; /proc/stat knows it too, but a service may not see that (ProcSubset=pid).
double boot_time() { return seconds_of(CLOCK_REALTIME) - seconds_of(CLOCK_BOOTTIME); }

}  // namespace

// /proc is read anew each time, as Prometheus asks once in some seconds.
ProcessStats process_stats() {
    ProcessStats stats;
    const auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
    const std::string stat = read("/proc/self/stat");
    const std::size_t name_end = stat.rfind(')');  // the name may hold anything
    unsigned long user = 0;
    unsigned long system = 0;
    unsigned long threads = 0;
    unsigned long long start = 0;
    unsigned long bytes = 0;
    unsigned long pages = 0;
    // Fields 3 to 24 of proc_pid_stat(5), of which utime, stime, num_threads, starttime, vsize and rss are kept.
    if (name_end != stat.npos &&
        // NOLINTNEXTLINE(cert-err34-c): the kernel writes numbers that fit
        std::sscanf(stat.c_str() + name_end + 1,
                    " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu %*d %*d %*d %*d %lu %*d %llu %lu %lu", &user,
                    &system, &threads, &start, &bytes, &pages) == 6) {
        stats.cpu_seconds = static_cast<double>(user + system) / ticks;
        stats.start_time = boot_time() + static_cast<double>(start) / ticks;
        stats.virtual_bytes = bytes;
        stats.resident_bytes = pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
        stats.threads = threads;
    }
    stats.open_descriptors = open_descriptors();
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) stats.most_descriptors = limit.rlim_cur;
    return stats;
}

}  // namespace keyhold::server
