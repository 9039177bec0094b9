// SPDX-License-Identifier: Apache-2.0
#include "store/database/backup_digest.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>

#include "crypto/digest.hpp"

namespace keyhold::store {

namespace {

// A file with a digest is told from one without by its length alone, which no bit inside can change: SQLite's pages are
// of 512 bytes at least (https://www.sqlite.org/fileformat.html §1.3.2), so that a database's length is a multiple.
constexpr std::size_t smallest_page = 512;
constexpr std::string_view before = "\nkeyhold backup, sha256 of the sha256 of each MiB above: ";
constexpr std::size_t digest_size = 64;  // hexadecimal
constexpr std::size_t tail_size = before.size() + digest_size + 1;
static_assert(tail_size < smallest_page);

constexpr std::size_t part_size = std::size_t{1} << 20U;

Error refuse_copy(const char* what, const std::string& path) {
    return {errors::configuration, std::string("cannot ") + what + " " + path + ": " + strerror(errno)};
}

class File {
public:
    File(const std::string& path, int flags) : descriptor_(open(path.c_str(), flags | O_CLOEXEC)) {}
    ~File() {
        if (descriptor_ >= 0) close(descriptor_);
    }
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    bool is_open() const { return descriptor_ >= 0; }
    int descriptor() const { return descriptor_; }

    // -1: it cannot be told.
    std::int64_t size() const {
        struct stat status {};
        return fstat(descriptor_, &status) == 0 ? status.st_size : -1;
    }
    // False if there are not so many, or none can be read.
    bool read(std::string& into, std::size_t count) const {
        into.resize(count);
        for (std::size_t done = 0; done < count;) {
            const ssize_t got = ::read(descriptor_, into.data() + done, count - done);
            if (got < 0 && errno == EINTR) continue;
            if (got <= 0) return false;
            done += static_cast<std::size_t>(got);
        }
        return true;
    }

private:
    int descriptor_;
};

std::string hexadecimal(std::string_view bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        text.append(1, digits[byte >> 4U]).append(1, digits[byte & 0xfU]);
    }
    return text;
}

// What stands at the end of a file whose first `length` bytes are these. Reads on from there.
// A digest of digests of each MiB, so that a MiB of memory is enough whatever the length.
Result<std::string> tail_of(const File& file, std::size_t length, const std::string& path) {
    std::string parts, part;
    for (std::size_t left = length; left > 0;) {
        const std::size_t count = std::min(left, part_size);
        if (!file.read(part, count)) return refuse_copy("read", path);
        parts += crypto::sha256(part);
        left -= count;
    }
    return std::string(before) + hexadecimal(crypto::sha256(parts)) + "\n";
}

}  // namespace

Result<> append_digest(const std::string& path) {
    // Read and written by one descriptor: what was read is the file that is written to, also if somebody puts another
    // one at its path.
    const File file(path, O_RDWR | O_NOFOLLOW);
    const std::int64_t size = file.is_open() ? file.size() : -1;
    if (size < 0) return refuse_copy("read", path);
    const auto tail = tail_of(file, static_cast<std::size_t>(size), path);
    if (!tail) return tail.error();
    if (::write(file.descriptor(), tail->data(), tail->size()) != static_cast<ssize_t>(tail->size()) ||
        fsync(file.descriptor()) != 0)
        return refuse_copy("write", path);
    return {};
}

Result<Digest> check_digest(const std::string& path) {
    const File file(path, O_RDONLY);
    const std::int64_t size = file.is_open() ? file.size() : -1;
    if (size < 0) return refuse_copy("read", path);
    const auto length = static_cast<std::size_t>(size);
    if (length % smallest_page == 0) return Digest::absent;
    if (length < tail_size) return Digest::wrong;
    const auto right = tail_of(file, length - tail_size, path);
    if (!right) return right.error();
    std::string found;
    if (!file.read(found, tail_size)) return refuse_copy("read", path);
    return found == *right ? Digest::right : Digest::wrong;
}

}  // namespace keyhold::store
