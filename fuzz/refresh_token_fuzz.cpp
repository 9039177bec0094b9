// SPDX-License-Identifier: Apache-2.0
// Whatever text stands where a refresh token or its rotations should be: what is accepted is written back the same, and
// following rotations ends.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "domain/sessions/refresh_tokens.hpp"

using namespace keyhold;
using namespace keyhold::domain;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (const auto token = parse_refresh_token(text)) {
        if (token->text().reveal() != text || token->secret.size() != 32 || token->tag.size() != 16) std::abort();
        if (token->successor("salt", "family").is_of_family("another family")) std::abort();
    }
    const RotationHistory history = RotationHistory::parse(text);
    const RotationHistory again = RotationHistory::parse(history.format());
    if (again.rotations.size() != history.rotations.size()) std::abort();
    if (again.late_in_a_row != history.late_in_a_row) std::abort();
    for (std::size_t i = 0; i < again.rotations.size(); ++i)
        if (again.rotations[i].at != history.rotations[i].at || again.rotations[i].salt != history.rotations[i].salt)
            std::abort();
    return 0;
}
