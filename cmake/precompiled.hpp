// SPDX-License-Identifier: Apache-2.0
// What nearly every file includes, read once for a whole build (KEYHOLD_PRECOMPILE): 0.4 to 1.4 s less for each file.
// The developers' presets do without, so that a file that forgot an include does not compile there.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>
