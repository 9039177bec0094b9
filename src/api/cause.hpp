// SPDX-License-Identifier: Apache-2.0
// What a mail says of the request that caused it.
#pragma once

#include <string_view>

#include "domain/outbox.hpp"
#include "http/message.hpp"

namespace keyhold::api {

// Texts of the request. What is longer than any browser's Accept-Language asks for no language.
inline domain::Cause cause_of(const http::Request& request) {
    constexpr std::size_t longest_language = 200;
    const std::string_view language = request.find("Accept-Language").value_or("");
    return {.origin = request.remote_address,
            .device = request.find("User-Agent").value_or(""),
            .language = language.size() <= longest_language ? language : std::string_view()};
}

}  // namespace keyhold::api
