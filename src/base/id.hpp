// SPDX-License-Identifier: Apache-2.0
// Identifiers that sort by the time they were made: UUID version 7 (RFC 9562 §5.7).
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/random.hpp"

namespace keyhold {

// The 16 bytes of an identifier, for where a million of them are remembered.
using Id = std::array<unsigned char, 16>;

// "019abcde-f012-7abc-8def-0123456789ab": 48 bits of time, 74 random bits. Our clock ticks in seconds, so ids
// of one second are in no order; before 1970 it counts as 1970. Any thread.
// Throws what `random` throws.
std::string make_id(Time now, Random& random);
// With `count`, below 4096, in the 12 bits behind the time (RFC 9562 §6.2): ids of one process that are made in this
// order sort so. The remaining 62 bits are random.
std::string make_id(std::chrono::sys_time<std::chrono::milliseconds> now, unsigned count, Random& random);

// Lower-case hexadecimal in groups of 8, 4, 4, 4 and 12 (RFC 9562 §4).
std::string to_text(const Id& id);

// What to_text() writes and nothing else, of any UUID version: an id has one spelling.
std::optional<Id> parse_id(std::string_view text);

}  // namespace keyhold
