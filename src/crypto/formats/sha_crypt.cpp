// SPDX-License-Identifier: Apache-2.0
#include "crypto/formats/sha_crypt.hpp"

#include "base/text.hpp"
#include "crypto/crypt_r.hpp"
#include "crypto/equal.hpp"
#include "crypto/formats/base64.hpp"
#include "crypto/formats/fields.hpp"

namespace keyhold::crypto::formats {

namespace {

constexpr std::string_view rounds_prefix = "rounds=";

bool is_salt(std::string_view salt) {
    // crypt(5): any printable letters but '$', ':' and a new line.
    for (const char letter : salt)
        if (!is_ascii_visible(letter) || letter == ':') return false;
    return salt.size() <= 16;
}

}  // namespace

std::optional<ShaCrypt> read_sha_crypt(std::string_view stored, Bounds bounds) {
    if (!stored.starts_with("$5$") && !stored.starts_with("$6$")) return std::nullopt;
    ShaCrypt hash{.text = std::string(stored)};
    std::string_view rest = stored.substr(3);
    if (rest.starts_with(rounds_prefix)) {
        const std::size_t end = rest.find('$');
        if (end == std::string_view::npos) return std::nullopt;
        const auto rounds = parse_number<std::uint64_t>(rest.substr(0, end).substr(rounds_prefix.size()));
        // Below 1,000 crypt_r would raise them, and write another text.
        if (!rounds || *rounds < 1000 || *rounds > most(bounds, Limits::sha_crypt_rounds, 999'999'999))
            return std::nullopt;
        hash.rounds = *rounds;
        rest.remove_prefix(end + 1);
    }
    const auto fields = split<2>(rest, '$');
    const std::size_t letters = stored[1] == '5' ? 43 : 86;
    if (!fields || !is_salt((*fields)[0]) || (*fields)[1].size() != letters) return std::nullopt;
    if ((*fields)[1].find_first_not_of(bcrypt_alphabet) != std::string_view::npos) return std::nullopt;
    return hash;
}

Strength strength(const ShaCrypt& hash) { return {Strength::Kind::iterated_digest, 0, hash.rounds, false}; }

Work work(const ShaCrypt& hash) {
    return {hash.text[1] == '5' ? Work::Kind::sha256_crypt : Work::Kind::sha512_crypt, {hash.rounds}};
}

bool verify(std::string_view password, const ShaCrypt& hash, PasswordTools&) {
    const auto computed = call_crypt_r(password, hash.text);
    return computed && equal(*computed, hash.text);
}

}  // namespace keyhold::crypto::formats
