// SPDX-License-Identifier: Apache-2.0
// Each text has one spelling: what is decoded encodes to the text that it came from.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "base/base64url.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace keyhold;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (const auto bytes = base64url::decode(text); bytes && base64url::encode(*bytes) != text) std::abort();
    if (base64url::decode(base64url::encode(text)) != text) std::abort();
    return 0;
}
