// SPDX-License-Identifier: Apache-2.0
#include "cli/tools/adoption_report.hpp"

#include <algorithm>
#include <bit>
#include <unordered_set>

#include "crypto/password_formats.hpp"
#include "domain/names.hpp"

namespace keyhold::cli {
namespace {

using store::ForeignUser;

constexpr std::size_t most_listed = 10;

std::string kind_of(std::string_view hash, AdoptionReport& report) {
    if (hash.empty()) return "none: nobody can log in with a password";
    const crypto::PasswordFormat* const format = crypto::find_password_format(hash);
    const auto strength = format != nullptr ? format->parse(hash) : std::nullopt;
    if (!strength) return ++report.unreadable, "of no format that Keyhold reads";
    const bool is_crypt = format->name == "bcrypt";
    if (is_crypt) ++report.bcrypt;
    if (hash.starts_with("$argon2id$")) {
        ++report.argon2id;
        report.argon2_memory = static_cast<std::int64_t>(strength->memory);
        report.argon2_passes = static_cast<std::int64_t>(strength->passes);
    }
    return std::string(format->name) +
           (is_crypt ? ", cost " + std::to_string(std::bit_width(strength->passes) - 1) : std::string());
}

// The second look, for the names that more than one row has.
void list_clashes(store::ForeignDatabase& database, const store::ForeignTable& table,
                  const std::unordered_set<std::size_t>& clashing, AdoptionReport& report) {
    std::map<std::string, std::string> groups;
    database.each_user(table, [&](const ForeignUser& user) {
        const auto name = domain::parse_name(user.name);
        if (!name || !clashing.contains(std::hash<std::string>{}(name->key))) return;
        if (groups.size() == most_listed && !groups.contains(name->key)) return;
        std::string& group = groups[name->key];
        group.append(group.empty() ? "" : ", ").append(user.name).append(" (").append(user.id).append(")");
    });
    for (auto& [key, group] : groups) report.clashes.push_back(std::move(group));
}

}  // namespace

AdoptionReport report_on(store::ForeignDatabase& database, const store::ForeignTable& table,
                         const std::function<void(std::int64_t row)>& progress) {
    AdoptionReport report;
    std::unordered_set<std::size_t> seen, clashing;  // digests of names
    database.each_user(table, [&](const ForeignUser& user) {
        progress(++report.rows);
        if (!user.active) ++report.locked_out;
        ++report.hashes[kind_of(user.password_hash, report)];
        const auto name = domain::parse_name(user.name);
        if (!name) {
            if (++report.odd <= static_cast<std::int64_t>(most_listed))
                report.oddities.push_back("id " + user.id + ": " + name.error().fields().front().msg);
            return;
        }
        const std::size_t digest = std::hash<std::string>{}(name->key);
        if (seen.insert(digest).second) return;
        ++report.clashing;
        clashing.insert(digest);
    });
    if (!clashing.empty()) list_clashes(database, table, clashing, report);
    return report;
}

}  // namespace keyhold::cli
