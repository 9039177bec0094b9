// SPDX-License-Identifier: Apache-2.0
// The files of a program's own folder as routes: Server::files().
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/descriptor.hpp"
#include "base/result.hpp"
#include "http/route.hpp"

namespace keyhold::server {

// A file as it is sent, or the news that the client has it already.
struct StaticFile {
    std::string bytes;
    std::string_view media_type;
    std::string etag;
    bool unchanged = false;
};

// The media type by the name's ending; application/octet-stream for one that is not known.
std::string_view media_type_of(std::string_view name);

// Any thread. Nothing outside of the folder is ever opened: no symbolic link is followed, and no segment is "..".
class StaticFiles {
public:
    static constexpr std::size_t largest = 16U << 20U;  // a file is sent from memory

    // Throws std::runtime_error if it is no folder.
    explicit StaticFiles(const std::string& folder);

    // `segments` lead from the folder to the file; each is decoded already. Refused: not_found, for what is no file, is
    // hidden (".git", ".env") or lies behind a link.
    Result<StaticFile> read(const std::vector<std::string>& segments, const http::Request& request) const;

private:
    Descriptor folder_;
};

// GET prefix, which is index.html, and GET prefix/..., up to eight folders deep.
// Throws std::runtime_error if `folder` is none, when the routes are added.
void add_static_files(http::Mount& mount, const std::string& prefix, const std::string& folder);

}  // namespace keyhold::server
