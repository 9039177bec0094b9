// SPDX-License-Identifier: Apache-2.0
#include "base/template_tags.hpp"

#include <algorithm>
#include <utility>

#include "base/text.hpp"

namespace keyhold {
namespace {

Error wrong(std::size_t line, std::string what) {
    return {errors::malformed, std::to_string(line) + ": " + std::move(what)};
}

Result<> check_sections(const std::vector<Tag>& tags) {
    std::vector<const Tag*> open;
    for (const Tag& tag : tags) {
        if (tag.kind == '#' || tag.kind == '^') open.push_back(&tag);
        if (tag.kind != '/') continue;
        if (open.empty() || open.back()->name != tag.name)
            return wrong(tag.line, "{{/" + tag.name + "}} closes what is not open");
        open.pop_back();
    }
    if (open.empty()) return {};
    return wrong(open.back()->line, "{{" + std::string(1, open.back()->kind) + open.back()->name + "}} is not closed");
}

}  // namespace

Result<std::vector<Tag>> tags_of(std::string_view text, std::size_t line) {
    std::vector<Tag> tags;
    std::size_t counted = 0;  // a place in `line`
    for (std::size_t at = text.find("{{"); at != text.npos; at = text.find("{{", at)) {
        line += static_cast<std::size_t>(std::ranges::count(text.substr(counted, at - counted), '\n'));
        counted = at;
        const bool is_triple = text.substr(at).starts_with("{{{");
        const std::string_view end = is_triple ? "}}}" : "}}";
        const std::size_t begin = at + end.size(), close = text.find(end, begin);
        if (close == text.npos) return wrong(line, "a tag does not end");
        std::string_view inside = trimmed(text.substr(begin, close - begin));
        at = close + end.size();
        // A comment.
        if (inside.starts_with('!')) continue;
        if (inside.starts_with('=')) return wrong(line, "the delimiters stay as they are");
        char kind = is_triple ? 'u' : 'v';
        constexpr std::string_view marks = "#^/>&";
        if (!inside.empty() && marks.find(inside[0]) != marks.npos) {
            kind = inside[0] == '&' ? 'u' : inside[0];
            inside.remove_prefix(1);
        }
        tags.push_back({kind, std::string(trimmed(inside)), line});
    }
    if (auto checked = check_sections(tags); !checked) return std::move(checked).error();
    return tags;
}

}  // namespace keyhold
