// SPDX-License-Identifier: Apache-2.0
#include "pages/language.hpp"

#include "http/accept.hpp"

namespace keyhold::pages {

const Language& language_of(const http::Request& request) {
    const std::string_view accept = request.find("Accept-Language").value_or("");
    const Language* best = &languages[0];
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
