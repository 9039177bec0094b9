// SPDX-License-Identifier: Apache-2.0
// Where a request comes from: what mails say of it, and sessions keep.
#pragma once

#include <string_view>

#include "domain/outbox.hpp"
#include "domain/sessions/sessions.hpp"
#include "http/message.hpp"

namespace keyhold::api {

// Both are texts of the request.
// Views into the request: good for as long as that is.
inline domain::Cause cause_of(const http::Request& request) {
    return {.origin = request.remote_address,
            .device = request.find("User-Agent").value_or(""),
            .language = request.find("Accept-Language").value_or("")};
}
inline domain::Client client_of(const http::Request& request) {
    return {.device = request.find("User-Agent").value_or(""),
            .address = request.remote_address,
            .language = request.find("Accept-Language").value_or("")};
}

}  // namespace keyhold::api
