// SPDX-License-Identifier: Apache-2.0
// By libsodium, which picks AVX2 or AVX-512 at run time: 24 ms for m=19456, t=2 where libargon2 takes 29 (Zen 3). It
// verifies any number of lanes, but writes one lane and salts of 16 bytes alone: other hashes are written by libargon2.
#include "crypto/formats/argon2.hpp"

#include <argon2.h>
#include <sodium.h>

#include <array>
#include <span>
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
    if (*lanes > Limits::lanes || *memory < 8 * *lanes ||
        *memory > most(bounds, Limits::memory, std::uint64_t{1} << 32))
        return std::nullopt;
    if (*passes > most(bounds, Limits::memory_passes, std::uint64_t{1} << 20)) return std::nullopt;
    if (bounds == Bounds::ours && *memory * *passes > Limits::memory_passes) return std::nullopt;
    const auto salt = decode64((*fields)[4], standard_alphabet);
    const auto hash = decode64((*fields)[5], standard_alphabet);
    if (!salt || salt->size() < 8 || !hash || hash->size() < 16) return std::nullopt;
    // libsodium refuses bits left over at the end.
    if (encode64(*salt, standard_alphabet) != (*fields)[4] || encode64(*hash, standard_alphabet) != (*fields)[5])
        return std::nullopt;
    return Argon2{{*memory, *passes, *lanes}, std::string(stored)};
}

Strength strength(const Argon2& hash) { return memory_strength(hash.cost.memory, hash.cost.passes); }

Work work(const Argon2& hash) {
    const bool id = hash.text.starts_with("$argon2id$");
    return {id ? Work::Kind::argon2id : Work::Kind::argon2i, {hash.cost.memory, hash.cost.passes, hash.cost.lanes}};
}

bool verify(std::string_view password, const Argon2& hash, PasswordTools& tools) {
    require_libsodium();
    const MemoryBudget::Share share(tools.memory, hash.cost.memory);
    const bool id = hash.text.starts_with("$argon2id$");
    // Two functions of libsodium: each reads texts of its own kind alone.
    const auto verify_text = id ? crypto_pwhash_argon2id_str_verify : crypto_pwhash_argon2i_str_verify;
    return verify_text(hash.text.c_str(), password.data(), password.size()) == 0;
}

namespace {

constexpr std::size_t salt_size = crypto_pwhash_argon2id_SALTBYTES;
using Digest = std::array<unsigned char, 32>;

Digest by_libsodium(std::string_view password, const Argon2Cost& cost, std::span<const unsigned char> salt) {
    require_libsodium();
    Digest digest{};
    if (crypto_pwhash_argon2id(digest.data(), digest.size(), password.data(), password.size(), salt.data(), cost.passes,
                               cost.memory * 1024, crypto_pwhash_argon2id_ALG_ARGON2ID13) != 0)
        throw std::runtime_error("libsodium cannot compute Argon2id");  // no memory
    return digest;
}

// All lanes on this thread: the result is the same, and how many cores hash is for the server's threads to say. The
// library wipes its memory before it gives it back.
Digest by_libargon2(std::string_view password, const Argon2Cost& cost, std::span<const unsigned char> salt) {
    Digest digest{};
    argon2_context context{};
    context.out = digest.data();
    context.outlen = digest.size();
    // They are read alone, as no flag asks for them to be wiped.
    context.pwd = reinterpret_cast<unsigned char*>(const_cast<char*>(password.data()));
    context.pwdlen = static_cast<std::uint32_t>(password.size());
    context.salt = const_cast<unsigned char*>(salt.data());
    context.saltlen = static_cast<std::uint32_t>(salt.size());
    context.t_cost = static_cast<std::uint32_t>(cost.passes);
    context.m_cost = static_cast<std::uint32_t>(cost.memory);
    context.lanes = static_cast<std::uint32_t>(cost.lanes);
    context.threads = 1;
    context.version = ARGON2_VERSION_13;
    context.flags = ARGON2_DEFAULT_FLAGS;
    if (const int failed = argon2_ctx(&context, Argon2_id); failed != ARGON2_OK)
        throw std::runtime_error(std::string("libargon2 cannot compute Argon2id: ") + argon2_error_message(failed));
    return digest;
}

std::string hash_with(std::string_view password, const Argon2Cost& cost, std::span<const unsigned char> salt,
                      PasswordTools& tools) {
    const MemoryBudget::Share share(tools.memory, cost.memory);
    const auto compute = cost.lanes == 1 && salt.size() == salt_size ? by_libsodium : by_libargon2;
    const Digest digest = compute(password, cost, salt);
    return "$argon2id$v=19$m=" + std::to_string(cost.memory) + ",t=" + std::to_string(cost.passes) +
           ",p=" + std::to_string(cost.lanes) + '$' + encode64(as_text(salt), standard_alphabet) + '$' +
           encode64(as_text(digest), standard_alphabet);
}

}  // namespace

std::string hash_argon2id(std::string_view password, const Argon2Cost& cost, Random& random, PasswordTools& tools) {
    std::array<unsigned char, salt_size> salt{};
    random.fill(salt);
    return hash_with(password, cost, salt, tools);
}

std::string fill_argon2id(std::string_view password, std::string_view blank, PasswordTools& tools) {
    const auto parameters = read_argon2(blank, Bounds::ours);
    const auto fields = split<6>(blank, '$');
    const auto letters = fields ? decode64((*fields)[4], standard_alphabet) : std::nullopt;
    if (!parameters || !letters) throw std::logic_error("a blank that is no Argon2 of ours");
    return hash_with(password, parameters->cost, as_bytes(*letters), tools);
}

}  // namespace keyhold::crypto::formats
