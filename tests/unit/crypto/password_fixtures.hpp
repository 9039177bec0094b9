// SPDX-License-Identifier: Apache-2.0
// What the tests of password hashing share: known answers from their files, and bytes that are no secret.
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <numeric>
#include <sstream>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "crypto/hash_work.hpp"

namespace keyhold::crypto {

struct KnownAnswer {
    std::string hash;
    std::string password;
};

// Two digits for each byte; the files of known answers have no others, so this does not check them.
inline std::string from_hex(std::string_view hex) {
    std::string bytes;
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
        bytes += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
    return bytes;
}

// Lines of tests/data/`name`: a hash, a space, the password in hexadecimal (nothing for the empty one).
inline std::vector<KnownAnswer> known_answers(const std::string& name) {
    std::ifstream file(std::string(KEYHOLD_SOURCE_DIR) + "/tests/data/" + name);
    EXPECT_TRUE(file) << name;
    std::vector<KnownAnswer> answers;
    for (std::string line; std::getline(file, line);) {
        if (line.empty() || line.front() == '#') continue;
        const std::size_t space = line.find(' ');
        answers.push_back({line.substr(0, space), from_hex(std::string_view(line).substr(space + 1))});
    }
    EXPECT_FALSE(answers.empty()) << name;
    return answers;
}

// 0, 1, 2 ... from where the last call ended.
// Salts that are the same in each run, so that a test can name the whole hash.
class CountingRandom final : public Random {
public:
    void fill(std::span<unsigned char> bytes) override {
        std::iota(bytes.begin(), bytes.end(), next_);
        next_ = static_cast<unsigned char>(next_ + bytes.size());
    }

private:
    unsigned char next_ = 0;
};

// A machine on which every unit of work takes as long: by default bcrypt 12 a quarter of a second.
// `nanoseconds` are for one key schedule of bcrypt, of which cost 12 takes 4096; a unit of every other kind is a
// thousandth of that. Tests of costs depend on no real clock.
class FixedSpeeds final : public HashSpeeds {
public:
    explicit FixedSpeeds(double nanoseconds = 60'000) : nanoseconds_(nanoseconds) {}
    double nanoseconds_per_unit(Work::Kind kind) override {
        return kind == Work::Kind::bcrypt ? nanoseconds_ : nanoseconds_ / 1'000;
    }

private:
    double nanoseconds_;
};

}  // namespace keyhold::crypto
