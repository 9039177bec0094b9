// SPDX-License-Identifier: Apache-2.0
// Which roles an account has, in four bytes: accounts are many, and the sets of roles that they have are few.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace keyhold::store {

// The number of a text ("admin editor": names in the order of their bytes) in a table that the whole process shares and
// that nothing is taken from: a number means the same for as long as the program runs. 0 is nobody's: no role. Any
// thread.
// Numbers differ from process to process, so they are never stored: the database has the text.
class RoleSet {
public:
    RoleSet() = default;
    // Adds the text to the table if it is new.
    static RoleSet of(std::string_view names);
    const std::string& names() const;  // separated by spaces

    bool is_empty() const { return number_ == 0; }
    std::uint32_t number() const { return number_; }
    bool operator==(const RoleSet&) const = default;

private:
    explicit RoleSet(std::uint32_t number) : number_(number) {}
    std::uint32_t number_ = 0;
};

}  // namespace keyhold::store
