// SPDX-License-Identifier: Apache-2.0
// Reads every user of another application's table once and counts: which hashes there are, which names clash, and which
// no account here can have.
#include "cli/adoption/adoption_report.hpp"

#include <algorithm>
#include <bit>
#include <unordered_set>

#include "crypto/written_hash.hpp"
#include "domain/accounts/names.hpp"

namespace keyhold::cli {
namespace {

using store::ForeignUser;

// Of names that clash or cannot be; the report counts the others.
constexpr std::size_t most_listed = 10;

// The line of the report that this hash is counted in, such as "bcrypt, cost 12". Also finds the strongest hash of each
// kind that we can write, since new hashes must not be weaker.
std::string kind_of(std::string_view hash, AdoptionReport& report) {
    if (hash.empty()) return "none: nobody can log in with a password";
    const crypto::PasswordFormat* const format = crypto::find_password_format(hash);
    const auto strength = format != nullptr ? format->parse(hash) : std::nullopt;
    if (!strength) return ++report.unreadable, "of no format that Keyhold reads";
    const bool is_crypt = format->name == "bcrypt";
    if (const std::string name = crypto::written_name_of(hash); !name.empty()) {
        AdoptionReport::Kind& kind = report.written[name];
        if (kind.rows++ == 0 || kind.strongest.is_below(*strength)) {
            const auto written = crypto::WrittenHash::of(hash);
            kind.strongest = *strength;
            if (name == "argon2id") kind.lanes = format->work(hash).value().of[2];
            kind.method = written ? written->method() : name;
        }
    }
    return std::string(format->name) +
           // bcrypt's passes are 2^cost.
           (is_crypt ? ", cost " + std::to_string(std::bit_width(strength->passes) - 1) : std::string());
}

// The second look, for the names that more than one row has: it needs the names themselves, of which the first look
// keeps digests alone.
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

const std::pair<const std::string, AdoptionReport::Kind>* most_written(const AdoptionReport& report) {
    const auto most = std::ranges::max_element(report.written, {}, [](const auto& one) { return one.second.rows; });
    return most != report.written.end() ? &*most : nullptr;
}

AdoptionReport report_on(store::ForeignDatabase& database, const store::ForeignTable& table,
                         const std::function<void(std::int64_t row)>& progress) {
    AdoptionReport report;
    // Digests instead of names, so that millions of users take megabytes. That two names have one digest is unlikely,
    // and would only list a name that clashes with none.
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
