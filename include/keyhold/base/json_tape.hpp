// SPDX-License-Identifier: Apache-2.0
// How a parsed JSON text lies in memory: what a json::Value points at. Nobody else needs to know.
#pragma once

#include <cstdint>
#include <string_view>

namespace keyhold::json {

enum class Type : std::uint8_t { null, boolean, integer, number, string, array, object };

// One value of the tape. An array or object is followed by its children, each by its own children.
struct Node {
    std::string_view name;     // in an object: the member's name
    std::string_view text;     // a string's characters, a number as it was written
    std::int64_t integer = 0;  // also a boolean's 0 or 1
    double number = 0;
    std::uint32_t size = 0;  // children
    std::uint32_t next = 0;  // nodes from here to the next sibling; 0: this is the last one
    Type type = Type::null;
};

// Equal texts. Of names, most are told apart by their size and ends: then no function is called.
inline bool same(std::string_view a, std::string_view b) {
    if (a.size() != b.size()) return false;
    return a.empty() || (a.front() == b.front() && a.back() == b.back() && a == b);
}

}  // namespace keyhold::json
