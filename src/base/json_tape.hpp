// How a parsed JSON text lies in memory; known to json.cpp and json_value.cpp alone.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/json.hpp"

namespace keyhold::json {

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

}  // namespace keyhold::json
