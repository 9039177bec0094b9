// SPDX-License-Identifier: Apache-2.0
// An operator's own templates and texts (pages_templates_dir). They are checked when the server starts, so that a
// mistake is found then and not by a visitor.
#include "pages/overrides.hpp"

#include <filesystem>
#include <set>

#include "base/override_files.hpp"
#include "base/template_tags.hpp"
#include "base/text.hpp"
#include "pages/language.hpp"

namespace keyhold::pages {
namespace {

namespace fs = std::filesystem;
using Names = std::set<std::string, std::less<>>;

std::vector<Tag> tags_of_ours(std::string_view text) {
    auto tags = tags_of(text);
    // Ours are correct, as the tests of the templates hold them against tags_of().
    return std::move(tags).value();
}

// What ours show, and where.
// Lives while the templates are loaded.
class Known {
public:
    explicit Known(const Templates::Sources& ours) : ours_(ours) {
        for (const auto& [name, text] : ours.templates)
            for (const Tag& tag : tags_of_ours(text))
                if (tag.kind == '>' && ours.templates.contains(tag.name)) parts_.insert(tag.name);
    }

    // Parts hold texts, and texts hold values: so nothing can hold itself.
    bool may_hold(std::string_view holder, std::string_view name) const {
        if (texts().contains(holder)) return false;
        if (name == "page.title" || texts().contains(name)) return true;
        return parts_.contains(name) && !parts_.contains(holder);
    }
    const Templates::Texts& texts() const { return ours_.texts.find(first_language)->second; }

    // The values of a text of ours, its parts and its texts, and those that every page has.
    Names values_of(std::string_view text) const {
        Names names{"root", "brand", "program", "language", "direction", "signed_in", "form_token"}, seen;
        collect(text, names, seen);
        return names;
    }

private:
    void collect(std::string_view text, Names& names, Names& seen) const {
        for (const Tag& tag : tags_of_ours(text)) {
            if (tag.kind != '>') {
                names.insert(tag.name);
                continue;
            }
            // Each once, so that the search ends.
            if (!seen.insert(tag.name).second) continue;
            if (const auto part = ours_.templates.find(tag.name); part != ours_.templates.end())
                collect(part->second, names, seen);
            if (const auto words = texts().find(tag.name); words != texts().end()) collect(words->second, names, seen);
        }
    }
    const Templates::Sources& ours_;
    Names parts_;
};

// `line`: of the file, where the text begins.
Result<> check(const fs::path& file, std::string_view name, std::string_view text, std::string_view ours,
               const Known& known, std::size_t line = 1) {
    const auto tags = tags_of(text, line);
    if (!tags) return wrong_override(file, tags.error().detail());
    const Names values = known.values_of(ours);
    for (const Tag& tag : *tags) {
        const std::string at = std::to_string(tag.line) + ": ";
        // The frame takes the page's own markup as {{{main}}}; nothing else is markup.
        if (tag.kind == 'u' && (tag.name != "main" || file.stem() != "frame"))
            return wrong_override(file, at + "{{{" + tag.name + "}}} would show markup: write {{" + tag.name + "}}");
        if (tag.kind == '>' && !known.may_hold(name, tag.name))
            return wrong_override(file, at + "{{>" + tag.name + "}} is no text, and no part that may stand here");
        // A name with a typing error would be shown as nothing, and be found by a visitor.
        if (tag.kind != '>' && !values.contains(tag.name))
            return wrong_override(file, at + "this page has no value {{" + tag.name + "}}");
    }
    return {};
}

// The texts of one language, from a file that is called by it; keys that it leaves out keep our text.
Result<> take_texts(const fs::path& file, Templates::Sources& all, const Known& known) {
    const auto text = read_override(file);
    if (!text) return text.error();
    const auto language = all.texts.find(file.stem().string());
    if (language == all.texts.end()) return wrong_override(file, " there is no such language");
    for (const auto& [key, words, line] : lines_of_texts(*text)) {
        const auto ours = known.texts().find(key);
        if (ours == known.texts().end())
            return wrong_override(file, std::to_string(line) + ": nothing shows a text " + key);
        if (auto checked = check(file, key, words, ours->second, known, line); !checked) return checked;
        language->second.insert_or_assign(key, words);
    }
    return {};
}

}  // namespace

// Refused: configuration, with the file, the line and what is wrong.
Result<std::unique_ptr<const Templates>> load_templates(const std::string& folder) {
    Templates::Sources all = Templates::embedded();
    if (folder.empty()) return std::make_unique<const Templates>(std::move(all));
    const Templates::Sources ours = all;
    const Known known(ours);
    if (auto checked = check_override_folder("pages_templates_dir", folder); !checked)
        return std::move(checked).error();
    for (const fs::path& file : override_files(folder, ".mustache")) {
        const auto of_ours = ours.templates.find(file.stem().string());
        if (of_ours == ours.templates.end()) return wrong_override(file, " there is no page of that name");
        const auto text = read_override(file);
        if (!text) return text.error();
        if (auto checked = check(file, of_ours->first, *text, of_ours->second, known); !checked)
            return std::move(checked).error();
        // Every such form of a browser would be refused without it.
        constexpr std::string_view token = "{{>form_token}}";
        if (ascii_lower(*text).find("method=\"post\"") != text->npos && text->find(token) == text->npos)
            return wrong_override(file, " its form has to keep " + std::string(token));
        all.templates.insert_or_assign(of_ours->first, *text);
    }
    for (const fs::path& file : override_files(fs::path(folder) / "texts", ".txt"))
        if (auto taken = take_texts(file, all, known); !taken) return std::move(taken).error();
    return std::make_unique<const Templates>(std::move(all));
}

}  // namespace keyhold::pages
