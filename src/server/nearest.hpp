// SPDX-License-Identifier: Apache-2.0
// "did you mean ...?"
#pragma once

#include <span>
#include <string_view>

namespace keyhold::server {

// The candidate that takes the fewest letters added, dropped or changed to come to; empty if that is more than three of
// them, or as many as the word has.
std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates);

}  // namespace keyhold::server
