// SPDX-License-Identifier: Apache-2.0
#include "store/sqlite/link.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <vector>

#include "store/database/not_unique.hpp"

namespace keyhold::store::sqlite {

namespace {

// SQLite's primary result codes that mean "not now" rather than "never" (https://www.sqlite.org/rescode.html).
constexpr std::array unavailable_codes{SQLITE_PERM,   SQLITE_BUSY,    SQLITE_LOCKED, SQLITE_NOMEM,    SQLITE_READONLY,
                                       SQLITE_IOERR,  SQLITE_CORRUPT, SQLITE_FULL,   SQLITE_CANTOPEN, SQLITE_PROTOCOL,
                                       SQLITE_SCHEMA, SQLITE_AUTH,    SQLITE_NOTADB};

class SqliteStatement final : public Statement {
public:
    SqliteStatement(sqlite3* handle, const Sql& sql) : Statement(sql), handle_(handle) {
        sqlite3_stmt* prepared = nullptr;
        const char* rest = nullptr;
        const int code = sqlite3_prepare_v3(handle, sql.text.data(), static_cast<int>(sql.text.size()),
                                            SQLITE_PREPARE_PERSISTENT, &prepared, &rest);
        prepared_.reset(prepared);
        if (code != SQLITE_OK) refuse(handle, code);
        // SQLite prepares the first statement alone, and says nothing of the others: the servers refuse them.
        if (!is_nothing(rest, sql.text.data() + sql.text.size()))
            throw std::runtime_error("sqlite: a second statement stands behind the first one");
        for (std::size_t i = 0; i < sql.parameters.size(); ++i) {
            const char name[]{':', static_cast<char>('a' + i), '\0'};
            slots_.push_back(sqlite3_bind_parameter_index(prepared, name));
        }
        // One that nobody binds would be NULL.
        for (int slot = 1; slot <= sqlite3_bind_parameter_count(prepared); ++slot) {
            if (std::ranges::find(slots_, slot) != slots_.end()) continue;
            const char* const name = sqlite3_bind_parameter_name(prepared, slot);
            throw std::invalid_argument(no_value_for(name != nullptr ? name : "?"));
        }
    }

private:
    void start(std::span<const Parameter> parameters) override {
        for (std::size_t i = 0; i < parameters.size(); ++i) {
            const int code = bind(slots_[i], parameters[i]);
            if (code != SQLITE_OK) refuse(handle_, code);
        }
    }

    int bind(int slot, const Parameter& parameter) {
        if (std::holds_alternative<Null>(parameter)) return sqlite3_bind_null(prepared_.get(), slot);
        const auto* const text = std::get_if<std::string_view>(&parameter);
        if (text == nullptr) return sqlite3_bind_int64(prepared_.get(), slot, std::get<std::int64_t>(parameter));
        // Read before run() returns, so SQLite need not copy it. A null pointer would be NULL, not ''.
        return sqlite3_bind_text(prepared_.get(), slot, text->data() != nullptr ? text->data() : "",
                                 static_cast<int>(text->size()), SQLITE_STATIC);
    }

    bool fetch() override {
        const int code = sqlite3_step(prepared_.get());
        if (code == SQLITE_ROW) {
            for (std::size_t i = 0; i < columns_.size(); ++i) read(i);
            return true;
        }
        // sqlite3_changes() is of the last statement that wrote, so a question must not ask for it.
        found_ = sqlite3_stmt_readonly(prepared_.get()) != 0 ? 0 : sqlite3_changes(handle_);
        // At the end of each run, so that no read transaction stays open.
        if (const int reset = sqlite3_reset(prepared_.get()); code != SQLITE_DONE)
            refuse(handle_, reset != SQLITE_OK ? reset : code);
        return false;
    }

    void read(std::size_t column) {
        const int at = static_cast<int>(column);
        Cell& cell = columns_[column];
        if (sqlite3_column_type(prepared_.get(), at) == SQLITE_NULL) return cell.set_null();
        cell.is_null = false;
        if (!is_text(sql_.columns[column])) {
            cell.integer = sqlite3_column_int64(prepared_.get(), at);
            return;
        }
        const auto* const bytes = reinterpret_cast<const char*>(sqlite3_column_text(prepared_.get(), at));
        cell.text.assign(bytes != nullptr ? bytes : "",
                         static_cast<std::size_t>(sqlite3_column_bytes(prepared_.get(), at)));
    }

    std::int64_t found() const override { return found_; }

    struct Finalize {
        void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
    };

    // Blanks, comments and semicolons, of which SQLite makes no statement.
    bool is_nothing(const char* rest, const char* end) const {
        while (rest < end) {
            const char* const begin = rest;
            sqlite3_stmt* next = nullptr;
            const int code = sqlite3_prepare_v3(handle_, begin, static_cast<int>(end - begin), 0, &next, &rest);
            const std::unique_ptr<sqlite3_stmt, Finalize> prepared(next);
            if (code != SQLITE_OK || prepared || rest == begin) return false;
        }
        return true;
    }

    sqlite3* handle_;
    std::unique_ptr<sqlite3_stmt, Finalize> prepared_;
    std::vector<int> slots_;
    std::int64_t found_ = 0;
};

// Which file a path leads to. Empty if to none.
std::optional<FileIdentity> file_at(const std::string& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) return std::nullopt;
    return FileIdentity{status.st_dev, status.st_ino};
}

}  // namespace

void refuse(sqlite3* handle, int code) {
    const std::string reason = std::string("sqlite: ") + sqlite3_errmsg(handle);
    if (code == SQLITE_CONSTRAINT_PRIMARYKEY) throw NotUnique(std::string(primary_key));
    // "UNIQUE constraint failed: keyhold_accounts.name_key": our word for it already.
    if (code == SQLITE_CONSTRAINT_UNIQUE) throw NotUnique(reason.substr(reason.rfind(": ") + 2));
    if (code == SQLITE_CONSTRAINT_CHECK || code == SQLITE_CONSTRAINT_NOTNULL) throw DoesNotFit(reason);
    // Of a foreign key that is deferred at COMMIT, which leaves the transaction as it was: it is undone by whoever
    // began it.
    if ((code & 0xff) == SQLITE_CONSTRAINT) throw NotAllowed(reason);
    if (std::ranges::find(unavailable_codes, code & 0xff) != unavailable_codes.end()) throw Unavailable(reason);
    throw std::runtime_error(reason);
}

SqliteLink::SqliteLink(const std::string& path, std::chrono::milliseconds patience) : path_(path) {
    sqlite3* opened = nullptr;
    // Not CREATE: a database that vanished must not come back empty. One thread at a time uses it.
    const int code = sqlite3_open_v2(path.c_str(), &opened,
                                     SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
    handle_.reset(opened);
    if (code != SQLITE_OK) refuse(opened, code);
    sqlite3_busy_timeout(opened, static_cast<int>(patience.count()));
    opened_ = file_at(path);
}

std::unique_ptr<Statement> SqliteLink::prepare(const Sql& sql) {
    return std::make_unique<SqliteStatement>(handle(), sql);
}

void SqliteLink::execute(const std::string& sql) {
    const int code = sqlite3_exec(handle(), sql.c_str(), nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) refuse(handle(), code);
}

// With the cache of a server (driver.cpp), pages of the indexes are written again and again within one transaction.
void SqliteLink::load(const Rows& rows) {
    execute("PRAGMA cache_size = -65536");  // KiB, for as long as this connection lasts
    Link::load(rows);
}

// A commit whose fsync failed has left its pages in the log behind those that count, where the kernel takes them for
// written. The checkpoint copies what counts into the database, syncs that, and empties the log: nothing of the pages
// is left to be found by whoever opens the database next.
void SqliteLink::settle() {
    // The first answer of the PRAGMA: 1 if it could not be done to the end.
    int busy = 1;
    const Sql checkpoint{"PRAGMA wal_checkpoint(TRUNCATE)", "", "iii"};
    SqliteStatement(handle(), checkpoint).run({}, [&](const Statement& row) {
        busy = static_cast<int>(row.integer(0));
    });
    if (busy != 0) throw Unavailable("sqlite: a reader keeps the log from being emptied after a commit that failed");
}

// The log is read from the kernel's memory, where pages may stand that never reached the disk and that no later fsync
// would write. Written again, they are.
void SqliteLink::make_lasting() {
    execute("BEGIN IMMEDIATE");  // nobody else writes to the log
    sqlite3_file* log = nullptr;
    sqlite3_file_control(handle(), "main", SQLITE_FCNTL_JOURNAL_POINTER, static_cast<void*>(&log));
    sqlite3_int64 size = 0;
    if (log != nullptr && log->pMethods != nullptr) {
        // Until then nothing of it goes into the database, whose own pages would be half written in a power cut.
        sqlite3_db_config(handle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
        const auto must = [](int code) {
            if (code != SQLITE_OK)
                throw Unavailable("sqlite: the log cannot be written: " + std::string(sqlite3_errstr(code)));
        };
        std::vector<char> part(std::size_t{1} << 16U);  // SQLite's unix VFS takes less than 128 KiB at once
        must(log->pMethods->xFileSize(log, &size));
        for (sqlite3_int64 at = 0; at < size; at += static_cast<sqlite3_int64>(part.size())) {
            const auto length = static_cast<int>(std::min(size - at, static_cast<sqlite3_int64>(part.size())));
            must(log->pMethods->xRead(log, part.data(), length, at));
            must(log->pMethods->xWrite(log, part.data(), length, at));
        }
        if (size > 0) must(log->pMethods->xSync(log, SQLITE_SYNC_NORMAL));
        sqlite3_db_config(handle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, nullptr);
    }
    execute("COMMIT");
}

// SQLITE_FCNTL_HAS_MOVED compares the number of the file alone. A file system that was put in the place of another one
// by a copy of it has the same numbers.
bool SqliteLink::is_current() { return opened_ && file_at(path_) == opened_; }

std::string SqliteLink::ask(const std::string& sql) {
    const Sql question{sql, "", "t"};
    std::string answer;
    SqliteStatement(handle(), question).run({}, [&](const Statement& row) {
        if (answer.empty()) answer = row.text(0);
    });
    return answer;
}

}  // namespace keyhold::store::sqlite
