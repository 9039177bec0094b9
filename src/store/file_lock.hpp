// A lock on a file, shared by those who use what it stands for, or held by one alone; ends with the process.
#pragma once

#include <optional>
#include <string>

namespace keyhold::store {

class FileLock {
public:
    enum class Kind { shared, alone };

    // Makes the file (0600) if need be. Empty if others hold it in a way that excludes this one. Throws Unavailable.
    static std::optional<FileLock> take(const std::string& path, Kind kind);

    ~FileLock();
    FileLock(FileLock&& other) noexcept;
    FileLock& operator=(FileLock&& other) noexcept;

private:
    explicit FileLock(int descriptor) : descriptor_(descriptor) {}
    int descriptor_;
};

}  // namespace keyhold::store
