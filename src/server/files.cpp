// SPDX-License-Identifier: Apache-2.0
#include "server/files.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>

#include "base/descriptor.hpp"

namespace keyhold::server {
namespace {

// Keys, certificates and settings are far smaller; a device or a wrong file is not read to its end.
constexpr std::size_t max_file_size = 1024 * 1024;

Error trouble(const std::string& path, const char* doing) {
    return Error(errors::configuration, std::string("cannot ") + doing + " " + path + ": " + std::strerror(errno));
}

// Whether read(2) returns at once: of a file always; of a FIFO or a terminal when somebody has written or closed it.
bool can_be_read_until(int fd, std::chrono::steady_clock::time_point end) {
    pollfd wanted{.fd = fd, .events = POLLIN, .revents = 0};
    for (;;) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
        const int ready = ::poll(&wanted, 1, static_cast<int>(std::max(left.count(), std::int64_t{0})));
        if (ready >= 0 || errno != EINTR) return ready != 0;
    }
}

bool write_all(int fd, std::string_view text) {
    while (!text.empty()) {
        const ssize_t put = ::write(fd, text.data(), text.size());
        if (put < 0 && errno == EINTR) continue;
        if (put < 0) return false;
        text.remove_prefix(static_cast<std::size_t>(put));
    }
    return true;
}

// A new file of our own; what a process of our number left behind goes.
int create_draft(const std::string& draft) {
    ::unlink(draft.c_str());
    // O_EXCL and O_NOFOLLOW: whoever may write into the folder can neither put a link nor a file of his own in its
    // place.
    return ::open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR);
}

bool sync_folder_of(const std::string& path) {
    const std::filesystem::path folder = std::filesystem::path(path).parent_path();
    // A name is on the disk once its folder is (fsync(2)).
    const Descriptor directory(::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    return directory.get() >= 0 && ::fsync(directory.get()) == 0;
}

}  // namespace

Result<Secret> read_text_file(const std::string& path, std::chrono::milliseconds patience) {
    const auto end = std::chrono::steady_clock::now() + patience;
    // O_NONBLOCK: the open(2) of a FIFO would wait for somebody who writes, and nothing ends that.
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    if (file.get() < 0) return trouble(path, "read");
    std::string text(max_file_size + 1, '\0');
    std::size_t size = 0;
    while (size < text.size()) {
        if (!can_be_read_until(file.get(), end)) {
            explicit_bzero(text.data(), size);
            return Error(errors::configuration, "cannot read " + path + ": it is no file, and nobody writes into it");
        }
        const ssize_t got = ::read(file.get(), text.data() + size, text.size() - size);
        if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
        if (got < 0) return trouble(path, "read");
        if (got == 0) break;
        size += static_cast<std::size_t>(got);
    }
    if (size > max_file_size) return Error(errors::configuration, path + " is larger than 1 MiB");
    Secret content(std::string_view(text).substr(0, size));
    // The compiler may not leave this out, although nothing reads the buffer any more (bzero(3)).
    explicit_bzero(text.data(), size);
    return content;
}

Result<> check_authorities(const std::string& path) {
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    if (file.get() < 0) return trouble(path, "read");
    struct stat status {};
    // A device or a FIFO would be read for ever.
    if (::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode))
        return Error(errors::configuration, path + " is no file");
    // RFC 7468 §5, and OpenSSL's own kind with trust settings. Read by lines, as a bundle may be of any size.
    std::ifstream lines(path);
    for (std::string line; std::getline(lines, line);)
        if (line.starts_with("-----BEGIN CERTIFICATE-----") ||
            line.starts_with("-----BEGIN TRUSTED CERTIFICATE-----") ||
            line.starts_with("-----BEGIN X509 CERTIFICATE-----"))
            return {};
    return Error(errors::configuration, path + " holds no certificate in PEM");
}

bool is_absent(const std::string& path) {
    struct stat status {};
    // lstat(2) looks at a link itself.
    return ::lstat(path.c_str(), &status) != 0 && (errno == ENOENT || errno == ENOTDIR);
}

bool is_readable_by_others(const std::string& path) {
    struct stat status {};
    return ::stat(path.c_str(), &status) == 0 && (status.st_mode & (S_IRGRP | S_IROTH)) != 0;
}

Result<bool> create_private_file(const std::string& path, const Secret& content) {
    // Written under another name and linked when it is complete: two servers that start at once agree on one.
    const std::string draft = path + "." + std::to_string(::getpid());
    const Descriptor file(create_draft(draft));
    if (file.get() < 0) return trouble(path, "create");
    // On the disk before it has its name: after a power failure there is either no file or a whole one.
    const bool written = write_all(file.get(), content.reveal()) && ::fsync(file.get()) == 0;
    // link(2) never overwrites, unlike rename(2).
    const bool linked = written && ::link(draft.c_str(), path.c_str()) == 0;
    // unlink() below may change it.
    const int error = errno;
    ::unlink(draft.c_str());
    errno = error;
    if (!linked) {
        if (written && errno == EEXIST) return false;
        return trouble(path, "write");
    }
    if (!sync_folder_of(path)) return trouble(path, "write");
    return true;
}

Result<> write_public_file(const std::string& path, std::string_view content) {
    constexpr mode_t for_everybody = S_IRUSR | S_IWUSR | S_IRGRP | S_IROTH;
    // O_NONBLOCK: a FIFO would be waited for. What is there already is only cut once it is known to be a file.
    const Descriptor file(
        ::open(path.c_str(), O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, for_everybody));
    if (file.get() < 0) return trouble(path, "write");
    struct stat status {};
    if (::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode))
        return Error(errors::configuration, path + " is no file");
    if (::ftruncate(file.get(), 0) != 0 || !write_all(file.get(), content)) return trouble(path, "write");
    return {};
}

PrivateFile::PrivateFile(std::string path, Over over)
    : path_(std::move(path)),
      draft_(path_ + "." + std::to_string(::getpid()) + ".part"),
      over_(over),
      file_(create_draft(draft_)) {
    if (file_.get() < 0) fail(std::strerror(errno));
    struct stat status {};
    if (::lstat(path_.c_str(), &status) != 0) return;
    if (over_ == Over::nothing)
        fail("it is there already");
    else if (!S_ISREG(status.st_mode))
        fail("a link or the like is in its place");
}

PrivateFile::~PrivateFile() {
    if (file_.get() >= 0) ::unlink(draft_.c_str());
}

void PrivateFile::fail(std::string why) {
    if (problem_.empty()) problem_ = std::move(why);
}

void PrivateFile::write(std::string_view text) {
    if (problem_.empty() && !write_all(file_.get(), text)) fail(std::strerror(errno));
}

Result<> PrivateFile::check() const {
    if (problem_.empty()) return {};
    return Error(errors::configuration, "cannot write " + path_ + ": " + problem_);
}

Result<> PrivateFile::close() {
    if (!problem_.empty()) return check();
    // link() and rename() do not follow a symbolic link that was put there meanwhile, and link() does not replace a
    // file.
    const bool named =
        ::fsync(file_.get()) == 0 && (over_ == Over::nothing ? ::link(draft_.c_str(), path_.c_str()) == 0
                                                             : ::rename(draft_.c_str(), path_.c_str()) == 0);
    if (!named || !sync_folder_of(path_)) fail(std::strerror(errno));
    return check();
}

}  // namespace keyhold::server
