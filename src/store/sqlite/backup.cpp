// SPDX-License-Identifier: Apache-2.0
#include "store/sqlite/backup.hpp"

#include <fcntl.h>
#include <pwd.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>

#include "store/database/backup_digest.hpp"
#include "store/database/file_lock.hpp"
#include "store/database/restore.hpp"
#include "store/errors.hpp"
#include "store/schema/migrations.hpp"

namespace keyhold::store {

namespace {

namespace fs = std::filesystem;

struct Close {
    void operator()(sqlite3* handle) const { sqlite3_close(handle); }
};
struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
struct Finish {
    void operator()(sqlite3_backup* backup) const { sqlite3_backup_finish(backup); }
};

Error refuse_backup(std::string why) { return {errors::configuration, std::move(why)}; }

// A connection of its own, without the settings of the driver: a backup may be of any database.
class Handle {
public:
    Handle(const std::string& path, int flags) {
        sqlite3* opened = nullptr;
        code_ = sqlite3_open_v2(path.c_str(), &opened, flags | SQLITE_OPEN_EXRESCODE, nullptr);
        handle_.reset(opened);
        sqlite3_busy_timeout(opened, 5000);
    }
    sqlite3* get() { return handle_.get(); }
    bool is_open() const { return code_ == SQLITE_OK; }
    bool execute(const char* sql) { return sqlite3_exec(get(), sql, nullptr, nullptr, nullptr) == SQLITE_OK; }
    std::string trouble() { return sqlite3_errmsg(get()); }

    // The first column of every row; empty if the question cannot be asked.
    std::vector<std::string> ask(const std::string& question) {
        sqlite3_stmt* prepared = nullptr;
        std::vector<std::string> answers;
        if (sqlite3_prepare_v2(get(), question.c_str(), -1, &prepared, nullptr) != SQLITE_OK) return answers;
        const std::unique_ptr<sqlite3_stmt, Finalize> statement(prepared);
        while (sqlite3_step(prepared) == SQLITE_ROW) {
            const auto* const text = reinterpret_cast<const char*>(sqlite3_column_text(prepared, 0));
            answers.emplace_back(text != nullptr ? text : "");
        }
        return answers;
    }
    std::int64_t number(const std::string& question) {
        const auto answers = ask(question);
        return answers.empty() ? 0 : std::strtoll(answers.front().c_str(), nullptr, 10);
    }

private:
    std::unique_ptr<sqlite3, Close> handle_;
    int code_;
};

// What was renamed, linked or unlinked in the folder of `path` survives a power cut.
bool sync_folder_of(const std::string& path) {
    const fs::path folder = fs::path(path).parent_path();
    const int descriptor = open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) return false;
    const bool synced = fsync(descriptor) == 0;
    close(descriptor);
    return synced;
}

// An empty file of our own, which nobody else may read.
Result<> make_private(const std::string& path) {
    const int descriptor = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (descriptor < 0) return refuse_backup("cannot make " + path + ": " + strerror(errno));
    close(descriptor);
    return {};
}

Result<> copy_pages(const std::string& path, const std::string& draft, const PagesDone& progress) {
    Handle from(path, SQLITE_OPEN_READONLY), to(draft, SQLITE_OPEN_READWRITE);
    if (!from.is_open()) return refuse_backup("cannot read " + path + ": " + from.trouble());
    if (!to.is_open()) return refuse_backup("cannot write " + draft + ": " + to.trouble());
    // One transaction around all steps: they see one moment, and nobody's writes make them begin again.
    if (!from.execute("BEGIN; SELECT COUNT(*) FROM sqlite_master"))
        return refuse_backup("cannot read " + path + ": " + from.trouble());
    // 16 MiB at SQLite's usual page size; between two steps the progress is told.
    constexpr int pages_at_once = 4096;
    {
        const std::unique_ptr<sqlite3_backup, Finish> backup(sqlite3_backup_init(to.get(), "main", from.get(), "main"));
        if (!backup) return refuse_backup("cannot write " + draft + ": " + to.trouble());
        int code = SQLITE_OK;
        while (code == SQLITE_OK) {
            code = sqlite3_backup_step(backup.get(), pages_at_once);
            const std::int64_t total = sqlite3_backup_pagecount(backup.get());
            progress(total - sqlite3_backup_remaining(backup.get()), total);
        }
        if (code != SQLITE_DONE) return refuse_backup("cannot copy " + path + ": " + sqlite3_errstr(code));
    }
    // One file, that is whole without a "-wal" beside it.
    if (!to.execute("PRAGMA journal_mode = DELETE"))
        return refuse_backup("cannot write " + draft + ": " + to.trouble());
    return {};
}

enum class Ending { of_a_database, of_a_backup };

// Made under another name and linked when it is complete: whoever finds the copy finds all of it.
Result<> copy_as(Ending ending, const std::string& path, const std::string& copy, const PagesDone& progress) {
    if (!fs::exists(path)) return Error(errors::not_found, "there is no database at " + path);
    if (fs::exists(copy)) return refuse_backup(copy + " is there already: choose another name");
    const std::string draft = copy + ".part";
    fs::remove(draft);
    if (auto made = make_private(draft); !made) return made;
    auto copied = copy_pages(path, draft, progress);
    if (copied && ending == Ending::of_a_backup) copied = append_digest(draft);
    // Linked, not renamed: whoever made the file meanwhile keeps it.
    if (copied && link(draft.c_str(), copy.c_str()) != 0)
        copied = refuse_backup("cannot make " + copy + ": " + strerror(errno));
    fs::remove(draft);
    if (copied && !sync_folder_of(copy)) copied = refuse_backup("cannot write to the folder of " + copy);
    return copied;
}

}  // namespace

Result<> copy_database(const std::string& path, const std::string& copy, const PagesDone& progress) {
    // Asked before anything is written: a copy of another application's file would be taken for a backup. What cannot
    // be asked is copied if it can be: a damaged database is worth a copy.
    if (fs::exists(path)) {
        const auto ours =
            Handle(path, SQLITE_OPEN_READONLY).ask("SELECT COUNT(*) FROM sqlite_master WHERE name = 'keyhold_schema'");
        if (!ours.empty() && ours.front() == "0")
            return refuse_backup("there is nothing of Keyhold's in the database " + path);
    }
    return copy_as(Ending::of_a_backup, path, copy, progress);
}

// The digest first: SQLite's own check does not see a changed bit within a text or in a free page.
Result<BackupContents> look_through(const std::string& copy) {
    if (!fs::exists(copy)) return Error(errors::not_found, "there is no backup at " + copy);
    const auto digest = check_digest(copy);
    if (!digest) return digest.error();
    BackupContents contents;
    contents.has_digest = *digest != Digest::absent;
    if (*digest == Digest::wrong) {
        contents.problems.emplace_back("its bytes are not those that were written: the digest at its end differs");
        return contents;
    }
    Handle handle(copy, SQLITE_OPEN_READONLY);
    if (!handle.is_open()) return refuse_backup("cannot read " + copy + ": " + handle.trouble());
    for (std::string& said : handle.ask("PRAGMA integrity_check(20)"))
        if (said != "ok") contents.problems.push_back(std::move(said));
    if (!contents.problems.empty()) return contents;
    contents.schema = handle.number("SELECT MAX(version) FROM keyhold_schema");
    if (contents.schema == 0) contents.problems.emplace_back("it is no database of Keyhold's");
    if (contents.schema > newest_schema()) contents.problems.emplace_back("a newer Keyhold made it: use that one");
    contents.accounts = handle.number("SELECT COUNT(*) FROM keyhold_accounts");
    contents.sessions = handle.number("SELECT COUNT(*) FROM keyhold_sessions WHERE ended_at = 0");
    contents.keys = handle.number("SELECT COUNT(*) FROM keyhold_keys WHERE dropped_at = 0");
    return contents;
}

namespace {

Error in_use(const std::string& path) {
    return {errors::database_in_use,
            path + " is in use: stop the server (and whatever else has it open), then restore"};
}

// Whether another process has it open, ours or not: only then WAL mode cannot be left. As a side effect all of it is
// in the one file. A database that cannot be read any more is in nobody's use.
bool is_open_elsewhere(const std::string& path) {
    Handle handle(path, SQLITE_OPEN_READWRITE);
    sqlite3_busy_timeout(handle.get(), 0);
    handle.execute("PRAGMA journal_mode = DELETE");
    return (sqlite3_errcode(handle.get()) & 0xff) == SQLITE_BUSY;
}

std::string name_of_user(uid_t id) {
    const passwd* const entry = getpwuid(id);
    return entry != nullptr ? entry->pw_name : std::to_string(id);
}

Error refuse_foreign(const std::string& path, uid_t owner) {
    const std::string name = name_of_user(owner);
    return refuse_backup(path + " belongs to " + name +
                         ", who could not open what is restored: run this as that user, " + "as in sudo -u " + name +
                         " keyhold ...");
}

// Whom the new file has to belong to: the owner of the old one; where there is none, the owner of the folder if we are
// root, and ourselves otherwise. Refused: configuration, if we cannot give it to that owner.
struct Owner {
    uid_t user = geteuid();
    gid_t group = getegid();
};
Result<Owner> find_owner(const std::string& path) {
    const bool is_there = fs::exists(path);
    if (!is_there && geteuid() != 0) return Owner{};
    const fs::path folder = fs::path(path).parent_path();
    struct stat found {};
    if (stat(is_there ? path.c_str() : folder.empty() ? "." : folder.c_str(), &found) != 0)
        return refuse_backup("cannot look at " + path + ": " + strerror(errno));
    if (found.st_uid != geteuid() && geteuid() != 0) return refuse_foreign(path, found.st_uid);
    return Owner{found.st_uid, found.st_gid};
}

Result<> give(const std::string& file, const Owner& owner) {
    if (owner.user == geteuid()) return {};
    const int descriptor = open(file.c_str(), O_RDWR | O_NOFOLLOW | O_CLOEXEC);
    if (descriptor < 0) return refuse_backup("cannot use " + file + ": " + strerror(errno));
    // The folder is that other user's, who could have put another file of root's under this name.
    struct stat found {};
    // A plain file, of our own and with one name: a link to another file has two.
    const bool is_ours =
        fstat(descriptor, &found) == 0 && S_ISREG(found.st_mode) && found.st_uid == geteuid() && found.st_nlink == 1;
    const bool given = is_ours && fchown(descriptor, owner.user, owner.group) == 0;
    close(descriptor);
    if (!given) return refuse_foreign(file, owner.user);
    return {};
}

// Another name for what is there, so that it can be looked at later.
Result<std::string> keep_old(const std::string& path, Time now) {
    if (!fs::exists(path)) return std::string();
    const std::string wanted = path + ".before-restore-" + std::to_string(now.time_since_epoch().count());
    std::string kept = wanted;
    for (int i = 2; fs::exists(kept); ++i) kept = wanted + "-" + std::to_string(i);  // another one in this second
    // The log belongs to the old file: without it, what was committed last would be missing from what is kept.
    for (const char* part : {"", "-wal"})
        if (fs::exists(path + part) && link((path + part).c_str(), (kept + part).c_str()) != 0)
            return refuse_backup("cannot keep " + path + " as " + kept + ": " + strerror(errno));
    return kept;
}

}  // namespace

Result<std::string> restore_database(const std::string& copy, const std::string& path, Kept kept, Time now) {
    const auto owner = find_owner(path);
    if (!owner) return owner.error();
    auto contents = look_through(copy);
    if (!contents) return std::move(contents).error();
    if (!contents->problems.empty()) return refuse_backup(copy + " cannot be restored: " + contents->problems.front());
    const bool had_epoch = fs::exists(path + "-epoch");
    // Held to the end, so no server can begin to use what is being replaced.
    const auto lock = FileLock::take(path + "-epoch", FileLock::Kind::alone);
    if (!lock || (fs::exists(path) && is_open_elsewhere(path))) return in_use(path);
    // The lock's file is made by whoever is first, and a server maps it later.
    if (!had_epoch)
        if (auto given = give(path + "-epoch", *owner); !given) return std::move(given).error();

    const std::string draft = path + ".restoring";
    for (const char* part : {"", "-wal", "-shm", "-journal", "-epoch"}) fs::remove(draft + part);
    if (auto copied = copy_as(Ending::of_a_database, copy, draft, [](std::int64_t, std::int64_t) {}); !copied)
        return std::move(copied).error();
    // On the draft, before it is in place: nobody ever sees the restored database with its old sessions.
    if (auto ended = end_what_was("sqlite:///" + draft, kept, now, Make::what_is_missing); !ended)
        return std::move(ended).error();
    if (is_open_elsewhere(draft)) return in_use(draft);
    // A log that is left beside the file would hold the endings that were just written, and would not be moved with it.
    if (fs::exists(draft + "-wal")) return refuse_backup("cannot write " + draft);
    fs::remove(draft + "-epoch");
    if (auto given = give(draft, *owner); !given) {
        fs::remove(draft);
        return std::move(given).error();
    }

    auto old = keep_old(path, now);
    if (!old) return old;
    // First the pages that belong to the old file: under the new one they would be applied to it.
    for (const char* part : {"-wal", "-shm", "-journal"}) fs::remove(path + part);
    if (rename(draft.c_str(), path.c_str()) != 0)
        return refuse_backup("cannot put " + path + " in place: " + strerror(errno));
    if (!sync_folder_of(path)) return refuse_backup("cannot write to the folder of " + path);
    return old;
}

}  // namespace keyhold::store
