// SPDX-License-Identifier: Apache-2.0
#include "pages/render.hpp"

#include <kainjow/mustache.hpp>
#include <stdexcept>

#include "base/override_files.hpp"
#include "base/text.hpp"
#include "pages/language.hpp"

namespace keyhold::pages {
namespace {

using kainjow::mustache::data;
using kainjow::mustache::mustache;

constexpr std::string_view tag_begins = "{{", tag_ends = "}}";

// Made by the build out of web/ (cmake/embed_assets.mjs), as a list of macros.
struct Embedded {
    std::string_view name;
    std::string_view text;
};
constexpr Embedded embedded_templates[] = {
#define KEYHOLD_TEMPLATE(name, text) {name, text},
#define KEYHOLD_TEXTS(name, text)
#include "templates_table.inc"
#undef KEYHOLD_TEMPLATE
#undef KEYHOLD_TEXTS
};
constexpr Embedded embedded_texts[] = {
#define KEYHOLD_TEMPLATE(name, text)
#define KEYHOLD_TEXTS(name, text) {name, text},
#include "templates_table.inc"
#undef KEYHOLD_TEMPLATE
#undef KEYHOLD_TEXTS
};

// Into what the library takes. Empty texts are left out, so that {{#name}} is not shown for them.
// A time becomes three values: for programs, for people, and the day alone.
data of(const Values& values) {
    data all;
    for (const auto& [name, value] : values) {
        if (const auto* const text = std::get_if<std::string>(&value)) {
            if (!text->empty()) all.set(name, *text);
        } else if (const bool* const shown = std::get_if<bool>(&value)) {
            all.set(name, *shown ? data::type::bool_true : data::type::bool_false);
        } else if (const Time* const time = std::get_if<Time>(&value)) {
            const std::string moment = rfc3339(*time), day = moment.substr(0, moment.find('T'));
            constexpr std::size_t minutes = std::string_view("T21:45").size();
            all.set(name, moment);
            all.set(name + "_day", day);
            all.set(name + "_utc", day + " " + moment.substr(day.size() + 1, minutes - 1) + " UTC");
        } else {
            data list(data::type::list);
            for (const Values& item : std::get<std::vector<Values>>(value)) list.push_back(of(item));
            all.set(name, std::move(list));
        }
    }
    return all;
}

}  // namespace

// The templates and texts that are compiled in; overrides of an operator are put over them.
Templates::Sources Templates::embedded() {
    Sources all;
    for (const auto& [name, text] : embedded_templates) all.templates.emplace(name, text);
    for (const auto& [name, file] : embedded_texts)
        // A key that is there twice has its first text.
        for (auto& line : lines_of_texts(file)) all.texts[std::string(name)].emplace(std::move(line.key), line.text);
    return all;
}

bool Templates::has_text(std::string_view key) const {
    const auto texts = all_.texts.find(first_language);
    return texts != all_.texts.end() && texts->second.contains(key);
}

// Throws for a key that no language has, which is a mistake in a template or in the code.
const std::string& Templates::find_text(std::string_view language, std::string_view key) const {
    // A text that a translation lacks is shown in the first language.
    for (const std::string_view of : {language, first_language}) {
        const auto texts = all_.texts.find(of);
        if (texts == all_.texts.end()) continue;
        if (const auto found = texts->second.find(key); found != texts->second.end()) return found->second;
    }
    throw std::logic_error("there is no text " + std::string(key));
}

// A text may itself have {{values}} in it.
std::string Templates::text(std::string_view language, std::string_view key, const Values& values) const {
    const std::string& plain = find_text(language, key);
    if (plain.find(tag_begins) == plain.npos) return plain;
    mustache made{plain};
    // Escaped once, by the page that shows it.
    made.set_custom_escape([](const std::string& as_it_is) { return as_it_is; });
    return made.render(of(values));
}

// Parts and texts are put in their places first, so that the library reads the row of a list once and not for each row.
void Templates::append_whole(std::string& out, std::string_view text, std::string_view page,
                             std::string_view language) const {
    constexpr std::string_view of_this = "page.";
    for (std::size_t begin = 0; (begin = text.find(tag_begins)) != text.npos;) {
        const std::size_t inside = begin + tag_begins.size(), end = text.find(tag_ends, inside);
        if (end == text.npos) break;
        const std::string_view tag = trimmed(text.substr(inside, end - inside));
        const std::size_t next = end + tag_ends.size();
        if (tag.starts_with('>')) {
            std::string name(trimmed(tag.substr(1)));
            if (name.starts_with(of_this)) name.replace(0, of_this.size() - 1, page);
            const auto part = all_.templates.find(name);
            out.append(text.substr(0, begin));
            append_whole(out, part == all_.templates.end() ? find_text(language, name) : part->second, page, language);
        } else {
            out.append(text.substr(0, next));
        }
        text.remove_prefix(next);
    }
    out.append(text);
}

template <class Data>
std::string Templates::fill_in(std::string_view which, std::string_view page, std::string_view language,
                               const Data& values) const {
    const auto found = all_.templates.find(which);
    if (found == all_.templates.end()) throw std::logic_error("there is no template " + std::string(which));
    std::string whole;
    append_whole(whole, found->second, page, language);
    mustache made{whole};
    std::string text = made.render(values);
    if (!made.is_valid()) throw std::logic_error("template " + std::string(which) + ": " + made.error_message());
    return text;
}

// First the page, then the frame around it.
std::string Templates::render(std::string_view name, std::string_view language, Values values) const {
    data all = of(values);
    all.set("main", fill_in(name, name, language, all));  // escaped already: the frame takes it as it is
    return fill_in("frame", name, language, all);
}

std::string Templates::render_part(std::string_view name, std::string_view language, const Values& values) const {
    return fill_in(name, name, language, of(values));
}

}  // namespace keyhold::pages
