// Whatever text stands where a refresh token or its rotations should be: what is accepted is written back the same, and
// following rotations ends.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "domain/refresh_tokens.hpp"

using namespace keyhold;
using namespace keyhold::domain;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (const auto token = parse_refresh_token(text)) {
        if (token->text().reveal() != text || token->secret.size() != 32 || token->tag.size() != 16) std::abort();
        if (token->successor("salt", "family").is_of_family("another family")) std::abort();
    }
    const auto rotations = parse_rotations(text);
    const auto again = parse_rotations(format_rotations(rotations));
    if (again.size() != rotations.size()) std::abort();
    for (std::size_t i = 0; i < again.size(); ++i)
        if (again[i].at != rotations[i].at || again[i].salt != rotations[i].salt) std::abort();
    return 0;
}
