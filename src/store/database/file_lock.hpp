// SPDX-License-Identifier: Apache-2.0
// A lock on a file, shared by those who use what it stands for, or held by one alone; ends with the process.
#pragma once

#include <optional>
#include <string>

namespace keyhold::store {

// flock(2): it belongs to the open file and not to the process, so two locks within one process exclude each other too.
// A child of fork() would share it.
class FileLock {
public:
    enum class Kind { shared, alone };

    // Makes the file (0600) if need be. Empty if others hold it in a way that excludes this one. Throws Unavailable.
    static std::optional<FileLock> take(const std::string& path, Kind kind);

    Kind kind() const { return kind_; }
    // From now on others may share it. False if another one was quicker to take it alone. Throws Unavailable.
    [[nodiscard]] bool share();

    ~FileLock();
    FileLock(FileLock&& other) noexcept;
    FileLock& operator=(FileLock&& other) noexcept;

private:
    explicit FileLock(int descriptor) : descriptor_(descriptor) {}
    // False where somebody else's lock excludes it.
    bool lock(Kind kind);
    int descriptor_;
    Kind kind_ = Kind::shared;
};

}  // namespace keyhold::store
