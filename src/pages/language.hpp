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

// The languages that mails are written in (web/mails), which are more.
struct LanguageOfMails {
    std::string_view code, name;
};
inline constexpr std::array languages_of_mails{LanguageOfMails{"en", "English"},   LanguageOfMails{"de", "Deutsch"},
                                               LanguageOfMails{"fr", "Français"},  LanguageOfMails{"es", "Español"},
                                               LanguageOfMails{"pt", "Português"}, LanguageOfMails{"ja", "日本語"}};

// What somebody has chosen (/language/de).
inline constexpr std::string_view language_cookie = "__Host-keyhold-language";

// Null if there is none of that code.
const Language* find_language(std::string_view code);

// What was chosen; otherwise by Accept-Language (RFC 9110 §12.5.4).
const Language& language_of(const http::Request& request);

}  // namespace keyhold::pages
