// SPDX-License-Identifier: Apache-2.0
// A disk whose power can be cut: what was written and not synced is lost, each write by chance, some of them torn.
// It stands in for SQLite's own file functions (https://www.sqlite.org/vfs.html) while it lives.
#pragma once

#include <sqlite3.h>

#include <atomic>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <vector>

namespace keyhold::store {

class PowerCutDisk {
public:
    // A disk that lies says that it has synced and has not: for seeing that the tests notice.
    enum class Honesty { honest, lies };
    explicit PowerCutDisk(Honesty honesty = Honesty::honest);
    ~PowerCutDisk();
    PowerCutDisk(const PowerCutDisk&) = delete;
    PowerCutDisk& operator=(const PowerCutDisk&) = delete;

    // The next `count` syncs fail, of whatever file. What they were to write is lost but for a part, by chance, and no
    // later sync writes it unless it is written again: Linux takes pages whose write-back failed for clean
    // (https://lwn.net/Articles/752063/). Readers see it all the while. Any thread.
    void fail_syncs(int count) { failing_ = count; }

    // What is on the disk if the power fails now, written into `folder`: the files by their names. Any thread.
    void cut(const std::filesystem::path& folder, unsigned seed);

    // For the functions that SQLite calls.
    struct Write {
        sqlite3_int64 offset;
        std::string bytes;
        bool is_truncation = false;  // to `offset`
    };
    struct File {
        std::string synced;
        std::vector<Write> unsynced;
    };
    std::shared_ptr<File> file_at(const std::string& path);
    void forget(const std::string& path);
    bool sync(File& file);  // false: it failed
    std::mutex mutex;       // of all files
    sqlite3_vfs* const real;

private:
    const Honesty honesty_;
    std::atomic<int> failing_ = 0;
    std::mt19937 fate_{1};
    std::map<std::string, std::shared_ptr<File>> files_;
    std::unique_ptr<sqlite3_vfs> vfs_;
};

}  // namespace keyhold::store
