// SPDX-License-Identifier: Apache-2.0
// Files of a folder, for a program that serves its own pages. A request can name nothing outside the folder: each
// segment is opened by itself, and links are not followed.
#include "server/library/static_files.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <stdexcept>
#include <system_error>

#include "base/text.hpp"
#include "http/form.hpp"
#include "http/routes/conditional.hpp"

namespace keyhold::server {
namespace {

struct MediaType {
    std::string_view ending, name;
};
// A browser saves it instead of showing it.
constexpr std::string_view unknown = "application/octet-stream";
// https://www.iana.org/assignments/media-types; RFC 9239 has JavaScript's.
constexpr std::array media_types{
    MediaType{"html", "text/html; charset=utf-8"},
    MediaType{"css", "text/css; charset=utf-8"},
    MediaType{"js", "text/javascript; charset=utf-8"},
    MediaType{"mjs", "text/javascript; charset=utf-8"},
    MediaType{"json", "application/json"},
    MediaType{"map", "application/json"},
    MediaType{"webmanifest", "application/manifest+json"},
    MediaType{"wasm", "application/wasm"},
    MediaType{"txt", "text/plain; charset=utf-8"},
    MediaType{"md", "text/markdown; charset=utf-8"},
    MediaType{"xml", "application/xml"},
    MediaType{"pdf", "application/pdf"},
    MediaType{"svg", "image/svg+xml"},
    MediaType{"png", "image/png"},
    MediaType{"jpg", "image/jpeg"},
    MediaType{"jpeg", "image/jpeg"},
    MediaType{"gif", "image/gif"},
    MediaType{"webp", "image/webp"},
    MediaType{"avif", "image/avif"},
    MediaType{"ico", "image/vnd.microsoft.icon"},
    MediaType{"woff", "font/woff"},
    MediaType{"woff2", "font/woff2"},
    MediaType{"mp4", "video/mp4"},
    MediaType{"mp3", "audio/mpeg"},
};

// One segment of a path: no way up, no way elsewhere, nothing that is hidden.
bool is_plain_name(std::string_view segment) {
    return !segment.empty() && segment.front() != '.' && segment.find('/') == segment.npos &&
           segment.find('\0') == segment.npos;
}

// Empty if it is not there, or is a symbolic link.
Descriptor open_below(int folder, const std::string& name, int flags) {
    return Descriptor(::openat(folder, name.c_str(), flags | O_NOFOLLOW | O_CLOEXEC));
}

std::string read_all(int file, std::size_t size) {
    std::string bytes(size, '\0');
    std::size_t done = 0;
    while (done < size) {
        const ssize_t got = ::read(file, bytes.data() + done, size - done);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) throw std::system_error(errno, std::generic_category(), "a static file");
        if (got == 0) break;  // it became shorter meanwhile
        done += static_cast<std::size_t>(got);
    }
    bytes.resize(done);
    return bytes;
}

}  // namespace

// By the ending alone; the content is not looked at.
std::string_view media_type_of(std::string_view name) {
    const std::size_t dot = name.rfind('.');
    if (dot == name.npos) return unknown;
    const std::string ending = ascii_lower(name.substr(dot + 1));
    const auto found = std::ranges::find(media_types, std::string_view(ending), &MediaType::ending);
    return found == media_types.end() ? unknown : found->name;
}

StaticFiles::StaticFiles(const std::string& folder)
    // Held open: a folder that is replaced later is not the one that was meant.
    : folder_(::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)) {
    if (folder_.get() < 0)
        throw std::system_error(errno, std::generic_category(), "the folder of static files " + folder);
}

Result<StaticFile> StaticFiles::read(const std::vector<std::string>& segments, const http::Request& request) const {
    if (segments.empty() || !std::ranges::all_of(segments, is_plain_name)) return errors::not_found;
    // Each folder is opened in the one before it, without following a link, so that nobody who can write into one of
    // them leads a request elsewhere.
    std::vector<Descriptor> folders;
    folders.emplace_back(::fcntl(folder_.get(), F_DUPFD_CLOEXEC, 0));
    for (std::size_t i = 0; i + 1 < segments.size(); ++i)
        folders.push_back(open_below(folders.back().get(), segments[i], O_PATH | O_DIRECTORY));
    // A pipe would keep the thread waiting for a writer without O_NONBLOCK.
    const Descriptor file = open_below(folders.back().get(), segments.back(), O_RDONLY | O_NONBLOCK);
    struct stat status {};
    if (file.get() < 0 || ::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) return errors::not_found;
    const auto size = static_cast<std::size_t>(status.st_size);
    if (size > largest) throw std::runtime_error("a static file is larger than 16 MiB: " + segments.back());
    StaticFile found{.bytes = {},
                     .media_type = media_type_of(segments.back()),
                     // Time of change and size: a file that is written anew within one tick of the clock, with the
                     // same size, would keep its tag.
                     .etag = fmt::format("\"{:x}-{:x}-{:x}\"", status.st_mtim.tv_sec, status.st_mtim.tv_nsec, size)};
    found.unchanged = http::has_it_already(request, found.etag);
    if (!found.unchanged) found.bytes = read_all(file.get(), size);
    return found;
}

}  // namespace keyhold::server

namespace keyhold::http {

template <>
struct Respond<server::StaticFile> {
    static void write(Response& response, const server::StaticFile& file) {
        response.add_field("ETag", file.etag);
        response.add_field("Cache-Control", "no-cache");  // kept, but asked for again: a new release has new files
        if (file.unchanged) {
            response.status = 304;
            return;
        }
        response.media_type = file.media_type;
        response.body = file.bytes;
    }
    static void describe(Operation&) {}
};

}  // namespace keyhold::http

namespace keyhold::server {
namespace {

// What stands behind the prefix, each segment decoded by itself: an encoded '/' is part of a name, and is refused.
std::vector<std::string> segments_of(const http::Request& request) {
    std::vector<std::string> segments;
    for (const std::string& name : request.path_parameters.names)
        segments.push_back(http::decode_path(request.parameter(name)).value_or(""));
    return segments;
}

}  // namespace

void add_static_files(http::Mount& mount, const std::string& prefix, const std::string& folder) {
    const auto files = std::make_shared<const StaticFiles>(folder);
    // A disk may be slow, so not on an I/O thread.
    const http::RouteAbout about{.summary = "Static files", .tag = "files", .on = http::On::pool, .documented = false};
    mount.add(http::Method::get, prefix.empty() ? "/" : prefix, about,
              [files](const http::Request& request) { return files->read({"index.html"}, request); });
    std::string path = prefix;
    for (std::size_t depth = 1; depth <= http::PathParameters::most; ++depth) {
        path.append("/{segment_").append(std::to_string(depth)).append("}");
        mount.add(http::Method::get, path, about,
                  [files](const http::Request& request) { return files->read(segments_of(request), request); });
    }
}

}  // namespace keyhold::server
