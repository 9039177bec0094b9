// SPDX-License-Identifier: Apache-2.0
#include "base/base64url.hpp"

#include <gtest/gtest.h>

#include <array>
#include <stdexcept>

namespace keyhold::base64url {
namespace {

using namespace std::string_literals;

struct Pair {
    std::string bytes;
    std::string_view text;
};

// RFC 4648 §10 without its padding; RFC 7515 appendix C.
const std::array pairs{Pair{"", ""},
                       Pair{"f", "Zg"},
                       Pair{"fo", "Zm8"},
                       Pair{"foo", "Zm9v"},
                       Pair{"foob", "Zm9vYg"},
                       Pair{"fooba", "Zm9vYmE"},
                       Pair{"foobar", "Zm9vYmFy"},
                       Pair{"\x03\xEC\xFF\xE0\xC1", "A-z_4ME"}};

TEST(Base64url, writes_and_reads_the_vectors_of_rfc_4648_and_rfc_7515) {
    for (const Pair& pair : pairs) {
        EXPECT_EQ(encode(pair.bytes), pair.text);
        EXPECT_EQ(decode(pair.text), pair.bytes);
    }
}

TEST(Base64url, every_byte_survives) {
    std::string bytes;
    for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i);
    for (std::size_t from = 0; from < 4; ++from) EXPECT_EQ(decode(encode(bytes.substr(from))), bytes.substr(from));
}

TEST(Base64url, no_byte_outside_the_alphabet_is_read_wherever_it_stands) {
    for (int i = 0; i < 256; ++i) {
        const char c = static_cast<char>(i);
        const bool good = std::isalnum(i) != 0 || c == '-' || c == '_';
        for (std::size_t at = 0; at < 4; ++at) {
            std::string text = "AAAAAAAA";
            text[at] = c;
            EXPECT_EQ(decode(text).has_value(), good) << i;
        }
        EXPECT_EQ(decode("AAAAA"s + c).has_value(), good && decode("A"s + c).has_value()) << i;
    }
}

TEST(Base64url, padding_and_the_other_alphabet_and_space_are_refused) {
    EXPECT_TRUE(decode("Zg"));
    EXPECT_TRUE(decode("A-z_"));
    for (const std::string_view text :
         {"Zg==", "Zg=", "Zm8=", "A+z/", "A+AA", "A/AA", "Zg\n", "Zg ", " Zg", "Z g", "Zm9v\r\nYg", "Zm9v="})
        EXPECT_FALSE(decode(text)) << text;
    EXPECT_FALSE(decode("Zm\0v"s));
}

TEST(Base64url, a_length_of_1_modulo_4_is_refused) {
    EXPECT_FALSE(decode("Z"));
    EXPECT_FALSE(decode("Zm9vY"));
}

// RFC 4648 §3.5.
TEST(Base64url, bits_left_over_that_are_not_zero_are_refused) {
    EXPECT_EQ(decode("Zg"), "f");
    for (const std::string_view text : {"Zh", "Zi", "Zj", "Zn", "Zv", "Zm9", "Zm-", "Zm_", "Zm9vYh", "Zm9vYmF"})
        EXPECT_FALSE(decode(text)) << text;
}

TEST(Base64url, a_buffer_that_is_too_small_is_a_bug) {
    std::array<char, 3> room{};
    EXPECT_EQ(decode("Zm9v", room), 3U);
    EXPECT_THROW((void)decode("Zm9vYg", room), std::length_error);
}

}  // namespace
}  // namespace keyhold::base64url
