// SPDX-License-Identifier: Apache-2.0
#include "mail/texts.hpp"

#include <algorithm>
#include <kainjow/mustache.hpp>
#include <stdexcept>

#include "base/text.hpp"

namespace keyhold::mail {
namespace {

using kainjow::mustache::data;
using kainjow::mustache::mustache;

// Made by the build from web/mails; the rows of one language stand together.
struct Text {
    std::string_view language;  // empty: a template
    std::string_view name;      // "reset.subject"
    std::string_view text;
};
constexpr Text texts[] = {
#define KEYHOLD_MAIL_TEXT(language, name, text) {language, name, text},
#include "mails_table.inc"
#undef KEYHOLD_MAIL_TEXT
};
constexpr std::string_view fallback = "en";
constexpr int full_weight = 1000;

enum class Escape { nothing, html };

// Throws for a template that is wrong: ours are tested, and an operator's are checked when they are loaded.
std::string fill_in(std::string_view text, const data& values, Escape escape) {
    mustache made{std::string(text)};
    if (!made.is_valid()) throw std::logic_error("a mail's template: " + made.error_message());
    if (escape == Escape::nothing) made.set_custom_escape([](const std::string& value) { return value; });
    return made.render(values);
}

// A part of the mail that is left out leaves its empty lines, so several of them in a row become one.
std::string with_single_empty_lines(std::string_view text) {
    std::string made;
    for (const char c : text)
        if (c != '\n' || !made.ends_with("\n\n")) made += c;
    return made;
}

// "2026-11-30 04:12 UTC": a person reads it, so it names its zone.
std::string clock_of(Time time) {
    std::string text = rfc3339(time);
    text[text.find('T')] = ' ';
    return text.substr(0, text.rfind(':')) + " UTC";
}

// The weight of "de;q=0.8" in thousandths (RFC 9110 §12.4.2); -1 if it is malformed.
int weight_in(std::string_view parameters) {
    if (parameters.empty()) return full_weight;
    parameters = trimmed(parameters);
    if (parameters.size() < 3 || ascii_lower(parameters.substr(0, 2)) != "q=") return -1;
    parameters.remove_prefix(2);
    if (parameters.front() != '0' && parameters.front() != '1') return -1;
    int weight = (parameters.front() - '0') * full_weight;
    if (parameters.size() > 1 && parameters[1] != '.') return -1;
    int unit = full_weight / 10;
    for (const char c : parameters.substr(std::min<std::size_t>(2, parameters.size()))) {
        if (c < '0' || c > '9' || unit == 0) return -1;
        weight += (c - '0') * unit;
        unit /= 10;
    }
    return weight <= full_weight ? weight : -1;
}

// RFC 4647 §3.4: the range loses its last subtag until there is a language of that name.
// Empty if no part of the range is a language of ours; "*" is none.
std::string_view looked_up(std::string range) {
    for (;;) {
        const auto found = std::ranges::find(languages(), range);
        if (found != languages().end()) return *found;
        const auto dash = range.rfind('-');
        if (dash == range.npos) return {};
        range.erase(dash);
    }
}

}  // namespace

const std::vector<std::string_view>& languages() {
    static const std::vector<std::string_view> all = [] {
        std::vector<std::string_view> found;
        for (const Text& row : texts)
            if (!row.language.empty() && (found.empty() || found.back() != row.language)) found.push_back(row.language);
        return found;
    }();
    return all;
}

// A language of ours with a weight of 0 is one that the reader does not want (RFC 9110 §12.4.2).
std::string_view language_for(std::string_view accept_language) {
    std::string_view best = fallback;
    int weight_of_best = 0;
    while (!accept_language.empty()) {
        const std::string_view item = accept_language.substr(0, accept_language.find(','));
        accept_language.remove_prefix(std::min(item.size() + 1, accept_language.size()));
        const auto semicolon = item.find(';');
        const int weight = weight_in(semicolon == item.npos ? std::string_view() : item.substr(semicolon + 1));
        if (weight <= weight_of_best) continue;
        const std::string_view found = looked_up(ascii_lower(trimmed(item.substr(0, semicolon))));
        if (found.empty()) continue;
        best = found;
        weight_of_best = weight;
    }
    return best;
}

std::optional<std::string_view> text_of_ours(std::string_view language, std::string_view name) {
    const auto* const found =
        std::ranges::find_if(texts, [&](const Text& row) { return row.language == language && row.name == name; });
    if (found == std::end(texts)) return std::nullopt;
    return found->text;
}

bool is_kind(std::string_view kind) { return text_of_ours(fallback, std::string(kind) + ".subject").has_value(); }

// The operator's own text, else ours.
std::string_view Catalogue::text(std::string_view language, std::string_view name) const {
    if (const auto own = own_.find({std::string(language), std::string(name)}); own != own_.end()) return own->second;
    const auto ours = text_of_ours(language, name);
    if (!ours) throw std::logic_error("there is no text of mails " + std::string(name));
    return *ours;
}

// Text is filled in first and put into the frame as a whole, so that each value is escaped once, for the place where it
// stands.
Rendered Catalogue::render(std::string_view kind, std::string_view language, const Facts& facts) const {
    data values;
    const auto set = [&values](const char* name, const std::string& value) { values.set(name, value); };
    set("service", facts.service);
    set("to", facts.to);
    set("name", facts.name);
    set("from", facts.from);
    if (!facts.device.empty()) set("device", facts.device);  // an empty one would show its section
    if (!facts.address.empty()) set("address", facts.address);
    if (facts.old_is_asked) set("old_is_asked", "yes");
    if (facts.until) set("until", clock_of(*facts.until));
    if (facts.at) set("at", clock_of(*facts.at));

    // The texts are filled in first, and escaped as a whole when they are put into the frame.
    data whole;
    std::string subject;
    const auto add = [&](const char* name, std::string_view from, std::string_view part) {
        std::string said = fill_in(text(language, std::string(from).append(".").append(part)), values, Escape::nothing);
        if (part == "subject") subject = said;
        if (!said.empty()) whole.set(name, said);  // an empty one would show its section
    };
    for (const char* const part : {"subject", "title", "body", "button", "aside"}) add(part, kind, part);
    add("code_label", "common", "code");
    add("footer", "common", "footer");
    whole.set("language", std::string(language));
    if (!facts.link.empty()) whole.set("link", facts.link);
    if (!facts.code.empty()) whole.set("code", facts.code);
    if (!facts.not_me.empty()) {
        whole.set("not_me", facts.not_me);
        add("not_me_label", "common", "not_me");
    }
    if (facts.until && !(facts.link.empty() && facts.code.empty())) add("until", "common", "until");
    if (facts.at && !facts.from.empty()) add("asked", "common", facts.link.empty() ? "happened" : "asked");
    return {std::move(subject), with_single_empty_lines(fill_in(text({}, "mail.txt.mustache"), whole, Escape::nothing)),
            fill_in(text({}, "mail.html.mustache"), whole, Escape::html)};
}

}  // namespace keyhold::mail
