// SPDX-License-Identifier: Apache-2.0
// Prints how the types of keyhold::guard lie in memory, which is ABI as much as names are: options travel by value, and
// what is inline in the headers is compiled into programs.
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#define private public  // private members lie in memory, too; the standard headers are read already
#include <keyhold/guard.hpp>
#undef private

namespace {

// `names` are those of `members`, with ", " between them.
template <class T, class... Members>
void print(std::string_view type, std::string_view names, const T& object, const Members&... members) {
    std::printf("%.*s: %zu bytes, aligned to %zu\n", int(type.size()), type.data(), sizeof(T), alignof(T));
    const auto* const start = reinterpret_cast<const std::byte*>(&object);
    for (const std::byte* const member : {reinterpret_cast<const std::byte*>(&members)...}) {
        const std::string_view name = names.substr(0, names.find(','));
        std::printf("%.*s::%.*s: at %td\n", int(type.size()), type.data(), int(name.size()), name.data(),
                    member - start);
        names.remove_prefix(std::min(names.size(), name.size() + 2));
    }
}

}  // namespace

// All members of `type`, in their order: the compiler refuses a list that lacks one. Nothing is read, so that no object
// has to be made: it only says where its members would be.
#define LAYOUT(type, ...)                                                    \
    {                                                                        \
        alignas(keyhold::type) static std::byte room[sizeof(keyhold::type)]; \
        const auto& object = *reinterpret_cast<const keyhold::type*>(room);  \
        const auto& [__VA_ARGS__] = object;                                  \
        print(#type, #__VA_ARGS__, object, __VA_ARGS__);                     \
    }

int main() {
    LAYOUT(Introspection, client_id, client_secret, endpoint)
    LAYOUT(GuardOptions, issuer, audience, type, leeway, expiry_leeway, realm, refresh_every, cool_down, stale_if_error,
           wait_for_keys, timeout, ca_file, allow_http, introspection, follow_revocations, revocations_stale_after,
           remembered_tokens)
    LAYOUT(Rule, node_)
    LAYOUT(Caller, state_)
    LAYOUT(Problem, status, code, www_authenticate, retry_after, body)
    LAYOUT(Checked, caller_, problem_)
    LAYOUT(RevocationsKnown, followed, age, sessions, bytes)
    LAYOUT(Guard, state_)
    LAYOUT(VerifierOptions, issuer, audience, leeway, allow_missing_expiry, remembered_signatures)
    LAYOUT(Token, state_)
    LAYOUT(Verification, token_, refusal_)
    LAYOUT(Verifier, state_)
    std::printf("InvalidKey: %zu bytes, aligned to %zu\n", sizeof(keyhold::InvalidKey), alignof(keyhold::InvalidKey));
}
