// SPDX-License-Identifier: Apache-2.0
// No text is a token of ours unless we signed it; and what follows the signature check bears any claims.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "base/base64url.hpp"
#include "jose/algorithm.hpp"
#include "jose/jws.hpp"
#include "jose/jwt.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace keyhold;
    static const jose::KeySet keys = [] {
        jose::KeySet set;
        set.add(jose::Key::from_secret(*jose::find_algorithm("HS256"), "a key that no input knows").value());
        return set;
    }();
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    constexpr Time now{std::chrono::seconds(1'700'000'000)};
    if (jose::verify(text, keys, {}, now)) std::abort();
    // What stands in front of the signature check, without the luck that a whole token needs.
    (void)jose::parse_header(text);
    (void)jose::parse_header(base64url::encode(text));

    // The input as claims, signed: what is accepted expires later.
    const auto verified = jose::verify(jose::issue(text, keys.signing()), keys, {}, now);
    // Expiry is the one claim that decides here without expectations.
    if (verified && *verified->claims().find("exp")->number() <= 1'700'000'000) std::abort();
    return 0;
}
