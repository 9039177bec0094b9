// SPDX-License-Identifier: Apache-2.0
// Forms and paths: what is read is no longer than what was sent.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "http/form.hpp"

using namespace keyhold;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (const auto pairs = http::parse_form(text)) {
        std::size_t total = 0;
        for (const auto& [name, value] : *pairs) total += name.size() + value.size();
        if (total > text.size()) std::abort();
    }
    if (const auto path = http::decode_path(text); path && path->size() > text.size()) std::abort();
    return 0;
}
