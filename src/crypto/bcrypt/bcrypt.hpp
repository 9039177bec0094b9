// SPDX-License-Identifier: Apache-2.0
// What a bcrypt computation takes and gives (Provos and Mazieres, "A Future-Adaptable Password Scheme",
// USENIX 1999), and the interface of those who can compute it: libxcrypt and the engine.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace keyhold::crypto::bcrypt {

// The letter after "$2" in crypt(5). `b` is today's; `y` computes the same; `a` differs for passwords with
// the byte 0xff in places that no UTF-8 text has (crypt_blowfish's counter-measure against $2x$). `x`, a
// bug that makes many passwords equal, is not read at all.
enum class Variant : char { a = 'a', b = 'b', y = 'y' };

// 2^cost key schedules. Over 16 (4 s of a core) a stored hash is an attack on the server, not a wish for safety.
inline constexpr int min_cost = 4;
inline constexpr int max_cost = 16;

// bcrypt looks at no more of a password, by definition.
inline constexpr std::size_t max_password_size = 72;

// 128 bits, and 184 of the 192 bits that bcrypt computes.
using Salt = std::array<unsigned char, 16>;
using Digest = std::array<unsigned char, 23>;

// The view has to hold until the computation has taken its copy: Engine::submit() copies, Backend::compute() blocks
// until it is done.
struct Request {
    std::string_view password;  // only key_of() it counts
    Variant variant = Variant::b;
    int cost = 12;  // min_cost to max_cost
    Salt salt{};
};

// The part of a password that bcrypt looks at.
// The NUL ends it as it ends a C string; PasswordHasher refuses passwords that hold one before they come here.
constexpr std::string_view key_of(std::string_view password) {
    password = password.substr(0, max_password_size);
    return password.substr(0, password.find('\0'));
}

// Two of them exist: the engine, whose threads compute several hashes at once each, and libxcrypt, which computes on
// the caller's thread.
class Backend {
public:
    virtual ~Backend() = default;
    // Blocks for as long as it takes. Any thread. Throws std::runtime_error if it cannot be computed, Abandoned if
    // nobody waits for it any more.
    virtual Digest compute(const Request& request) = 0;

    // Key schedules for nothing: as many as asked for, rounded down to a multiple of 16 (2^min_cost).
    void spend(std::uint64_t schedules);
};

}  // namespace keyhold::crypto::bcrypt
