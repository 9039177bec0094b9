// SPDX-License-Identifier: Apache-2.0
// The languages of the pages, and which one somebody reads.
#pragma once

#include <array>
#include <string_view>

#include "http/message.hpp"

namespace keyhold::pages {

struct Language {
    std::string_view code;       // BCP 47, also the name of its file in web/texts/
    std::string_view name;       // as its readers call it
    std::string_view direction;  // of its lines: "ltr" or "rtl"
};

// The first one is complete: what another lacks is taken from there.
inline constexpr std::array languages{Language{"en", "English", "ltr"}, Language{"de", "Deutsch", "ltr"}};
inline constexpr std::string_view first_language = languages[0].code;

// What somebody has chosen (/language/de).
inline constexpr std::string_view language_cookie = "__Host-keyhold-language";

// Null if there is none of that code.
const Language* find_language(std::string_view code);

// What was chosen; otherwise by Accept-Language (RFC 9110 §12.5.4).
const Language& language_of(const http::Request& request);

}  // namespace keyhold::pages
