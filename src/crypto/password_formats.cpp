#include "crypto/password_formats.hpp"

#include <openssl/crypto.h>

#include <array>

#include "crypto/formats/bcrypt_text.hpp"

namespace keyhold::crypto {

namespace {

template <std::optional<bcrypt::Hash> (*parse)(std::string_view)>
std::optional<Strength> bcrypt_strength(std::string_view stored) {
    const auto hash = parse(stored);
    if (!hash) return std::nullopt;
    return Strength{Strength::Kind::bcrypt, 0, 1ULL << hash->cost};
}

template <std::optional<bcrypt::Hash> (*parse)(std::string_view)>
bool verify_bcrypt(std::string_view password, std::string_view stored, PasswordTools& tools) {
    const auto hash = parse(stored);
    if (!hash) return false;
    const Secret prepared = bcrypt::prepare(*hash, password);
    bcrypt::Digest digest = tools.bcrypt.compute({prepared.reveal(), hash->variant, hash->cost, hash->salt});
    const bool equal = CRYPTO_memcmp(digest.data(), hash->digest.data(), digest.size()) == 0;
    explicit_bzero(digest.data(), digest.size());
    return equal;
}

constexpr std::array table{
    PasswordFormat{"bcrypt", "$2a$", bcrypt_strength<bcrypt::parse_crypt>, verify_bcrypt<bcrypt::parse_crypt>},
    PasswordFormat{"bcrypt", "$2b$", bcrypt_strength<bcrypt::parse_crypt>, verify_bcrypt<bcrypt::parse_crypt>},
    PasswordFormat{"bcrypt", "$2y$", bcrypt_strength<bcrypt::parse_crypt>, verify_bcrypt<bcrypt::parse_crypt>},
    PasswordFormat{"bcrypt_sha256", "$bcrypt-sha256$", bcrypt_strength<bcrypt::parse_sha256>,
                   verify_bcrypt<bcrypt::parse_sha256>},
};

}  // namespace

std::span<const PasswordFormat> password_formats() { return table; }

const PasswordFormat* find_password_format(std::string_view stored) {
    for (const PasswordFormat& row : table)
        if (stored.starts_with(row.prefix)) return &row;
    return nullptr;
}

}  // namespace keyhold::crypto
