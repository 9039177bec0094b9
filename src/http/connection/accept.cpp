// SPDX-License-Identifier: Apache-2.0
#include "http/connection/accept.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"

namespace keyhold::http {
namespace {

// Takes what stands before the next `separator` off the front.
// Where there is no separator it takes all. The result has no blanks around it, as lists allow them there (RFC 9110
// §5.6.1).
std::string_view take(std::string_view& rest, char separator) {
    const std::size_t end = rest.find(separator);
    const std::string_view one = rest.substr(0, end);
    rest.remove_prefix(end == rest.npos ? rest.size() : end + 1);
    return trimmed(one);
}

// "1", "0.5", "0.125" in thousandths; -1 for what is no weight (RFC 9110 §12.4.2).
// At most three digits behind the dot, and nothing above 1 (qvalue): so text of more than five characters is none.
int parse_weight(std::string_view text) {
    if (text.empty() || text.size() > 5 || (text[0] != '0' && text[0] != '1')) return -1;
    if (text.size() > 1 && text[1] != '.') return -1;
    int weight = (text[0] - '0') * 1000;
    int unit = 100;
    for (std::size_t i = 2; i < text.size(); ++i, unit /= 10) {
        if (text[i] < '0' || text[i] > '9') return -1;
        weight += (text[i] - '0') * unit;
    }
    return weight <= 1000 ? weight : -1;
}

// How much a range says about a type: 3 for the type itself, 2 for "text/*", 1 for "*/*", 0 for another one.
int precision(std::string_view range, std::string_view media_type) {
    if (equal_ignoring_case(range, media_type)) return 3;
    if (range == "*/*") return 1;
    const std::size_t slash = media_type.find('/');
    const bool is_family = range.size() == slash + 2 && range.ends_with("/*") &&
                           equal_ignoring_case(range.substr(0, slash), media_type.substr(0, slash));
    return is_family ? 2 : 0;
}

}  // namespace

int weight_of(std::string_view accept, std::string_view media_type) {
    int best = 0, weight = 0;
    while (!accept.empty()) {
        std::string_view one = take(accept, ',');
        const int says = precision(take(one, ';'), media_type);
        // Of two ranges that say as much the first one counts.
        if (says <= best) continue;
        int of_this = 1000;
        while (!one.empty()) {
            const std::string_view parameter = take(one, ';');
            if (parameter.size() >= 2 && (parameter[0] == 'q' || parameter[0] == 'Q') && parameter[1] == '=')
                of_this = parse_weight(parameter.substr(2));
        }
        // `best` stays, so that a range with a malformed weight does not hide a less precise one that is well formed.
        if (of_this < 0) continue;
        best = says;
        weight = of_this;
    }
    return weight;
}

int weight_of_language(std::string_view accept, std::string_view language) {
    // -1 and not 0, because "de;q=0, *" refuses German although everything else is welcome.
    int named = -1, other = 0;
    while (!accept.empty()) {
        std::string_view one = take(accept, ',');
        const std::string_view range = take(one, ';');
        const int weight = one.empty() ? 1000 : one.starts_with("q=") ? parse_weight(one.substr(2)) : -1;
        if (weight < 0) continue;
        if (range == "*") other = weight;
        // A language that is asked for with a region ("de-AT") is content with the language alone; texts exist in
        // languages only.
        if (equal_ignoring_case(range.substr(0, range.find('-')), language)) named = std::max(named, weight);
    }
    return named >= 0 ? named : other;
}

bool wants_page(const Request& request) {
    const std::string_view accept = request.find("Accept").value_or("");
    // Its own name: a client that takes everything takes HTML too, and does not ask for it.
    if (accept.find("text/html") == accept.npos) return false;
    constexpr std::array json{"application/json", "application/problem+json"};
    const int html = weight_of(accept, "text/html");
    return html > 0 && std::ranges::none_of(json, [&](const char* type) {
               return accept.find(type) != accept.npos && weight_of(accept, type) >= html;
           });
}

}  // namespace keyhold::http
