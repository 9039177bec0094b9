// SPDX-License-Identifier: Apache-2.0
// What stands around every page.
#pragma once

#include <cstdint>
#include <string_view>

#include "http/message.hpp"
#include "http/route.hpp"
#include "pages/site.hpp"

namespace keyhold::pages {

// A refusal repeats nothing of what was asked for, not even in a link.
enum class Shown : std::uint8_t { page, refusal };

// The path of the page whose form was sent, which is nearly always where it was sent to; of a page, its own.
std::string_view page_of(std::string_view path);
inline std::string_view page_of(const http::Request& request) { return page_of(request.path); }

// The values of web/pages/frame.mustache for a page at the request's path.
void add_frame(Values& values, const http::Request& request, const Site& site, Shown shown);

// What pages load and link to because of the frame: the style of the operator's colour, another language.
void add_frame_routes(http::Mount& mount);

}  // namespace keyhold::pages
