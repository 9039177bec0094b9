// SPDX-License-Identifier: Apache-2.0
#include "base/result.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <type_traits>
#include <variant>
#include <vector>

namespace keyhold {

namespace {

// Counts those that are there, and says whether it was copied.
class Counted {
public:
    explicit Counted(int& living) : living_(&living) { ++*living_; }
    Counted(const Counted& other) : living_(other.living_), copies(other.copies + 1) { ++*living_; }
    Counted(Counted&& other) noexcept : living_(other.living_), copies(other.copies) { ++*living_; }
    Counted& operator=(const Counted&) = delete;
    Counted& operator=(Counted&&) = delete;
    ~Counted() { --*living_; }

private:
    int* living_;

public:
    int copies = 0;
};

}  // namespace

TEST(Result, what_is_taken_from_one_that_goes_is_moved_and_not_copied) {
    int living = 0;
    Result<Counted> result = Counted(living);
    const Counted taken = *std::move(result);
    EXPECT_EQ(taken.copies, 0);
    const Counted copied = *result;
    EXPECT_EQ(copied.copies, 1);
}

TEST(Result, it_destroys_what_it_holds_once_whatever_is_assigned) {
    int living = 0;
    {
        Result<Counted> value = Counted(living);
        Result<Counted> other = errors::not_found;
        Result<Counted> copy = value;
        EXPECT_EQ(living, 2);
        copy = other;
        EXPECT_FALSE(copy);
        EXPECT_EQ(living, 1);
        copy = value;
        other = std::move(copy);
        EXPECT_TRUE(copy.ok()) << "moved from, and still on its side";
        EXPECT_TRUE(other);
        const auto& itself = other;
        other = itself;
        EXPECT_TRUE(other);
        EXPECT_EQ(living, 3);
    }
    EXPECT_EQ(living, 0);
}

TEST(Result, looking_at_the_wrong_side_throws) {
    Result<std::string> value = "text", refused = Error(errors::not_found, "there is none");
    EXPECT_THROW((void)value.error(), std::bad_variant_access);
    EXPECT_THROW((void)*refused, std::bad_variant_access);
    EXPECT_THROW((void)refused->size(), std::bad_variant_access);
    EXPECT_THROW((void)std::move(refused).value(), std::bad_variant_access);
    EXPECT_EQ(refused.error().detail(), "there is none");
    EXPECT_EQ(value->size(), 4U);
}

TEST(Result, it_is_copied_where_its_value_can_be) {
    static_assert(std::is_copy_constructible_v<Result<std::string>> && std::is_copy_assignable_v<Result<std::string>>);
    using Alone = Result<std::unique_ptr<int>>;
    static_assert(!std::is_copy_constructible_v<Alone> && std::is_nothrow_move_constructible_v<Alone>);
    std::vector<Alone> several;
    for (int i = 0; i < 5; ++i) several.emplace_back(std::make_unique<int>(i));
    several.emplace_back(errors::not_found);
    EXPECT_EQ(**several.at(4), 4);
    EXPECT_EQ(several.back().error().errc(), errors::not_found);
}

}  // namespace keyhold
