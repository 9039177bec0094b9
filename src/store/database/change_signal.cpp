// SPDX-License-Identifier: Apache-2.0
#include "store/database/change_signal.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "store/accounts/account_store.hpp"

namespace keyhold::store {

namespace {

[[noreturn]] void refuse(const std::string& path, const std::string& why) {
    throw Unavailable("cannot use " + path + ": " + why);
}

class SignalFile {
public:
    // O_NOFOLLOW: the name is predictable, so a link that somebody put there is not followed.
    explicit SignalFile(const std::string& path)
        : descriptor_(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600)) {
        if (descriptor_ >= 0) return;
        const int error = errno;
        refuse(path, error == EACCES
                         ? std::string("it belongs to another user; run as the database's owner, or chown it")
                         : std::string(strerror(error)));
    }
    ~SignalFile() { close(descriptor_); }
    SignalFile(const SignalFile&) = delete;
    SignalFile& operator=(const SignalFile&) = delete;
    int descriptor() const { return descriptor_; }

private:
    int descriptor_;
};

}  // namespace

FileChangeSignal::FileChangeSignal(const std::string& path) {
    // Closed at the end of the constructor; the mapping holds the file.
    const SignalFile file(path);
    struct stat status {};
    if (fstat(file.descriptor(), &status) != 0) refuse(path, strerror(errno));
    if (!S_ISREG(status.st_mode)) refuse(path, "it is not a plain file");
    // Extends a short file and never touches the bytes of another. Room is taken now, because a mapped
    // write that finds the disk full is a SIGBUS.
    if (const int error = posix_fallocate(file.descriptor(), 0, sizeof(std::uint64_t))) refuse(path, strerror(error));
    void* const mapped = mmap(nullptr, sizeof(std::uint64_t), PROT_READ | PROT_WRITE, MAP_SHARED, file.descriptor(), 0);
    if (mapped == MAP_FAILED) refuse(path, strerror(errno));
    mapped_ = static_cast<std::uint64_t*>(mapped);
}

FileChangeSignal::~FileChangeSignal() { munmap(mapped_, sizeof(std::uint64_t)); }

}  // namespace keyhold::store
