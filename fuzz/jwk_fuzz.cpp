// SPDX-License-Identifier: Apache-2.0
// Whatever key is accepted signs what it verifies, remembers nothing else, and its public half reads back with the
// same thumbprint.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "jose/algorithm.hpp"
#include "jose/errors.hpp"
#include "jose/key.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace keyhold;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    auto keys = jose::KeySet::parse(text);
    if (!keys) return 0;
    // So few that entries take each other's place.
    keys->remember_signatures(2);
    for (const jose::Key& key : keys->keys()) {
        if (key.can_sign() && key.can_verify()) {
            const std::string signature = key.sign("message");
            // The second time the signature is remembered: the answers must not differ.
            for (int time = 0; time < 2; ++time)
                if (!key.verify("message", signature) || key.verify("massage", signature)) std::abort();
        }
        if (key.is_symmetric()) continue;
        const auto half = jose::KeySet::parse(key.public_jwk());
        // Whether an RSA modulus has factors is tried with random numbers (SP 800-56B §6.4.2.2, OpenSSL): a doctored
        // one may pass once and not again.
        if (!half && key.algorithm().key_type == jose::KeyType::rsa && half.error().errc() == errors::key_weak)
            continue;
        if (!half || half->signing().thumbprint() != key.thumbprint()) std::abort();
    }
    return 0;
}
