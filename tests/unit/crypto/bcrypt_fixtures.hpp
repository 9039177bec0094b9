// SPDX-License-Identifier: Apache-2.0
// Random bcrypt questions, and libxcrypt's answers to them.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <random>
#include <string>

#include "crypto/bcrypt/libxcrypt.hpp"

namespace keyhold::crypto::bcrypt {

struct Question {
    std::string password;
    Request request;  // its password is the one above, once ask() was called
    Request ask() const {
        Request asked = request;
        asked.password = password;
        return asked;
    }
};

// The same seed gives the same questions, so that a failure can be repeated.
class Questions {
public:
    explicit Questions(unsigned seed) : random_(seed) {}

    // Cost 4. Every length from 0 to 80, the edges more often; all bytes but NUL, over 0x7f and 0xff more often.
    Question next() {
        // bcrypt reads 72 bytes and counts the closing NUL as one of the password's: 71 fits with it, 72 fits
        // without, of 73 one byte is left out.
        static constexpr std::array<std::size_t, 6> edges{0, 1, 71, 72, 73, 3};
        static constexpr std::array variants{Variant::a, Variant::b, Variant::y};
        Question question;
        const std::size_t length = below(3) == 0 ? edges[below(edges.size())] : below(81);
        const std::size_t alphabet = below(3);
        for (std::size_t i = 0; i < length; ++i) {
            const std::size_t byte = alphabet == 0 ? 1 + below(255) : alphabet == 1 ? 0x80 + below(128) : 0xff;
            question.password += static_cast<char>(alphabet == 2 && below(3) == 0 ? 1 + below(255) : byte);
        }
        question.request.cost = min_cost;
        question.request.variant = variants[below(variants.size())];
        for (unsigned char& byte : question.request.salt) byte = static_cast<unsigned char>(below(256));
        return question;
    }

    std::size_t below(std::size_t end) { return random_() % end; }

private:
    std::mt19937 random_;
};

// The reference, which runs none of our lanes. An empty digest, and a failed test, if this build of it has no bcrypt.
inline Digest libxcrypt(const Question& question) {
    const auto digest = compute_with_libxcrypt(question.ask());
    EXPECT_TRUE(digest);
    return digest.value_or(Digest{});
}

}  // namespace keyhold::crypto::bcrypt
