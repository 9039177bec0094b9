// SPDX-License-Identifier: Apache-2.0
// The operator's logo: a picture of his own in the head of every page, served from here.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "http/route.hpp"

namespace keyhold::pages {

struct Logo {
    std::string bytes;
    std::string_view media_type = {};  // static text
    std::string path = {};             // "pages/<digest>/logo"; another picture has another path
    std::string etag = {};
};

// An empty one if `file` is empty. Refused: configuration, if the file cannot be read, is too large, or is neither a
// PNG nor an SVG by what it holds; what it is called does not count.
Result<Logo> load_logo(const std::string& file);

// GET /pages/{digest}/logo
void add_logo_route(http::Mount& mount);

}  // namespace keyhold::pages
