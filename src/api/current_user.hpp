// SPDX-License-Identifier: Apache-2.0
// Who sent a request, as keyhold::User: the proof that it came with a live token.
#pragma once

#include <string>

#include "domain/tokens.hpp"
#include "keyhold/user.hpp"

namespace keyhold::api {

using CurrentUser = User;

// The account whose live session the request shows, as far as memory knows; empty if it shows none
// (http::Route::sender).
std::string session_owner(const http::Request& request, domain::Tokens& tokens);

}  // namespace keyhold::api
