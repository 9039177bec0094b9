// SPDX-License-Identifier: Apache-2.0
// /admin/api/backups: copies of the SQLite database, for owners alone, as they hold every password hash.
#include "api/admin_shapes.hpp"
#include "api/routes.hpp"
#include "domain/accounts/levels.hpp"
#include "domain/backups.hpp"
#include "http/routes/file_source.hpp"

namespace keyhold::api {
namespace {

using BackupName = http::Path<"backup", std::string, about("The name of its file")>;

using domain::Backups;

struct ShownBackup {
    static constexpr std::string_view schema_name = "AdminBackup";
    std::string name;
    std::int64_t size = 0;
    std::string made_at;
};
KEYHOLD_FIELDS(ShownBackup, (name, about("Its file in the folder `backups` beside the database")),
               (size, about("In bytes")), (made_at, about("RFC 3339")))

ShownBackup shown(const Backups::Backup& one) {
    return {one.name, static_cast<std::int64_t>(one.size), rfc3339(one.made_at)};
}

struct BackupList {
    static constexpr std::string_view schema_name = "AdminBackups";
    std::vector<ShownBackup> backups;
};
KEYHOLD_FIELDS(BackupList, (backups, about("Newest first; those that lie on the server")))

// GET /admin/api/backups. All that follow refuse an administrator who is no owner too, as Backups does.
BackupList list_backups(const Owner&, Backups& backups) {
    BackupList list;
    for (const Backups::Backup& one : backups.list()) list.backups.push_back(shown(one));
    return list;
}

// POST /admin/api/backups: a copy while the database is in use. Refused: backup_impossible, where the database is not
// SQLite, or another backup is being made; backup_failed.
Result<ShownBackup> make_backup(const Administrator& who, Backups& backups) {
    const auto made = backups.make(who.rights());
    if (!made) return made.error();
    return shown(*made);
}

struct Contents {
    static constexpr std::string_view schema_name = "AdminBackupContents";
    std::vector<std::string> problems;
    std::int64_t schema = 0, accounts = 0, live_sessions = 0, signing_keys = 0;
};
KEYHOLD_FIELDS(Contents, (problems, about("What is wrong with it, a sentence each; empty: it is whole")),
               (schema, about("The number of its schema")), (accounts, about("How many users it has")),
               (live_sessions, about("Sessions that had not ended")),
               (signing_keys, about("Keys that had not been dropped")))

// POST /admin/api/backups/{backup}/verify: reads all of it. Damage is no refusal: it is what the answer says.
Result<Contents> verify_backup(const Administrator& who, const BackupName& name, Backups& backups) {
    const auto found = backups.look_through(*name, who.rights());
    if (!found) return found.error();
    return Contents{found->problems, found->schema, found->accounts, found->sessions, found->keys};
}

// GET /admin/api/backups/{backup}: the file, with every password hash in it. So a browser's cookie is not enough: the
// password has to have been shown in the last five minutes (RecentAdministrator), though this is only a GET.
Result<http::Download> take_backup(const RecentAdministrator& who, const BackupName& name, Backups& backups) {
    auto opened = backups.open(*name, who.rights());
    if (!opened) return std::move(opened).error();
    // Read while it is sent, as a database may be larger than memory.
    return http::Download{std::make_shared<http::FileSource>(std::move(opened->file), opened->size), *name};
}

// DELETE /admin/api/backups/{backup}. A backup has no entity tag, so that an If-Match that names one is refused.
Result<> remove_backup(const Administrator& who, const BackupName& name, const OptionalIfMatch& seen,
                       Backups& backups) {
    if (auto checked = seen.check_untagged(); !checked) return checked;
    return backups.remove(*name, who.rights());
}

}  // namespace

void add_admin_backup_routes(http::Mount& mount) {
    using enum http::Method;
    using enum http::On;
    constexpr Errc more = errors::rights_exceeded, none = errors::backup_not_found, failed = errors::backup_failed;
    const std::string all = "/admin/api/backups", one = all + "/{backup}";
    mount.add(get, all, about_route("Backups on the server", storing, "For owners, as all that follows."),
              list_backups);
    mount.add(post, all,
              about_route("Make a backup", storing,
                          "A copy of the SQLite database as it is now, while it is in use. It is read back before this "
                          "answers.",
                          {more, errors::backup_impossible, failed}),
              make_backup);
    mount.add(get, one, about_route("Download a backup", storing, "The bytes of its file.", {more, none, failed}),
              take_backup);
    mount.add(delete_, one, about_route("Delete a backup", storing, "From the server.", {more, none, failed}),
              remove_backup);
    mount.add(post, one + "/verify",
              about_route("Read all of a backup", storing,
                          "Says what is in it, and what is wrong with it if anything is.", {more, none, failed}),
              verify_backup);
}

}  // namespace keyhold::api
