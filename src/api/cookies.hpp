// SPDX-License-Identifier: Apache-2.0
// Cookie mode: the JSON API with tokens in http/routes/session_cookies.hpp, for front ends on our own origin.
#pragma once

#include "http/routes/session_cookies.hpp"

namespace keyhold::api {

using http::access_cookie;
using http::device_cookie;
using http::find_cookie;
using http::refresh_cookie;
using http::refuse_other_sites;

}  // namespace keyhold::api
