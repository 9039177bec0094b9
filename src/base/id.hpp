// Identifiers that sort by the time they were made: UUID version 7 (RFC 9562 §5.7).
#pragma once

#include <string>

#include "base/clock.hpp"
#include "base/random.hpp"

namespace keyhold {

// "019abcde-f012-7abc-8def-0123456789ab": 48 bits of time, 74 random bits. Our clock ticks in seconds, so ids
// of one second are in no order; before 1970 it counts as 1970. Any thread.
std::string make_id(Time now, Random& random);

}  // namespace keyhold
