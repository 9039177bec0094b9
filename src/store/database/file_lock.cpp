// SPDX-License-Identifier: Apache-2.0
#include "store/database/file_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "base/exceptions.hpp"

namespace keyhold::store {

std::optional<FileLock> FileLock::take(const std::string& path, Kind kind) {
    for (;;) {
        const int descriptor = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (descriptor < 0)
            throw Unavailable("cannot use " + path + ": " +
                              (errno == EACCES ? "it belongs to another user; run as the database's owner, or chown it"
                                               : strerror(errno)));
        FileLock lock(descriptor);
        if (!lock.lock(kind)) return std::nullopt;
        // Whoever held it before us may have removed the file: the next one who comes would lock another.
        struct stat status {};
        if (fstat(descriptor, &status) != 0 || status.st_nlink > 0) return lock;
    }
}

bool FileLock::lock(Kind kind) {
    // Never waits: who finds it taken decides by himself for how long to try.
    while (flock(descriptor_, (kind == Kind::shared ? LOCK_SH : LOCK_EX) | LOCK_NB) != 0) {
        if (errno == EWOULDBLOCK) return false;
        if (errno != EINTR)
            throw Unavailable(std::string("cannot lock the database's -epoch file: ") + strerror(errno));
    }
    kind_ = kind;
    return true;
}

bool FileLock::share() { return lock(Kind::shared); }

FileLock::FileLock(FileLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)), kind_(other.kind_) {}

FileLock& FileLock::operator=(FileLock&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    std::swap(kind_, other.kind_);
    return *this;
}

FileLock::~FileLock() {
    if (descriptor_ >= 0) close(descriptor_);
}

}  // namespace keyhold::store
