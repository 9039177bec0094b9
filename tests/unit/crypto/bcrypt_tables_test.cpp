// SPDX-License-Identifier: Apache-2.0
// The Blowfish tables are the digits of pi, and the script that says so still makes them.
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>

#include "crypto/bcrypt/blowfish_tables.hpp"

namespace keyhold::crypto::bcrypt {
namespace {

const std::string folder = std::string(KEYHOLD_SOURCE_DIR) + "/src/crypto/bcrypt/";

std::string output_of(const std::string& command) {
    const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), pclose);
    std::string output;
    for (int letter = std::fgetc(pipe.get()); letter != EOF; letter = std::fgetc(pipe.get()))
        output += static_cast<char>(letter);
    return output;
}

TEST(BlowfishTables, are_what_the_script_beside_them_prints) {
    std::ifstream file(folder + "blowfish_tables.cpp");
    const std::string committed{std::istreambuf_iterator<char>(file), {}};
    EXPECT_FALSE(committed.empty());
    EXPECT_TRUE(output_of("/usr/bin/python3 " + folder + "blowfish_tables.py") == committed)
        << "run blowfish_tables.py again";
}

// Schneier's own listing (blowfish.h of the Blowfish source code): the first and the last words.
TEST(BlowfishTables, begin_and_end_as_published) {
    EXPECT_EQ(initial_subkeys[0], 0x243f6a88U);
    EXPECT_EQ(initial_subkeys[17], 0x8979fb1bU);
    EXPECT_EQ(initial_sboxes[0][0], 0xd1310ba6U);
    EXPECT_EQ(initial_sboxes[3][255], 0x3ac372e6U);
}

}  // namespace
}  // namespace keyhold::crypto::bcrypt
