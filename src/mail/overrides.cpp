// SPDX-License-Identifier: Apache-2.0
// An operator's own texts and templates of mails, held against ours before any mail is written.
#include <algorithm>
#include <array>
#include <set>

#include "base/override_files.hpp"
#include "base/template_tags.hpp"
#include "mail/texts.hpp"

namespace keyhold::mail {
namespace {

namespace fs = std::filesystem;
using Names = std::set<std::string, std::less<>>;

constexpr std::string_view html_template = "mail.html.mustache";
constexpr std::array templates{std::string_view("mail.txt.mustache"), html_template};

// The values that a text of ours shows.
Names values_of(std::string_view ours) {
    Names names;
    // Ours are correct: the build and the tests have filled them in.
    const auto tags = tags_of(ours);
    for (const Tag& tag : tags.value()) names.insert(tag.name);
    return names;
}

enum class Markup { refused, taken };

// `line`: of the file, where the text begins.
Result<> check(const fs::path& file, std::string_view text, const Names& values, Markup markup, std::size_t line = 1) {
    const auto tags = tags_of(text, line);
    if (!tags) return wrong_override(file, tags.error().detail());
    for (const Tag& tag : *tags) {
        const std::string at = std::to_string(tag.line) + ": ";
        if (tag.kind == 'u' && markup == Markup::refused)
            return wrong_override(file, at + "{{{" + tag.name + "}}} would show markup: write {{" + tag.name + "}}");
        if (tag.kind == '>') return wrong_override(file, at + "a mail has no parts: {{>" + tag.name + "}}");
        // A name with a typing error would be shown as nothing, and be found by whoever reads the mail.
        if (!values.contains(tag.name)) return wrong_override(file, at + "this mail has no value {{" + tag.name + "}}");
    }
    return {};
}

}  // namespace

Result<> Catalogue::take_texts(const fs::path& file) {
    const auto text = read_override(file);
    if (!text) return text.error();
    const std::string language = file.stem().string();
    if (std::ranges::find(languages(), language) == languages().end())
        return wrong_override(file, " there is no such language");
    for (const auto& [key, words, line] : lines_of_texts(*text)) {
        const auto ours = text_of_ours("en", key);
        const std::string at = std::to_string(line) + ": ";
        // Where ours has no button there is no link.
        if (!ours || (ours->empty() && key.ends_with(".button")))
            return wrong_override(file, at + "no mail shows a text " + key);
        // Only the last sentence may be left out; a mail without a subject, or a button without words, is broken.
        if (words.empty() && !key.ends_with(".aside")) return wrong_override(file, at + key + " is empty");
        Names values = values_of(*ours);
        // They stand at the foot of every mail. Others might tell a stranger what a mail is careful not to say.
        values.insert({"service", "to"});
        if (auto checked = check(file, words, values, Markup::refused, line); !checked) return checked;
        own_.insert_or_assign({language, key}, words);
    }
    return {};
}

Result<> Catalogue::take_template(const fs::path& file) {
    const std::string name = file.filename().string();
    if (std::ranges::find(templates, name) == templates.end())
        return wrong_override(file, " mails have mail.txt.mustache and mail.html.mustache alone");
    const auto text = read_override(file);
    if (!text) return text.error();
    Names values;
    for (const std::string_view each : templates) values.merge(values_of(*text_of_ours({}, each)));
    if (auto checked = check(file, *text, values, name == html_template ? Markup::refused : Markup::taken); !checked)
        return checked;
    own_.insert_or_assign({std::string(), name}, *text);
    return {};
}

Result<Catalogue> Catalogue::load(const std::string& folder) {
    Catalogue catalogue;
    if (folder.empty()) return catalogue;
    if (auto checked = check_override_folder("mail_templates_dir", folder); !checked) return std::move(checked).error();
    for (const fs::path& file : override_files(folder, ".mustache"))
        if (auto taken = catalogue.take_template(file); !taken) return std::move(taken).error();
    for (const fs::path& file : override_files(fs::path(folder) / "texts", ".txt"))
        if (auto taken = catalogue.take_texts(file); !taken) return std::move(taken).error();
    return catalogue;
}

}  // namespace keyhold::mail
