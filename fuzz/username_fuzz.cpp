// SPDX-License-Identifier: Apache-2.0
// Whatever bytes somebody wants to be called: the key of a key is that key, what is shown has that key too, and no
// control character gets through.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "domain/accounts/names.hpp"
#include "domain/accounts/unicode.hpp"

using namespace keyhold::domain;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto name = parse_name({reinterpret_cast<const char*>(data), size});
    if (!name) return 0;
    if (name->key.empty() || name->key.size() > 256 || name->shown.size() > 256) std::abort();
    const auto of_key = parse_name(name->key), of_shown = parse_name(name->shown);
    if (!of_key || of_key->key != name->key) std::abort();
    if (!of_shown || of_shown->key != name->key || of_shown->shown != name->shown) std::abort();
    const auto points = code_points(name->shown);
    if (!points) std::abort();
    for (const auto point : *points)
        if (point < 0x20 || (point >= 0x7f && point < 0xa0)) std::abort();
    return 0;
}
