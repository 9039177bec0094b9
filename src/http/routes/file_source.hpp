// SPDX-License-Identifier: Apache-2.0
// A file as the body of a response (Response::source): it is read while it is sent.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <string>
#include <system_error>
#include <utility>

#include "base/descriptor.hpp"
#include "http/message.hpp"

namespace keyhold::http {

// Owns the descriptor; belongs to one answer.
class FileSource final : public BodySource {
public:
    // From its begin on; `size` bytes of it.
    FileSource(Descriptor file, std::size_t size) : file_(std::move(file)), size_(size) {
        ::posix_fadvise(file_.get(), 0, 0, POSIX_FADV_SEQUENTIAL);
    }
    std::size_t size() const override { return size_; }
    std::size_t left() const override { return size_ - done_; }
    // With the position in the call (pread), as the descriptor's own position may belong to a copy of it elsewhere.
    // Reads on the I/O thread: from the page cache mostly, and 64 KiB at a time.
    void read(std::string& out, std::size_t most) override {
        const std::size_t before = out.size(), wanted = std::min(most, left());
        out.resize(before + wanted);
        ssize_t got = 0;
        do got = ::pread(file_.get(), out.data() + before, wanted, static_cast<off_t>(done_));
        while (got < 0 && errno == EINTR);
        out.resize(before + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
        // 0 bytes before the end: somebody has cut the file since its size was said.
        if (got <= 0) throw std::system_error(got < 0 ? errno : EIO, std::generic_category(), "a file that is sent");
        done_ += static_cast<std::size_t>(got);
    }

private:
    const Descriptor file_;
    const std::size_t size_;
    std::size_t done_ = 0;
};

}  // namespace keyhold::http
