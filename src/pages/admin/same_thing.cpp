// SPDX-License-Identifier: Apache-2.0
// What a button does, as a command and as a call of the API, so that whoever has done it once by hand can put it into a
// script.
#include "base/command_names.hpp"
#include "keyhold/base/json.hpp"
#include "pages/admin/routes.hpp"
#include "pages/own_path.hpp"

namespace keyhold::pages {

// Within '...' a POSIX shell reads everything as it is, up to the next '.
std::string quoted_for_shell(std::string_view text) {
    const bool is_plain =
        // A word with '-' in front would be read as an option.
        !text.empty() && text.front() != '-' &&
        text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.:/@+,") == text.npos;
    if (is_plain) return std::string(text);
    std::string quoted = "'";
    for (const char c : text) {
        if (c == '\'')
            // Out of the quotes, an escaped quote, and into them again.
            quoted += "'\\''";
        else
            quoted += c;
    }
    return quoted += '\'';
}

std::string argument_for_command(std::string_view text) {
    return (text.starts_with('-') ? "-- " : "") + quoted_for_shell(text);
}

std::string option_for_command(std::string_view name, std::string_view value) {
    if (value.empty()) return {};
    // With '=' a value may begin with '-'.
    return std::string(" ").append(name).append(value.starts_with('-') ? "=" : " ").append(quoted_for_shell(value));
}

std::string query_with(std::initializer_list<std::pair<std::string_view, std::string_view>> parts) {
    std::string query;
    for (const auto& [name, value] : parts)
        if (!value.empty()) query.append(query.empty() ? "" : "&").append(name).append("=").append(encoded(value));
    return query;
}

namespace {

std::string curl_of(const Visit& visit, const SameThing& thing) {
    std::string text("curl -X ");
    text.append(thing.method).append(" ").append(quoted_for_shell(links_begin_with(visit) + thing.path));
    // A variable: a token in a command would stand in the shell's history.
    text.append(" \\\n  -H \"Authorization: Bearer $TOKEN\"");
    if (!thing.version.empty()) text.append(" -H ").append(quoted_for_shell("If-Match: \"" + thing.version + "\""));
    if (!thing.body.empty())
        text.append(" \\\n  -H 'Content-Type: application/json' -d ").append(quoted_for_shell(thing.body));
    if (!thing.file.empty())
        text.append(" \\\n  -H ")
            .append(quoted_for_shell("Content-Type: " + std::string(thing.file)))
            .append(" --data-binary @FILE");
    if (thing.is_download) text.append(" \\\n  -o NAME");
    return text;
}

}  // namespace

// A body with one text member.
std::string json_of(std::string_view name, std::string_view text) {
    std::string made;
    json::Writer out(made);
    out.begin_object();
    out.member(name, text);
    out.end_object();
    return made;
}

std::vector<Values> how(const Visit& visit, const std::vector<SameThing>& things) {
    std::vector<Values> shown;
    for (const SameThing& thing : things) {
        std::string command = thing.command;
        name_commands(command, visit.site().program, "keyhold ");
        shown.push_back({{"what", visit.text(thing.label)},
                         {"command", std::move(command)},
                         {"curl", thing.path.empty() ? std::string() : curl_of(visit, thing)}});
    }
    return shown;
}

std::string word_of_code(const Visit& visit, std::string_view group, const std::string& code) {
    const std::string key = std::string(group).append(".").append(code);
    return visit.site().templates.has_text(key) ? visit.text(key) : code;
}

// A word that has no text is one that somebody typed into the address.
void add_done(Values& values, const Visit& visit, std::string_view page, std::string_view word) {
    const std::string key = std::string(page).append(".done_").append(word);
    if (visit.done(word) && visit.site().templates.has_text(key)) values.emplace_back("done", visit.text(key));
}

}  // namespace keyhold::pages
