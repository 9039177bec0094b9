// SPDX-License-Identifier: Apache-2.0
// Which queue a form waits in that shows a password (http::Route::sender).
#pragma once

#include <string>

#include "domain/passwords/log_in.hpp"
#include "http/form.hpp"
#include "http/routes/session_cookies.hpp"

namespace keyhold::pages {

// The key of the name in a form, if it comes with a device that is known, as for POST /login: it has a place of its own
// then. It runs on the I/O thread, so a long body is not read. `username` is the form's field of the name.
template <class Form>
std::string owner_of_device_with(std::string Form::*username, const http::Request& request,
                                 domain::Throttle& throttle) {
    constexpr std::size_t short_body = 4096;
    const auto device = http::find_cookie(request, http::device_cookie);
    if (!device || request.body.size() > short_body) return {};
    const auto body = http::IncomingBody::read(request, Form::notation);
    if (!body) return {};
    const auto fields = http::read_struct<Form>(body->root(), "body");
    return fields ? domain::owner_of_device((*fields).*username, *device, throttle) : std::string();
}

}  // namespace keyhold::pages
