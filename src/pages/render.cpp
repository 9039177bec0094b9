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
        const auto part = templates_.all_.templates.find(key);
        const bool is_text = part == templates_.all_.templates.end();
        const std::string& text = is_text ? templates_.find_text(language_, key) : part->second;
        return &shown_.emplace(key, data(text)).first->second;
    }

private:
    const Templates& templates_;
    const std::string page_;
    const std::string_view language_;
    mutable std::map<std::string, data> shown_;  // the library keeps a pointer to what it was given
};

std::vector<TextLine> lines_of_texts(std::string_view file) {
    std::vector<TextLine> lines;
    for (std::size_t number = 1; !file.empty(); ++number) {
        const std::size_t end = std::min(file.find('\n'), file.size());
        const std::string_view line = trimmed(file.substr(0, end));
        file.remove_prefix(std::min(end + 1, file.size()));
        if (line.empty() || line.starts_with('#')) continue;
        const std::size_t colon = std::min(line.find(':'), line.size());
        lines.push_back({std::string(trimmed(line.substr(0, colon))),
                         std::string(trimmed(line.substr(std::min(colon + 1, line.size())))), number});
    }
    return lines;
}

Templates::Sources Templates::embedded() {
    Sources all;
    for (const auto& [name, text] : embedded_templates) all.templates.emplace(name, text);
    for (const auto& [name, file] : embedded_texts)
        for (auto& line : lines_of_texts(file)) all.texts[std::string(name)].emplace(std::move(line.key), line.text);
    return all;
}

bool Templates::has_text(std::string_view key) const {
    const auto texts = all_.texts.find(first_language);
    return texts != all_.texts.end() && texts->second.contains(key);
}

const std::string& Templates::find_text(std::string_view language, std::string_view key) const {
    for (const std::string_view of : {language, first_language}) {
        const auto texts = all_.texts.find(of);
        if (texts == all_.texts.end()) continue;
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
        const auto found = all_.templates.find(which);
        if (found == all_.templates.end()) throw std::logic_error("there is no template " + std::string(which));
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
