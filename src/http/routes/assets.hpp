// SPDX-License-Identifier: Apache-2.0
// The pages of /docs and /redoc and what they load, embedded at build time (cmake/embed_assets.mjs), so that
// they work without internet.
#pragma once

#include <span>
#include <string_view>

namespace keyhold::http {

struct Asset {
    std::string_view path;                     // "/docs": what the request's target must be
    std::string_view media_type;               // of `plain`, whatever coding it is sent in
    std::string_view etag;                     // of `plain`; strong, made of the content (RFC 9110 §8.8.3)
    std::string_view gzip;                     // the same content for those who accept `Content-Encoding: gzip`
    std::string_view plain;                    // and for those who do not
    std::string_view gzip_etag;                // of `gzip`: another representation has another strong tag (§8.8.3.3)
    std::string_view content_security_policy;  // pages have one; empty for what they load
    bool is_lasting;                           // its path holds a digest of it: another content has another path
};

// Ordered by nothing in particular; lives as long as the program. Any thread.
std::span<const Asset> assets();

}  // namespace keyhold::http
