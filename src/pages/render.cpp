// SPDX-License-Identifier: Apache-2.0
#include "pages/render.hpp"

#include <algorithm>
#include <kainjow/mustache.hpp>
#include <stdexcept>

namespace keyhold::pages {
namespace {

using kainjow::mustache::data;
using kainjow::mustache::mustache;

struct Template {
    std::string_view name;
    std::string_view text;
};
constexpr Template templates[] = {
#define KEYHOLD_TEMPLATE(name, text) {name, text},
#include "templates_table.inc"
#undef KEYHOLD_TEMPLATE
};

std::string fill_in(std::string_view name, const data& values) {
    for (const Template& row : templates) {
        if (row.name != name) continue;
        mustache made{std::string(row.text)};
        if (!made.is_valid()) throw std::logic_error("template " + std::string(name) + ": " + made.error_message());
        return made.render(values);
    }
    throw std::logic_error("there is no template " + std::string(name));
}

// From a path back to the start page: "./" from "/docs", "../" from "/docs/x".
std::string root_from(std::string_view path) {
    constexpr auto deepest = 16;  // beyond that somebody plays, and pays with a link that may be wrong
    const auto depth = std::count(path.begin(), path.end(), '/') - 1;
    if (depth <= 0) return "./";
    std::string root;
    for (auto i = std::min<std::ptrdiff_t>(depth, deepest); i > 0; --i) root += "../";
    return root;
}

}  // namespace

std::string render(std::string_view name, std::string_view path, Values values) {
    data all;
    all.set("root", root_from(path));
    for (const auto& [key, value] : values) {
        if (const bool* const shown = std::get_if<bool>(&value))
            all.set(std::string(key), *shown ? data::type::bool_true : data::type::bool_false);
        else
            all.set(std::string(key), std::get<std::string>(value));
    }
    all.set("main", fill_in(name, all));  // escaped already: the frame takes it as it is
    return fill_in("frame", all);
}

}  // namespace keyhold::pages
