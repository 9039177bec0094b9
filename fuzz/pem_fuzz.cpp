// SPDX-License-Identifier: Apache-2.0
// Whatever text stands where a key in PEM should be: what is accepted signs what it verifies, and its public half reads
// back with the same thumbprint.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "jose/algorithm.hpp"
#include "jose/errors.hpp"
#include "jose/key.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace keyhold;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    (void)jose::KeySet::parse_pem(text);
    // A key that is in PEM is no secret that is signed with.
    const auto secret = jose::Key::from_secret(*jose::find_algorithm("HS256"), text);
    // Without a name the key's own kind decides; with one, it has to fit or be refused.
    for (const char* name : {"", "RS256", "PS512", "ES256", "EdDSA"}) {
        const auto key = jose::Key::from_pem(text, *name == '\0' ? nullptr : jose::find_algorithm(name));
        if (!key) continue;
        if (secret || key->is_symmetric() || !key->can_verify()) std::abort();
        if (key->can_sign() && !key->verify("message", key->sign("message"))) std::abort();
        const auto half = jose::KeySet::parse(key->public_jwk());
        if (!half && key->algorithm().key_type == jose::KeyType::rsa && half.error().errc() == errors::key_weak)
            continue;  // as in jwk_fuzz.cpp
        if (!half || half->signing().thumbprint() != key->thumbprint() || half->signing().can_sign()) std::abort();
    }
    return 0;
}
