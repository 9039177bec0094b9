// SPDX-License-Identifier: Apache-2.0
#include "server/process/memory.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "domain/passwords/password_strength.hpp"

namespace keyhold::server {

namespace {

// KiB of zxcvbn that are in memory, from /proc/self/smaps (proc(5)).
int resident_dictionary() {
    std::ifstream maps("/proc/self/smaps");
    int sum = 0;
    bool ours = false;
    for (std::string line; std::getline(maps, line);) {
        if (line.find('-') < line.find(' ')) ours = line.find("libzxcvbn") != std::string::npos;
        if (ours && line.starts_with("Rss:")) sum += std::stoi(line.substr(4));
    }
    return sum;
}

int score(std::string_view password) { return domain::measure_strength(Secret(password), {}).score; }

}  // namespace

TEST(Memory, the_dictionary_is_let_go_of_and_comes_in_again) {
    EXPECT_EQ(score("password"), 0);
    ASSERT_GT(resident_dictionary(), 200);
    let_go_of_dictionary();
    EXPECT_LT(resident_dictionary(), 100);
    EXPECT_EQ(score("password"), 0);
    EXPECT_GE(score("correct horse battery staple"), 3);
}

}  // namespace keyhold::server
