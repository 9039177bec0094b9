#include "domain/remembered.hpp"

#include <gtest/gtest.h>
#include <malloc.h>

#include "domain/liveness.hpp"
#include "fixture.hpp"

namespace keyhold::domain {

namespace {

std::size_t allocated_bytes() {
    const auto info = ::mallinfo2();
    return info.uordblks + info.hblkhd;
}

Id fresh_id(Random& random) {
    Id id;
    random.fill(id);
    return id;
}

}  // namespace

// Issue 4: "1 M live sessions cost at most 150 MB". (A sanitizer's allocator counts nothing here.)
TEST(Remembered, a_million_sessions_take_at_most_150_MB_and_a_million_more_take_nothing) {
    constexpr int million = 1'000'000;
    constexpr double most = 150e6;
    CountingRandom random;
    const std::size_t before = allocated_bytes();
    Remembered<Id, LiveAccount> sessions(million);
    const auto remember_a_million = [&] {
        for (int i = 0; i < million; ++i)
            sessions.remember(fresh_id(random), LiveAccount{fresh_id(random), "user-1234567890"}, sessions.moment());
        return static_cast<double>(allocated_bytes() - before);
    };
    const double first = remember_a_million(), second = remember_a_million();
    EXPECT_LE(first, most);
    EXPECT_LE(second, most);
    RecordProperty("bytes", std::to_string(first));
}

TEST(Remembered, what_was_remembered_is_found_until_it_is_forgotten) {
    CountingRandom random;
    Remembered<Id, LiveAccount> sessions(1000);
    const Id one = fresh_id(random), other = fresh_id(random);
    sessions.remember(one, LiveAccount{other, "ann"}, sessions.moment());
    ASSERT_TRUE(sessions.find(one));
    EXPECT_EQ(sessions.find(one)->username, "ann");
    EXPECT_FALSE(sessions.find(other));
    sessions.forget(one);
    EXPECT_FALSE(sessions.find(one));
}

}  // namespace keyhold::domain
