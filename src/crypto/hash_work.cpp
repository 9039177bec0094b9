// SPDX-License-Identifier: Apache-2.0
#include "crypto/hash_work.hpp"

#include <stdexcept>

namespace keyhold::crypto {

namespace {

// "Unix crypt using SHA-256 and SHA-512", step 21: a round hashes the last digest once, the password in 13 of 7 rounds
// (every round at one end, 6 of 7 in the middle) and the salt in 2 of 3; behind them padding and the length.
double blocks_per_round(double password, double digest, double block) {
    constexpr double salt = 16;
    const double bytes = digest + password * 13 / 7 + salt * 2 / 3;
    return (bytes + block / 8 + 1) / block + 0.5;  // blocks are whole: half a one more on average
}

std::string digits(std::uint64_t number) { return std::to_string(number); }

std::string pbkdf2(std::string_view digest, std::uint64_t iterations, std::size_t size) {
    return "pbkdf2:" + std::string(digest) + ':' + digits(iterations) + "$saltsalt$" + std::string(2 * size, '0');
}

std::string argon2(std::string_view name, const Work& work) {
    return '$' + std::string(name) + "$v=19$m=" + digits(work.of[0]) + ",t=" + digits(work.of[1]) +
           ",p=" + digits(work.of[2]) + "$c2FsdHNhbHRzYWx0c2FsdA$" + std::string(43, 'A');
}

std::string sha_crypt(char letter, std::uint64_t rounds, std::size_t letters) {
    return std::string("$") + letter + "$rounds=" + digits(rounds) + "$saltsaltsaltsalt$" + std::string(letters, '.');
}

}  // namespace

double units(const Work& work, std::size_t password_size) {
    const auto a = static_cast<double>(work.of[0]), b = static_cast<double>(work.of[1]),
               c = static_cast<double>(work.of[2]), password = static_cast<double>(password_size);
    switch (work.kind) {
        case Work::Kind::bcrypt:
            return static_cast<double>(std::uint64_t{1} << work.of[0]);
        case Work::Kind::argon2id:
        case Work::Kind::argon2i:
            return a * b;
        case Work::Kind::scrypt:
            // PBKDF2 before and after the mixing costs about as much as three more blocks of each lane (measured with
            // n = 2, Zen 3).
            return (a + 3) * b * c;
        case Work::Kind::pbkdf2_sha1:
        case Work::Kind::pbkdf2_sha256:
        case Work::Kind::pbkdf2_sha512:
            return a;
        case Work::Kind::sha256_crypt:
            return a * blocks_per_round(password, 32, 64);
        case Work::Kind::sha512_crypt:
            return a * blocks_per_round(password, 64, 128);
        case Work::Kind::count_:
            break;
    }
    throw std::logic_error("a kind of work without units");
}

// A text that the format's own row reads, with a digest of zeros (or the letters for them): so what is measured, and
// what is computed for nothing, goes the same way as a real hash.
std::string sample_of(const Work& work) {
    switch (work.kind) {
        case Work::Kind::bcrypt:
            return std::string("$2b$") + (work.of[0] < 10 ? "0" : "") + digits(work.of[0]) + '$' + std::string(53, '.');
        case Work::Kind::argon2id:
            return argon2("argon2id", work);
        case Work::Kind::argon2i:
            return argon2("argon2i", work);
        case Work::Kind::scrypt:
            return "scrypt:" + digits(work.of[0]) + ':' + digits(work.of[1]) + ':' + digits(work.of[2]) + "$saltsalt$" +
                   std::string(128, '0');
        case Work::Kind::pbkdf2_sha1:
            return pbkdf2("sha1", work.of[0], 20);
        case Work::Kind::pbkdf2_sha256:
            return pbkdf2("sha256", work.of[0], 32);
        case Work::Kind::pbkdf2_sha512:
            return pbkdf2("sha512", work.of[0], 64);
        case Work::Kind::sha256_crypt:
            return sha_crypt('5', work.of[0], 43);
        case Work::Kind::sha512_crypt:
            return sha_crypt('6', work.of[0], 86);
        case Work::Kind::count_:
            break;
    }
    throw std::logic_error("a kind of work without a text");
}

}  // namespace keyhold::crypto
