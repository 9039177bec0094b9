// SPDX-License-Identifier: Apache-2.0
// A file descriptor with an owner.
#pragma once

#include <unistd.h>

#include <utility>

namespace keyhold {

// Closed when the object goes. An error of close(2) is not looked at: what has to be on the disk is for fsync(2)
// before.
class Descriptor {
public:
    explicit Descriptor(int fd) : fd_(fd) {}  // -1: none, as open(2) says when it fails
    Descriptor(Descriptor&& other) noexcept : fd_(other.release()) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() {
        if (fd_ >= 0) ::close(fd_);
    }
    int get() const { return fd_; }
    int release() { return std::exchange(fd_, -1); }  // somebody else owns it from now on

private:
    int fd_;
};

}  // namespace keyhold
