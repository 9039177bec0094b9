// SPDX-License-Identifier: Apache-2.0
#include "pages/render.hpp"

#include <kainjow/mustache.hpp>
#include <stdexcept>

#include "base/text.hpp"
#include "pages/language.hpp"

namespace keyhold::pages {
namespace {

using kainjow::mustache::data;
using kainjow::mustache::mustache;

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

data of(const Values& values) {
    data all;
    for (const auto& [name, value] : values) {
        if (const auto* const text = std::get_if<std::string>(&value)) {
            if (!text->empty()) all.set(name, *text);
        } else if (const bool* const shown = std::get_if<bool>(&value)) {
            all.set(name, *shown ? data::type::bool_true : data::type::bool_false);
        } else {
            data list(data::type::list);
            for (const Values& item : std::get<std::vector<Values>>(value)) list.push_back(of(item));
            all.set(name, std::move(list));
        }
    }
    return all;
}

// "key: text" in each line; empty ones and those that begin with '#' say nothing.
std::map<std::string, std::string, std::less<>> parse_texts(std::string_view file) {
    std::map<std::string, std::string, std::less<>> texts;
    while (!file.empty()) {
        const std::string_view line = trimmed(file.substr(0, file.find('\n')));
        file.remove_prefix(std::min(file.find('\n'), file.size() - 1) + 1);
        if (line.empty() || line.starts_with('#')) continue;
        const std::size_t colon = std::min(line.find(':'), line.size());
        texts.emplace(trimmed(line.substr(0, colon)), trimmed(line.substr(std::min(colon + 1, line.size()))));
    }
    return texts;
}

}  // namespace

// What one page is filled in with: its values, and as partials other templates and texts.
class Filling final : public kainjow::mustache::context<std::string> {
public:
    Filling(const Templates& templates, std::string_view page, std::string_view language, const data& values)
        : context(&values), templates_(templates), page_(page), language_(language) {}

    const data* get_partial(const std::string& name) const override {
        constexpr std::string_view of_this = "page.";
        const std::string key = name.starts_with(of_this) ? page_ + "." + name.substr(of_this.size()) : name;
        const auto found = shown_.find(key);
        if (found != shown_.end()) return &found->second;
        const auto part = templates_.templates_.find(key);
        const bool is_text = part == templates_.templates_.end();
        const std::string& text = is_text ? templates_.find_text(language_, key) : part->second;
        return &shown_.emplace(key, data(text)).first->second;
    }

private:
    const Templates& templates_;
    const std::string page_;
    const std::string_view language_;
    mutable std::map<std::string, data> shown_;  // the library keeps a pointer to what it was given
};

Templates::Templates() {
    for (const auto& [name, text] : embedded_templates) templates_.emplace(name, text);
    for (const auto& [name, text] : embedded_texts) texts_.emplace(name, parse_texts(text));
}

const Templates& Templates::built_in() {
    static const Templates all;
    return all;
}

bool Templates::has_text(std::string_view key) const { return texts_.at(std::string(first_language)).contains(key); }

const std::string& Templates::find_text(std::string_view language, std::string_view key) const {
    for (const std::string_view of : {language, first_language}) {
        const auto texts = texts_.find(of);
        if (texts == texts_.end()) continue;
        if (const auto found = texts->second.find(key); found != texts->second.end()) return found->second;
    }
    throw std::logic_error("there is no text " + std::string(key));
}

std::string Templates::text(std::string_view language, std::string_view key, const Values& values) const {
    mustache made{find_text(language, key)};
    made.set_custom_escape([](const std::string& as_it_is) { return as_it_is; });
    return made.render(of(values));
}

std::string Templates::render(std::string_view name, std::string_view language, Values values) const {
    data all = of(values);
    const auto fill_in = [&](std::string_view which) {
        const auto found = templates_.find(which);
        if (found == templates_.end()) throw std::logic_error("there is no template " + std::string(which));
        mustache made{found->second};
        Filling filling(*this, name, language, all);
        std::string text = made.render(filling);
        if (!made.is_valid()) throw std::logic_error("template " + std::string(which) + ": " + made.error_message());
        return text;
    };
    all.set("main", fill_in(name));  // escaped already: the frame takes it as it is
    return fill_in("frame");
}

}  // namespace keyhold::pages
