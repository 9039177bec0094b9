// Whatever key is accepted signs what it verifies, and its public half reads back with the same thumbprint.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "jose/key.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace keyhold;
    const auto keys = jose::KeySet::parse({reinterpret_cast<const char*>(data), size});
    if (!keys) return 0;
    for (const jose::Key& key : keys->keys()) {
        if (key.can_sign() && key.can_verify() && !key.verify("message", key.sign("message"))) std::abort();
        if (key.is_symmetric()) continue;
        const auto half = jose::KeySet::parse(key.public_jwk());
        if (!half || half->signing().thumbprint() != key.thumbprint()) std::abort();
    }
    return 0;
}
