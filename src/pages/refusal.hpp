// SPDX-License-Identifier: Apache-2.0
// What a person is told where a program gets problem details.
#pragma once

#include "http/problem.hpp"

namespace keyhold::pages {

// A page for whoever would rather have one (http/accept.hpp), problem details for everybody else; the same status and
// fields either way.
void refuse_as_page(http::Response& response, const Error& error, const http::Request& request);

}  // namespace keyhold::pages
