// SPDX-License-Identifier: Apache-2.0
// Whatever is accepted can be written, and reads back as the same text.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "base/json.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace keyhold;
    static json::Document document;  // one for all inputs: its memory is reused
    const auto value = document.parse({reinterpret_cast<const char*>(data), size});
    if (!value) {
        if (document.error().offset > size || document.error().reason.empty()) std::abort();
        return 0;
    }
    std::string once, twice;
    json::append_value(once, *value);
    json::Document again;
    const auto reread = again.parse(once);
    if (!reread) std::abort();
    json::append_value(twice, *reread);
    if (once != twice) std::abort();
    return 0;
}
