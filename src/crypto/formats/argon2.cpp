// SPDX-License-Identifier: Apache-2.0
// By libsodium, which picks AVX2 or AVX-512 at run time: 24 ms for m=19456, t=2 where libargon2 takes 29 (Zen 3).
#include "crypto/formats/argon2.hpp"

#include <sodium.h>

#include <array>
#include <stdexcept>

#include "crypto/formats/base64.hpp"
#include "crypto/formats/fields.hpp"

namespace keyhold::crypto::formats {

namespace {

void require_libsodium() {
    if (sodium_init() < 0)
        throw std::runtime_error("libsodium cannot be initialised");  // any thread, any number of times
}

}  // namespace

std::optional<Argon2> read_argon2(std::string_view stored, Bounds bounds) {
    const auto fields = split<6>(stored, '$');
    if (!fields || ((*fields)[1] != "argon2id" && (*fields)[1] != "argon2i") || (*fields)[2] != "v=19")
        return std::nullopt;
    const auto parameters = split<3>((*fields)[3], ',');
    if (!parameters || !(*parameters)[0].starts_with("m=") || !(*parameters)[1].starts_with("t=") ||
        !(*parameters)[2].starts_with("p="))
        return std::nullopt;
    const auto memory = parse_number<std::uint64_t>((*parameters)[0].substr(2));
    const auto passes = parse_number<std::uint64_t>((*parameters)[1].substr(2));
    const auto lanes = parse_number<std::uint64_t>((*parameters)[2].substr(2));
    if (!memory || !passes || !lanes || *passes == 0 || *lanes == 0) return std::nullopt;
    // RFC 9106 §3.1: at least 8 KiB for each lane.
    if (*lanes > 64 || *memory < 8 * *lanes || *memory > most(bounds, Limits::memory, std::uint64_t{1} << 32))
        return std::nullopt;
    if (*passes > most(bounds, Limits::memory_passes, std::uint64_t{1} << 20)) return std::nullopt;
    if (bounds == Bounds::ours && *memory * *passes > Limits::memory_passes) return std::nullopt;
    const auto salt = decode64((*fields)[4], standard_alphabet);
    const auto hash = decode64((*fields)[5], standard_alphabet);
    if (!salt || salt->size() < 8 || !hash || hash->size() < 16) return std::nullopt;
    // libsodium refuses bits left over at the end.
    if (encode64(*salt, standard_alphabet) != (*fields)[4] || encode64(*hash, standard_alphabet) != (*fields)[5])
        return std::nullopt;
    return Argon2{*memory, *passes, *lanes, std::string(stored)};
}

Strength strength(const Argon2& hash) { return memory_strength(hash.memory, hash.passes); }

Work work(const Argon2& hash) {
    const bool id = hash.text.starts_with("$argon2id$");
    return {id ? Work::Kind::argon2id : Work::Kind::argon2i, {hash.memory, hash.passes, hash.lanes}};
}

bool verify(std::string_view password, const Argon2& hash, PasswordTools& tools) {
    require_libsodium();
    const MemoryBudget::Share share(tools.memory, hash.memory);
    const bool id = hash.text.starts_with("$argon2id$");
    // Two functions of libsodium: each reads texts of its own kind alone.
    const auto verify_text = id ? crypto_pwhash_argon2id_str_verify : crypto_pwhash_argon2i_str_verify;
    return verify_text(hash.text.c_str(), password.data(), password.size()) == 0;
}

namespace {

constexpr std::size_t salt_size = crypto_pwhash_argon2id_SALTBYTES;

std::string hash_with(std::string_view password, std::uint64_t memory, std::uint64_t passes,
                      std::span<const unsigned char, salt_size> salt, PasswordTools& tools) {
    require_libsodium();
    std::array<unsigned char, 32> hash{};
    const MemoryBudget::Share share(tools.memory, memory);
    if (crypto_pwhash_argon2id(hash.data(), hash.size(), password.data(), password.size(), salt.data(), passes,
                               memory * 1024, crypto_pwhash_argon2id_ALG_ARGON2ID13) != 0)
        throw std::runtime_error("libsodium cannot compute Argon2id");  // no memory
    return "$argon2id$v=19$m=" + std::to_string(memory) + ",t=" + std::to_string(passes) + ",p=1$" +
           encode64(as_text(salt), standard_alphabet) + '$' + encode64(as_text(hash), standard_alphabet);
}

}  // namespace

std::string hash_argon2id(std::string_view password, std::uint64_t memory, std::uint64_t passes, Random& random,
                          PasswordTools& tools) {
    std::array<unsigned char, salt_size> salt{};
    random.fill(salt);
    return hash_with(password, memory, passes, salt, tools);
}

std::string fill_argon2id(std::string_view password, std::string_view blank, PasswordTools& tools) {
    const auto parameters = read_argon2(blank, Bounds::ours);
    const auto fields = split<6>(blank, '$');
    const auto letters = fields ? decode64((*fields)[4], standard_alphabet) : std::nullopt;
    if (!parameters || !letters || letters->size() != salt_size)
        throw std::logic_error("a blank that is no Argon2 of ours");
    return hash_with(password, parameters->memory, parameters->passes, as_bytes(*letters).first<salt_size>(), tools);
}

}  // namespace keyhold::crypto::formats
