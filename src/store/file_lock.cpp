#include "store/file_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "base/unavailable.hpp"

namespace keyhold::store {

std::optional<FileLock> FileLock::take(const std::string& path, Kind kind) {
    const int descriptor = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (descriptor < 0)
        throw Unavailable("cannot use " + path + ": " +
                          (errno == EACCES ? "it belongs to another user; run as the database's owner, or chown it"
                                           : strerror(errno)));
    FileLock lock(descriptor);
    const int wanted = kind == Kind::shared ? LOCK_SH : LOCK_EX;
    while (flock(descriptor, wanted | LOCK_NB) != 0) {
        if (errno == EWOULDBLOCK) return std::nullopt;
        if (errno != EINTR) throw Unavailable("cannot lock " + path + ": " + strerror(errno));
    }
    return lock;
}

FileLock::FileLock(FileLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

FileLock& FileLock::operator=(FileLock&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
}

FileLock::~FileLock() {
    if (descriptor_ >= 0) close(descriptor_);
}

}  // namespace keyhold::store
