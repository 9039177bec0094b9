// SPDX-License-Identifier: Apache-2.0
#include "base/setting.hpp"

#include <algorithm>

#include "base/integer.hpp"

namespace keyhold {
namespace {

Error wrong(std::string what) { return Error(errors::configuration, std::move(what)); }

}  // namespace

Result<> read_setting(std::string& member, std::string_view text) {
    member = text;
    return {};
}
Result<> read_setting(Secret& member, std::string_view text) {
    member = Secret(text);
    return {};
}
Result<> read_setting(std::int64_t& member, std::string_view text) {
    const auto number = parse_integer<std::int64_t>(text);
    if (!number) return wrong("is not a whole number");
    member = *number;
    return {};
}
Result<> read_setting(bool& member, std::string_view text) {
    if (text != "true" && text != "false" && text != "1" && text != "0") return wrong("is neither true nor false");
    member = text == "true" || text == "1";
    return {};
}
// Empty items are left out, so that a comma too many does nothing.
Result<> read_setting(std::vector<std::string>& member, std::string_view text) {
    member.clear();
    while (!text.empty()) {
        const std::string_view item = text.substr(0, text.find(','));
        text.remove_prefix(std::min(item.size() + 1, text.size()));
        if (!item.empty()) member.emplace_back(item);
    }
    return {};
}
Result<> read_setting(std::optional<Time>& member, std::string_view text) {
    constexpr std::size_t of_day = 10;  // 2026-12-31
    member = text.size() == of_day ? parse_time(std::string(text) + "T00:00:00Z") : parse_time(text);
    if (member || text.empty()) return {};
    return wrong("is no time, as in 2026-12-31 or 2026-12-31T12:00:00Z");
}

std::string show_setting(const std::string& member) { return member; }
std::string show_setting(const Secret& member) { return member.empty() ? "" : "(set)"; }
std::string show_setting(std::int64_t member) { return std::to_string(member); }
std::string show_setting(bool member) { return member ? "true" : "false"; }
std::string show_setting(const std::vector<std::string>& member) {
    std::string text;
    for (const std::string& item : member) text += (text.empty() ? "" : ",") + item;
    return text;
}
std::string show_setting(const std::optional<Time>& member) { return member ? rfc3339(*member) : ""; }

Result<> read_setting_between(std::int64_t& member, std::string_view text, std::int64_t low, std::int64_t high) {
    if (auto result = read_setting(member, text); !result) return result;
    if (member >= low && member <= high) return {};
    return wrong("is not between " + std::to_string(low) + " and " + std::to_string(high));
}

// An absolute path stays as it is (std::filesystem's operator /).
std::string path_in_folder(std::string_view text, const std::filesystem::path& folder) {
    return text.empty() ? std::string() : (folder / text).lexically_normal().string();
}

}  // namespace keyhold
