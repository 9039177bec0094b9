// SPDX-License-Identifier: Apache-2.0
// Templates (web/pages/*.mustache) and texts (web/texts/*.txt), filled in.
//
// In a template, {{name}} is a value, escaped, {{>form_token}} another template, and {{>sign_in.title}} a text of the
// catalogue in the language of the page; a text may hold values too. {{>page.title}} is the title of the very page:
// sign_in.title on "sign_in".
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/clock.hpp"

namespace keyhold::pages {

// What stands for {{name}}, escaped; of a bool, whether {{#name}}...{{/name}} is shown; of a list, what it is shown for
// each of. An empty text counts as absent. A time is {{name}} for programs ("2026-11-30T21:45:00Z"), {{name_utc}} for
// people ("2026-11-30 21:45 UTC"; the script makes it the time of where they are) and {{name_day}} ("2026-11-30").
struct Values;
using Value = std::variant<std::string, bool, std::vector<Values>, Time>;
struct Values : std::vector<std::pair<std::string, Value>> {
    using std::vector<std::pair<std::string, Value>>::vector;
};

// Any thread.
class Templates {
public:
    using Texts = std::map<std::string, std::string, std::less<>>;
    struct Sources {
        std::map<std::string, std::string, std::less<>> templates;  // by name
        std::map<std::string, Texts, std::less<>> texts;            // by language
    };
    // Those of web/, embedded by the build.
    static Sources embedded();
    explicit Templates(Sources sources) : all_(std::move(sources)) {}

    // The template `name` within the frame, as a whole document. Throws std::logic_error for a template or a text that
    // is not there.
    std::string render(std::string_view name, std::string_view language, Values values) const;

    // The template alone, to be put into a page of that language that is shown already.
    std::string render_part(std::string_view name, std::string_view language, const Values& values) const;

    // A text with its values as they are: plain text, to be escaped by whoever shows it.
    std::string text(std::string_view language, std::string_view key, const Values& values = {}) const;

    // Whether there is a text of that name.
    bool has_text(std::string_view key) const;

private:
    void append_whole(std::string& out, std::string_view text, std::string_view page, std::string_view language) const;
    template <class Data>
    std::string fill_in(std::string_view which, std::string_view page, std::string_view language,
                        const Data& values) const;
    const std::string& find_text(std::string_view language, std::string_view key) const;
    Sources all_;
};

}  // namespace keyhold::pages
