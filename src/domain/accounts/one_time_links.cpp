// SPDX-License-Identifier: Apache-2.0
#include "domain/accounts/one_time_links.hpp"

#include <array>
#include <cstdint>

#include "base/base64url.hpp"
#include "base/text.hpp"
#include "crypto/digest.hpp"
#include "crypto/equal.hpp"

namespace keyhold::domain {

namespace {

constexpr std::string_view link_prefix = "khl_";  // lets scanners for leaked secrets find it
constexpr std::size_t token_size = 32;
constexpr std::string_view alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";  // https://www.crockford.com/base32.html
constexpr std::size_t code_size = 8;
constexpr int bits_of_symbol = 5;

std::string random_bytes(Random& random) {
    std::string bytes(token_size, '\0');
    random.fill({reinterpret_cast<unsigned char*>(bytes.data()), bytes.size()});
    return bytes;
}

std::string message(std::string_view what, std::string_view mail_id, std::string_view purpose) {
    std::string text(what);
    // The zero bytes end purpose and kind, so that no link of one purpose is good for another.
    return text.append("\0", 1).append(purpose).append("\0", 1).append(mail_id);
}

// What was meant, without what only makes it easier to read.
std::string symbols_of(std::string_view typed) {
    std::string symbols;
    for (const char c : typed) {
        if (c == '-' || c == ' ') continue;
        const char upper = ascii_upper(c);
        symbols += upper == 'O' ? '0' : upper == 'I' || upper == 'L' ? '1' : upper;
    }
    return symbols;
}

}  // namespace

// Made when it is first needed: the database may not answer when the server starts.
const crypto::Mac& OneTimeLinks::mac() {
    const std::lock_guard lock(mutex_);
    if (!mac_) {
        // The store keeps the first text that any process brings, and gives everybody that one.
        const crypto::Mac of_database("SHA256", store_.secret(base64url::encode(random_bytes(random_))));
        const auto key = of_database.compute(std::string("links in mails").append("\0", 1).append(outside_.reveal()));
        mac_ = std::make_unique<crypto::Mac>("SHA256", std::string_view(key.data(), of_database.size()));
    }
    return *mac_;
}

Secret OneTimeLinks::token(std::string_view mail_id, std::string_view purpose) {
    const auto bytes = mac().compute(message("token", mail_id, purpose));
    return Secret(std::string(link_prefix) + base64url::encode({bytes.data(), token_size}));
}

std::string OneTimeLinks::code(std::string_view mail_id, std::string_view purpose) {
    const auto bytes = mac().compute(message("code", mail_id, purpose));
    std::uint64_t bits = 0;
    // The first 40 bits of the digest.
    for (std::size_t i = 0; i < code_size * bits_of_symbol / 8; ++i)
        bits = bits << 8 | static_cast<unsigned char>(bytes[i]);
    std::string made(code_size, '0');
    for (std::size_t i = code_size; i-- > 0; bits >>= bits_of_symbol) made[i] = alphabet[bits % alphabet.size()];
    return made.insert(code_size / 2, "-");
}

bool OneTimeLinks::opens(std::string_view typed, std::string_view mail_id, std::string_view purpose) {
    // In constant time, although five tries are all that anybody has.
    return crypto::equal(symbols_of(typed), symbols_of(code(mail_id, purpose)));
}

std::string OneTimeLinks::digest_of(std::string_view token) { return base64url::encode(crypto::sha256(token)); }

Secret OneTimeLinks::fresh_token(Random& random) {
    return Secret(std::string(link_prefix) + base64url::encode(random_bytes(random)));
}

}  // namespace keyhold::domain
