// How times stand in the database: whole seconds since 1970, UTC.
#pragma once

#include <cstdint>

#include "base/clock.hpp"

namespace keyhold::store {

inline std::int64_t seconds(Time time) { return time.time_since_epoch().count(); }
inline Time time_of(std::int64_t seconds) { return Time(std::chrono::seconds(seconds)); }

}  // namespace keyhold::store
