// SPDX-License-Identifier: Apache-2.0
// Whatever stands where a request target or a Host should be: its parts lie within it, and what is shown of it is what
// was sent.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "http/request_target.hpp"

using namespace keyhold::http;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (is_host(text) && text.find_first_of("/?#@ \r\n") != text.npos) std::abort();
    // The method that may ask for "*" (RFC 9112 §3.2.4).
    for (std::string_view method : {"GET", "OPTIONS"}) {
        const auto target = parse_target(method, text);
        if (!target) continue;
        if (target->path != "*" && !target->path.starts_with('/')) std::abort();
        if (target->path.find_first_of("?# ") != text.npos || !is_host(target->authority)) std::abort();
        if (text.find(target->authority) == text.npos || !text.ends_with(target->query)) std::abort();
    }
    return 0;
}
