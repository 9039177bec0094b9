// SPDX-License-Identifier: Apache-2.0
#include "guard/token_memory.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <thread>

namespace keyhold::guard {
namespace {

struct Entry {
    std::uint64_t hash;
    std::string text;
};

std::shared_ptr<const Entry> entry(std::uint64_t hash, std::string text) {
    return std::make_shared<const Entry>(Entry{hash, std::move(text)});
}

TEST(TokenMemory, finds_what_was_added_and_nothing_else) {
    TokenMemory<Entry> memory(4);
    EXPECT_EQ(memory.find(5, "a"), nullptr);
    memory.add(entry(5, "a"));
    ASSERT_NE(memory.find(5, "a"), nullptr);
    EXPECT_EQ(memory.find(5, "b"), nullptr);  // another text of the same hash
    EXPECT_EQ(memory.find(1, "a"), nullptr);  // the same place, another hash
}

TEST(TokenMemory, a_newer_entry_takes_the_place_of_an_older_one) {
    TokenMemory<Entry> memory(4);
    memory.add(entry(5, "a"));
    memory.add(entry(9, "b"));
    memory.add(entry(6, "c"));
    EXPECT_EQ(memory.find(5, "a"), nullptr);
    EXPECT_NE(memory.find(9, "b"), nullptr);
    EXPECT_NE(memory.find(6, "c"), nullptr);
}

TEST(TokenMemory, of_no_size_remembers_nothing) {
    TokenMemory<Entry> memory(0);
    memory.add(entry(5, "a"));
    EXPECT_EQ(memory.find(5, "a"), nullptr);
}

TEST(TokenMemory, another_thread_has_a_place_of_its_own) {
    TokenMemory<Entry> memory(4);
    memory.add(entry(5, "a"));
    std::jthread([&] { EXPECT_EQ(memory.find(5, "a"), nullptr); }).join();
    EXPECT_NE(memory.find(5, "a"), nullptr);
}

TEST(TextHash, sees_each_byte_and_the_length_and_the_seed) {
    constexpr std::uint64_t pi = 0x243f6a8885a308d3, more = 0x13198a2e03707344;  // digits of pi
    const TextHash hash({pi, more});
    std::set<std::uint64_t> seen;
    std::string text(40, 'a');
    seen.insert(hash(text));
    for (char& byte : text) {
        byte = 'b';
        seen.insert(hash(text));
        byte = 'a';
    }
    for (std::size_t size = 0; size < 40; ++size) seen.insert(hash(std::string(size, 'a')));
    seen.insert(hash(std::string(1, '\0')));
    seen.insert(hash(std::string(16, '\0')));
    seen.insert(TextHash({pi, more + 1})(text));
    seen.insert(TextHash({pi + 1, more})(text));
    EXPECT_EQ(seen.size(), 1U + 40 + 40 + 2 + 2);
    EXPECT_EQ(hash(text), TextHash({pi, more})(text));
}

}  // namespace
}  // namespace keyhold::guard
