// SPDX-License-Identifier: Apache-2.0
#include "crypto/formats/scrypt.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <bit>
#include <memory>
#include <stdexcept>

#include "crypto/formats/base64.hpp"
#include "crypto/formats/fields.hpp"

namespace keyhold::crypto::formats {

namespace {

// Of a hash. scrypt's output of 32 bytes is the beginning of that of 64: a hash that lost its end would be opened
// all the same if any length were read.
constexpr std::size_t passlib_size = 32;
constexpr std::size_t werkzeug_size = 64;
constexpr std::size_t firebase_size = 64;
constexpr std::size_t max_size = 64;
constexpr std::size_t aes_key_size = 32;

// RFC 7914 §6 writes 128 * r bytes for each of n blocks, and holds as many for each of the p lanes.
std::uint64_t kib(const Scrypt& hash) { return hash.n * hash.r / 8; }
std::uint64_t kib_of_lanes(const Scrypt& hash) { return hash.p * hash.r / 8; }
// KiB. OpenSSL holds the blocks of all lanes at once, beside the memory that is mixed.
constexpr std::uint64_t most_of_lanes = 16 * 1024;

// Refuses what RFC 7914 §2 and §6 do (OpenSSL computes nothing else), and what is over Limits; the factors are bounded
// first, so nothing overflows.
std::optional<Scrypt> within(Bounds bounds, Scrypt hash) {
    const bool sane = std::has_single_bit(hash.n) && hash.n > 1 &&
                      hash.n <= most(bounds, Limits::memory * 8, std::uint64_t{1} << 32) && hash.r > 0 &&
                      hash.r <= most(bounds, Limits::memory, 1024) && hash.p > 0 && hash.p <= 1024;
    if (!sane) return std::nullopt;
    if (bounds == Bounds::ours && (kib(hash) > Limits::memory || kib(hash) * hash.p > Limits::memory_passes ||
                                   kib_of_lanes(hash) > most_of_lanes))
        return std::nullopt;
    // §2: n below 2^(128 * r / 8).
    if (hash.r < 4 && hash.n >= std::uint64_t{1} << (16 * hash.r)) return std::nullopt;
    return hash;
}

// "ln=16,r=8,p=1"
std::optional<Scrypt> parse_parameters(std::string_view text) {
    const auto fields = split<3>(text, ',');
    if (!fields || !(*fields)[0].starts_with("ln=") || !(*fields)[1].starts_with("r=") ||
        !(*fields)[2].starts_with("p="))
        return std::nullopt;
    const auto ln = parse_number<unsigned>((*fields)[0].substr(3));
    const auto r = parse_number<std::uint64_t>((*fields)[1].substr(2));
    const auto p = parse_number<std::uint64_t>((*fields)[2].substr(2));
    // Only so that the shift is defined; within_limits() allows much less.
    if (!ln || *ln > 40 || !r || !p) return std::nullopt;
    return Scrypt{std::uint64_t{1} << *ln, *r, *p, {}, {}, {}};
}

// AES-256 in counter mode from zero, as Firebase's scrypt does (its README, "Password hashing").
void encrypt_in_place(std::span<const unsigned char> key, std::span<unsigned char> text) {
    const std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> context(EVP_CIPHER_CTX_new(),
                                                                                  EVP_CIPHER_CTX_free);
    const std::array<unsigned char, 16> zero{};
    int written = 0;
    if (!context || EVP_EncryptInit_ex(context.get(), EVP_aes_256_ctr(), nullptr, key.data(), zero.data()) != 1 ||
        EVP_EncryptUpdate(context.get(), text.data(), &written, text.data(), static_cast<int>(text.size())) != 1)
        throw std::runtime_error("OpenSSL cannot encrypt with AES-256-CTR");
}

}  // namespace

std::optional<Scrypt> read_passlib_scrypt(std::string_view stored, Bounds bounds) {
    const auto fields = split<5>(stored, '$');
    if (!fields || (*fields)[1] != "scrypt") return std::nullopt;
    auto hash = parse_parameters((*fields)[2]);
    auto salt = decode64((*fields)[3], standard_alphabet);
    auto digest = decode64((*fields)[4], standard_alphabet);
    if (!hash || !salt || !digest || digest->size() != passlib_size) return std::nullopt;
    hash->salt = std::move(*salt);
    hash->hash = std::move(*digest);
    return within(bounds, std::move(*hash));
}

std::optional<Scrypt> read_werkzeug_scrypt(std::string_view stored, Bounds bounds) {
    const auto fields = split<3>(stored, '$');
    if (!fields) return std::nullopt;
    const auto method = split<4>((*fields)[0], ':');
    auto digest = decode16((*fields)[2]);
    if (!method || (*method)[0] != "scrypt" || !digest || digest->size() != werkzeug_size) return std::nullopt;
    const auto n = parse_number<std::uint64_t>((*method)[1]);
    const auto r = parse_number<std::uint64_t>((*method)[2]);
    const auto p = parse_number<std::uint64_t>((*method)[3]);
    if (!n || !r || !p) return std::nullopt;
    return within(bounds, {*n, *r, *p, std::string((*fields)[1]), std::move(*digest), {}});
}

std::optional<Scrypt> read_firebase_scrypt(std::string_view stored, Bounds bounds) {
    const auto fields = split<7>(stored, '$');
    if (!fields || (*fields)[1] != "firescrypt") return std::nullopt;
    auto hash = parse_parameters((*fields)[2]);
    const auto salt = decode64_padded((*fields)[3]);
    auto digest = decode64_padded((*fields)[4]);
    const auto separator = decode64_padded((*fields)[5]);
    auto signer_key = decode64_padded((*fields)[6]);
    if (!hash || !salt || !digest || !separator || !signer_key) return std::nullopt;
    if (digest->size() != firebase_size || signer_key->size() != firebase_size) return std::nullopt;
    // Firebase's scrypt takes the project's separator as the end of the salt.
    hash->salt = *salt + *separator;
    hash->hash = std::move(*digest);
    hash->signer_key = std::move(*signer_key);
    return within(bounds, std::move(*hash));
}

Strength strength(const Scrypt& hash) { return memory_strength(kib(hash), hash.p); }

Work work(const Scrypt& hash) { return {Work::Kind::scrypt, {hash.n, hash.r, hash.p}}; }

namespace {

// Blocks until the memory is free (MemoryBudget).
void compute(std::string_view password, const Scrypt& hash, PasswordTools& tools, Wiped<max_size>& computed) {
    const MemoryBudget::Share share(tools.memory, std::min(kib(hash) + kib_of_lanes(hash), Limits::memory));
    const auto salt = as_bytes(hash.salt);
    // OpenSSL counts the blocks of all p lanes and some more, and refuses over 32 MiB unless told.
    const std::uint64_t room = kib(hash) * 1024 + 128 * hash.r * (hash.p + 8) + 4096;
    if (EVP_PBE_scrypt(password.data(), password.size(), salt.data(), salt.size(), hash.n, hash.r, hash.p, room,
                       computed.data(), computed.size()) != 1)
        throw std::runtime_error("OpenSSL cannot compute scrypt");
}

}  // namespace

bool verify(std::string_view password, const Scrypt& hash, PasswordTools& tools) {
    Wiped<max_size> computed(hash.signer_key.empty() ? hash.hash.size() : aes_key_size);
    compute(password, hash, tools, computed);
    if (hash.signer_key.empty()) return computed.equals(hash.hash);

    Wiped<max_size> encrypted(hash.signer_key.size());
    hash.signer_key.copy(reinterpret_cast<char*>(encrypted.data()), encrypted.size());
    encrypt_in_place({computed.data(), computed.size()}, {encrypted.data(), encrypted.size()});
    return encrypted.equals(hash.hash);
}

Secret derive(std::string_view password, const Scrypt& hash, PasswordTools& tools) {
    Wiped<max_size> computed(hash.hash.size());
    compute(password, hash, tools, computed);
    return Secret(as_text({computed.data(), computed.size()}));
}

}  // namespace keyhold::crypto::formats
