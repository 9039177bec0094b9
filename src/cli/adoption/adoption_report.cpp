// SPDX-License-Identifier: Apache-2.0
// Reads every user of another application's table once and counts: which hashes there are, which names clash, and which
// no account here can have.
#include "cli/adoption/adoption_report.hpp"

#include <algorithm>
#include <bit>
#include <unordered_set>

#include "base/text.hpp"
#include "crypto/written_hash.hpp"
#include "domain/accounts/email_address.hpp"
#include "domain/accounts/names.hpp"
#include "domain/accounts/unicode.hpp"
#include "domain/adoption/account_record.hpp"

namespace keyhold::cli {
namespace {

using store::ForeignUser;

// Of names that clash or cannot be; the report counts the others.
constexpr std::size_t most_listed = 10;

// Fewer rows say nothing of what all have in common.
constexpr std::int64_t telling_rows = 3;

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

void AdoptionReport::Letters::add(std::string_view text) {
    const auto may_be_letter = [](char c) { return is_ascii_letter(c) || static_cast<unsigned char>(c) >= 0x80; };
    if (!std::ranges::any_of(text, may_be_letter) || !domain::count_characters(text)) return;
    ++texts;
    if (domain::in_small_letters(text) != text) ++with_capitals;
}

bool AdoptionReport::Letters::are_small() const { return texts >= telling_rows && with_capitals == 0; }

void follow_rows(ForeignUsers& users, const AdoptionReport& report, const TableNames& names) {
    store::ForeignTable& table = users.table;
    if (const auto* const written = most_written(report)) table.written_hash = written->first;
    if (!table.email.empty() && report.rows != 0 && report.without_address == 0) {
        table.email_required = true;
        table.no_email.clear();
    }
    const auto known = domain::column_named(table.name);
    table.spelling.names_are_addresses =
        (known && known->column == domain::Column::email) || (report.rows >= telling_rows && report.no_addresses == 0);
    if (names.as_typed) return;
    table.spelling.small_names = report.names.are_small();
    // Where the name is the address there is no other column to ask.
    table.spelling.small_addresses = table.email.empty()
                                         ? table.spelling.names_are_addresses && report.names.are_small()
                                         : report.addresses.are_small();
}

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
        report.names.add(user.name);
        report.addresses.add(user.email);
        if (user.email.empty()) ++report.without_address;
        // One that is none says it of the column, so the others are not looked at.
        if (report.no_addresses == 0 && !domain::parse_email_address(user.name)) ++report.no_addresses;
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
