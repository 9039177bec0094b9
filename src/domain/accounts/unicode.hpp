// SPDX-License-Identifier: Apache-2.0
// Unicode normalisation (UAX #15) by way of utf8proc, for text that people type.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace keyhold::domain {

// The code points of `text`; empty if it is not UTF-8 (RFC 3629: nothing overlong, no surrogates).
std::optional<std::vector<std::int32_t>> code_points(std::string_view text);

// How many code points `text` has, without a copy of it; empty if it is not UTF-8.
std::optional<std::size_t> count_characters(std::string_view text);

// Whether nothing in it changes how the text around it is drawn: UTF-8 without controls, line breaks, bidi controls and
// other format characters (but for the two joiners, which spelling and emoji need), private or unassigned points.
bool is_plain_text(std::string_view text);

// Whether it is drawn onto what stands before it (General_Category M of UAX #44).
bool is_mark(std::int32_t point);

// Canonical composition. `text` is UTF-8.
std::string nfc(std::string_view text);

// Small letters, each by itself (Unicode's simple mapping), composed. `text` is UTF-8.
std::string in_small_letters(std::string_view text);

// Canonical and compatibility composition, without the code points that show nothing: what is drawn alike or hardly
// differs becomes the same. `text` is UTF-8.
std::string visible_nfkc(std::string_view text);

// One round of toNFKC_Casefold(NFD(text)) (Unicode 15 §3.13, D147): compatibility forms and case are folded, code
// points that show nothing are left out. `text` is UTF-8.
std::string nfkc_casefold(std::string_view text);

}  // namespace keyhold::domain
