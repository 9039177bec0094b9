// SPDX-License-Identifier: Apache-2.0
// SQLite's C interface as a Link.
#pragma once

#include <sqlite3.h>
#include <sys/types.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "store/database/link.hpp"

namespace keyhold::store::sqlite {

// A file of this machine, whatever its path.
struct FileIdentity {
    dev_t device;
    ino_t number;
    bool operator==(const FileIdentity&) const = default;
};

// Owns one connection. SQLite's own mutexes are switched off (SQLITE_OPEN_NOMUTEX), as one thread at a time uses it.
class SqliteLink final : public Link {
public:
    SqliteLink(const std::string& path, std::chrono::milliseconds patience);

    std::unique_ptr<Statement> prepare(const Sql& sql) override;
    void execute(const std::string& sql) override;
    void load(const Rows& rows) override;
    // docs/decisions/0052-a-failed-commit-is-unknown.md says why these are right, and why nothing less is.
    void settle() override;
    void make_lasting() override;
    // SQLite itself goes on writing to a file that was deleted or replaced, where nobody finds it again.
    bool is_current() override;

    std::string ask(const std::string& sql);  // the first column of the first row
    sqlite3* handle() { return handle_.get(); }

private:
    struct Close {
        void operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }
    };
    std::unique_ptr<sqlite3, Close> handle_;
    const std::string path_;
    std::optional<FileIdentity> opened_;
};

// Throws what SQLite's code means to us. Names no value: SQLite's messages hold none.
[[noreturn]] void refuse(sqlite3* handle, int code);

}  // namespace keyhold::store::sqlite
