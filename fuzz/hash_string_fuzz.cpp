// SPDX-License-Identifier: Apache-2.0
// Whatever text stands where a hash should be: the parsers neither break nor promise a cost over the limits, and
// what bcrypt's parsers accept is written back as a text that means the same.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "crypto/formats/bcrypt_text.hpp"
#include "crypto/password_formats.hpp"

namespace {

using namespace keyhold::crypto;

void check_strength(const Strength& strength) {
    if (strength.passes == 0 || strength.passes > Limits::pbkdf2_iterations) std::abort();
    // Time grows with the product, so that has a limit of its own.
    if (strength.memory > Limits::memory || strength.memory * strength.passes > Limits::memory_passes) std::abort();
    if (strength.kind == Strength::Kind::bcrypt && strength.passes > 1ULL << bcrypt::max_cost) std::abort();
}

template <auto parse>
void check_round_trip(std::string_view text) {
    const auto hash = parse(text);
    if (!hash) return;
    // Padding bits may differ from `text`; what they leave of it may not.
    const std::string once = format(*hash);
    const auto again = parse(once);
    if (!again || format(*again) != once || again->salt != hash->salt || again->digest != hash->digest) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const PasswordFormat* format = find_password_format(text);
    if (format != nullptr)
        if (const auto strength = format->parse(text)) check_strength(*strength);
    check_round_trip<bcrypt::parse_crypt>(text);
    check_round_trip<bcrypt::parse_sha256>(text);
    check_round_trip<bcrypt::parse_django_sha256>(text);
    return 0;
}
