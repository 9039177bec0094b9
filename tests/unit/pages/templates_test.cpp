// SPDX-License-Identifier: Apache-2.0
// Every template with hostile values in every place, and the catalogue of texts in every language.
#include <gtest/gtest.h>

#include <set>

#include "base/template_tags.hpp"
#include "pages/language.hpp"
#include "pages/render.hpp"

namespace keyhold::pages {
namespace {

// OWASP's and PortSwigger's first ones: for text, for attributes in either quotes, for addresses, for template engines.
constexpr std::string_view hostile[] = {
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "' onmouseover='alert(1)",
    "\" autofocus onfocus=\"alert(1)",
    "</title><script>alert(1)</script>",
    "</textarea><svg onload=alert(1)>",
    "<!--<script>-->",
    "{{{main}}}",
    "{{>frame}}",
    "{{#form_token}}x{{/form_token}}",
};

std::vector<Tag> all_tags(std::string_view text) {
    auto tags = tags_of(text);
    return std::move(tags).value();
}

struct Shown {
    std::set<std::string> values, sections;
};

// What a template and everything in it shows.
void collect(const Templates::Sources& all, const std::string& text, Shown& shown, std::set<std::string>& seen) {
    for (const Tag& tag : all_tags(text)) {
        if (tag.kind == 'v') shown.values.insert(tag.name);
        if (tag.kind == '#' || tag.kind == '^') shown.sections.insert(tag.name);
        if (tag.kind != '>' || !seen.insert(tag.name).second) continue;
        if (const auto part = all.templates.find(tag.name); part != all.templates.end())
            collect(all, part->second, shown, seen);
        const auto& texts = all.texts.at("en");
        if (const auto words = texts.find(tag.name); words != texts.end()) collect(all, words->second, shown, seen);
    }
}

std::size_t count(std::string_view text, std::string_view part) {
    std::size_t found = 0;
    for (std::size_t at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++found;
    return found;
}

// The page with a harmless value in each place has so many elements and quotes; with a hostile one it has as many.
TEST(EveryTemplate, shows_hostile_values_as_text) {
    const Templates::Sources all = Templates::embedded();
    const Templates templates(all);
    std::size_t pages = 0;
    for (const auto& [name, text] : all.templates) {
        if (!all.texts.at("en").contains(name + ".title")) continue;  // a part of others
        ++pages;
        Shown shown;
        std::set<std::string> seen;
        collect(all, text, shown, seen);
        collect(all, all.templates.at("frame"), shown, seen);
        ASSERT_GE(shown.values.size(), 5u) << name;
        // What stands in a section, and what stands where there is none.
        const auto page_with = [&, &name = name](std::string_view value, bool sections_shown) {
            Values values, item;
            for (const std::string& one : shown.values) {
                values.emplace_back(one, std::string(value));
                item.emplace_back(one, std::string(value));
            }
            for (const std::string& one : shown.sections)
                if (!shown.values.contains(one))
                    values.emplace_back(one, sections_shown ? std::vector<Values>{item} : std::vector<Values>{});
            return templates.render(name, "en", values);
        };
        for (const std::string_view value : hostile) {
            std::size_t found = 0;
            for (const bool sections_shown : {true, false}) {
                const std::string harmless = page_with("x", sections_shown), page = page_with(value, sections_shown);
                for (const char* mark : {"<", ">", "\"", "'"})
                    EXPECT_EQ(count(page, mark), count(harmless, mark)) << name << ": " << mark << " of " << value;
                found += count(page, "alert(1)") + count(page, "{{") + count(page, "&lt;!--");
            }
            EXPECT_GE(found, shown.values.size()) << name;
        }
    }
    EXPECT_GE(pages, 10u);
}

// A value in an attribute that is not quoted, or in an address or script, would need more than escaping.
TEST(EveryTemplate, has_values_in_text_and_quoted_attributes_alone) {
    const Templates::Sources all = Templates::embedded();
    for (const auto& [name, text] : all.templates) {
        EXPECT_EQ(text.find("=}}"), std::string::npos) << name;
        for (std::size_t at = text.find("={{"); at != text.npos; at = text.find("={{", at + 1))
            EXPECT_NE(text[text.find_last_of(" \n?&", at)], ' ')  // a value of a query stands in quotes
                << name << ": an attribute without quotes";
        for (const char* attribute : {"href=\"{{", "src=\"{{", "action=\"{{"})
            for (std::size_t at = text.find(attribute); at != text.npos; at = text.find(attribute, at + 1)) {
                const std::string_view value = std::string_view(text).substr(at + std::string_view(attribute).size());
                const std::string_view variable = value.substr(0, value.find('}'));
                // Of a client: addresses that begin with "http", and a logo's with "https", or it is not registered
                // (registered_clients.cpp).
                const bool is_checked = variable == "policy_uri" || variable == "tos_uri" || variable == "logo_uri";
                EXPECT_TRUE(is_checked || variable == "root" || variable == "style" || variable == "script" ||
                            variable == "accent" || variable == "brand_logo")
                    << name << ": " << variable;
            }
    }
}

TEST(EveryTemplate, shows_no_value_as_markup_but_the_page_within_its_frame) {
    const Templates::Sources all = Templates::embedded();
    std::size_t seen = 0;
    for (const auto& [name, text] : all.templates)
        for (const Tag& tag : all_tags(text))
            if (tag.kind == 'u') {
                ++seen;
                EXPECT_EQ(name + " " + tag.name, "frame main");
            }
    EXPECT_EQ(seen, 1u);
}

// A time as RFC 3339 writes it is for programs. Where a page shows one, people read the other form.
TEST(EveryTemplate, shows_times_as_people_read_them) {
    std::size_t seen = 0;
    constexpr std::string_view begin = "<time datetime=\"{{";
    for (const auto& [name, text] : Templates::embedded().templates)
        for (std::size_t at = text.find(begin); at != text.npos; at = text.find(begin, at + 1)) {
            ++seen;
            const std::size_t value = at + begin.size();
            const std::string moment = text.substr(value, text.find("}}", value) - value);
            const std::string_view shown = std::string_view(text).substr(text.find('>', value) + 1);
            EXPECT_TRUE(shown.starts_with("{{" + moment + "_utc}}</time>") ||
                        shown.starts_with("{{" + moment + "_day}}</time>"))
                << name << ": " << moment;
        }
    EXPECT_GT(seen, 20u);
}

TEST(Texts, each_language_says_nearly_all_that_english_says_with_the_same_values) {
    const Templates::Sources all = Templates::embedded();
    const auto values_of = [](const std::string& text) {
        std::set<std::string> names;
        for (const Tag& tag : all_tags(text)) names.insert(tag.name);
        return names;
    };
    for (const Language& language : languages) {
        const auto& texts = all.texts.at(std::string(language.code));
        for (const auto& [key, text] : texts) {
            const auto english = all.texts.at("en").find(key);
            ASSERT_NE(english, all.texts.at("en").end()) << language.code << ": nothing shows " << key;
            EXPECT_EQ(values_of(text), values_of(english->second)) << language.code << ": " << key;
            EXPECT_EQ(text.find('"'), std::string::npos) << key << " may stand in an attribute";
        }
        // What is missing is shown in English: a new text must not wait for its translators.
        EXPECT_GE(texts.size() * 10, all.texts.at("en").size() * 8) << language.code;
    }
}

}  // namespace
}  // namespace keyhold::pages
