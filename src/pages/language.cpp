// SPDX-License-Identifier: Apache-2.0
#include "pages/language.hpp"

#include <algorithm>

#include "http/connection/accept.hpp"
#include "http/cookies.hpp"

namespace keyhold::pages {

const Language* find_language(std::string_view code) {
    const auto found = std::ranges::find(languages, code, &Language::code);
    return found == languages.end() ? nullptr : &*found;
}

const Language& language_of(const http::Request& request) {
    if (const auto chosen = http::find_cookie(request, language_cookie))
        if (const Language* const language = find_language(*chosen)) return *language;
    const std::string_view accept = request.find("Accept-Language").value_or("");
    const Language* best = &languages[0];
    // A language that is not asked for has weight 0, so the first one stays if none is.
    int weight = 0;
    for (const Language& language : languages) {
        const int of_this = http::weight_of_language(accept, language.code);
        if (of_this <= weight) continue;
        weight = of_this;
        best = &language;
    }
    return *best;
}

}  // namespace keyhold::pages
