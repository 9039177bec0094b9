// SPDX-License-Identifier: Apache-2.0
// /admin/backups: the database as it was, for owners, who show their password again first: a backup holds every
// password hash.
#include "domain/backups.hpp"

#include "domain/errors.hpp"
#include "http/connection/sender.hpp"
#include "http/routes/file_source.hpp"
#include "pages/admin/routes.hpp"

namespace keyhold::pages {
namespace {

using domain::Backups;

// "3.2 MB": powers of ten, as disks have them.
std::string size_in_words(std::uint64_t bytes) {
    constexpr std::uint64_t step = 1000;
    std::string_view unit = "kB";
    // In tenths of a kB, so that one decimal is left without floating point.
    std::uint64_t tenths = bytes / (step / 10);
    for (const std::string_view larger : {"MB", "GB", "TB"}) {
        if (tenths < step * 10) break;
        tenths /= step;
        unit = larger;
    }
    return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " " + std::string(unit);
}

// The files in the folder of backups, and the commands and calls that do the same. Restoring is for the command line
// alone, as no server may run meanwhile.
Values values_of(const OwnerVisit& visit, Backups& backups) {
    std::vector<Values> list;
    for (const Backups::Backup& one : backups.list())
        list.push_back({{"backup", one.name}, {"size", size_in_words(one.size)}, {"at", one.made_at}});
    Values values{
        {"is_possible", backups.are_possible()}, {"has_backups", !list.empty()}, {"backups", std::move(list)}};
    if (const auto last = backups.last()) values.emplace_back("last", *last);
    values.emplace_back(
        "how",
        how(visit, {{"admin_backups.make", "keyhold backup create FILE", "POST", "/admin/api/backups"},
                    {"admin_backups.look", "keyhold backup verify FILE", "POST", "/admin/api/backups/NAME/verify"},
                    {.label = "admin_backups.take",
                     .command = "",
                     .method = "GET",
                     .path = "/admin/api/backups/NAME",
                     .is_download = true},
                    {"admin_backups.remove", "", "DELETE", "/admin/api/backups/NAME"},
                    {"admin_backups.restore", "keyhold backup restore FILE"}}));
    return values;
}

// GET /admin/backups
Answer show_backups(const OwnerVisit& visit, const http::Query<AdminDone>& way, Backups& backups) {
    Values values = values_of(visit, backups);
    add_done(values, visit, "admin_backups", way->done);
    return visit.show("backups", std::move(values));
}

// `backup` is the name of a file, empty for "make".
struct BackupAct {
    static constexpr std::string_view schema_name = "AdminBackupForm";
    static constexpr http::Notation notation = http::Notation::form;
    std::string action, backup;
};
KEYHOLD_FIELDS(BackupAct, (action, one_of("make", "look", "remove")), (backup, may_be_absent()))

// The page with what was found in one backup.
Answer show_contents(const OwnerVisit& visit, Backups& backups, const std::string& name,
                     const store::BackupContents& contents) {
    Values values = values_of(visit, backups);
    std::vector<Values> problems;
    for (const std::string& problem : contents.problems) problems.push_back({{"problem", problem}});
    values.emplace_back("looked_at", name);
    values.emplace_back("is_whole", problems.empty());
    values.emplace_back("problems", std::move(problems));
    values.emplace_back("accounts", std::to_string(contents.accounts));
    values.emplace_back("live_sessions", std::to_string(contents.sessions));
    values.emplace_back("signing_keys", std::to_string(contents.keys));
    values.emplace_back("schema", std::to_string(contents.schema));
    return visit.show("backups", std::move(values));
}

// POST /admin/backups
Answer change_backups(const OwnerForm<BackupAct>& form, Backups& backups) {
    const auto& [visit, fields] = form;
    const auto refused = [&visit = visit, &backups](const Error& error) {
        return visit.show_error("backups", values_of(visit, backups), error);
    };
    if (fields.action == "make") {
        const auto made = backups.make(visit.rights());
        return made ? visit.go_to("/admin/backups?done=make") : refused(made.error());
    }
    if (fields.action == "remove") {
        const auto removed = backups.remove(fields.backup, visit.rights());
        return removed ? visit.go_to("/admin/backups?done=remove") : refused(removed.error());
    }
    const auto contents = backups.look_through(fields.backup, visit.rights());
    return contents ? show_contents(visit, backups, fields.backup, *contents) : refused(contents.error());
}

// GET /admin/backups/{name}: by a link of ours. One on another site starts no download.
Result<http::Download> take_backup(const OwnerVisit& visit, const http::Path<"name">& name, Backups& backups) {
    if (http::sender_of(visit.request()) == http::Sender::other_page) return errors::cross_site;
    auto opened = backups.open(*name, visit.rights());
    if (!opened) return std::move(opened).error();
    return http::Download{std::make_shared<http::FileSource>(std::move(opened->file), opened->size), *name};
}

}  // namespace

void add_admin_backup_routes(http::Mount& mount) {
    mount.add(http::Method::get, "/admin/backups", admin_route("Backups", http::On::storing), show_backups);
    mount.add(http::Method::post, "/admin/backups", admin_route("Make a backup", http::On::storing), change_backups);
    auto file = admin_route("A backup as a file", http::On::storing);
    file.no_store = true;
    mount.add(http::Method::get, "/admin/backups/{name}", file, take_backup);
}

}  // namespace keyhold::pages
