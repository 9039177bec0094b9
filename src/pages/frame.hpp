// SPDX-License-Identifier: Apache-2.0
// What stands around every page.
#pragma once

#include "http/message.hpp"
#include "pages/render.hpp"

namespace keyhold::pages {

// The values of web/pages/frame.mustache for a page at the request's path.
void add_frame(Values& values, const http::Request& request, std::string_view brand);

}  // namespace keyhold::pages
