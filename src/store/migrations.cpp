#include "store/migrations.hpp"

#include <soci/soci.h>

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace keyhold::store {

namespace {

// Step N makes schema N out of schema N-1. A step that was released never changes: add another.
// Our tables carry a prefix, as the database may be shared with the application's own.
// {compared} is a type whose texts are compared byte by byte; times are seconds since 1970, UTC.
using Step = std::vector<std::string_view>;  // statements
const Step accounts{
    R"(CREATE TABLE keyhold_accounts (
           id {compared} NOT NULL PRIMARY KEY,
           username TEXT NOT NULL,
           name_key {compared} NOT NULL UNIQUE,
           password_hash TEXT NOT NULL,
           disabled INTEGER NOT NULL,
           created_at BIGINT NOT NULL))",
};

// 0 and '' stand for "not yet". What a column means is said in session_store.hpp, change_store.hpp and key_store.hpp.
const Step sessions{
    "ALTER TABLE keyhold_accounts ADD COLUMN generation BIGINT NOT NULL DEFAULT 0",
    "ALTER TABLE keyhold_accounts ADD COLUMN last_login_at BIGINT NOT NULL DEFAULT 0",
    R"(CREATE TABLE keyhold_sessions (
           id {compared} NOT NULL PRIMARY KEY,
           account_id {compared} NOT NULL,
           device TEXT NOT NULL,
           address TEXT NOT NULL,
           created_at BIGINT NOT NULL,
           last_used_at BIGINT NOT NULL,
           ends_at BIGINT NOT NULL,
           ended_at BIGINT NOT NULL,
           end_reason TEXT NOT NULL,
           refresh_digest TEXT NOT NULL,
           family_key TEXT NOT NULL,
           rotations TEXT NOT NULL))",
    "CREATE INDEX keyhold_sessions_of_account ON keyhold_sessions (account_id, id)",
    "CREATE INDEX keyhold_sessions_by_end ON keyhold_sessions (ends_at)",
    R"(CREATE TABLE keyhold_changes (
           sequence BIGINT NOT NULL PRIMARY KEY,
           what INTEGER NOT NULL,
           id TEXT NOT NULL))",
    "CREATE TABLE keyhold_change_counter (only_row INTEGER NOT NULL PRIMARY KEY, sequence BIGINT NOT NULL)",
    "INSERT INTO keyhold_change_counter (only_row, sequence) VALUES (1, 0)",
    R"(CREATE TABLE keyhold_keys (
           kid {compared} NOT NULL PRIMARY KEY,
           algorithm TEXT NOT NULL,
           sealed TEXT NOT NULL,
           created_at BIGINT NOT NULL,
           signs_from BIGINT NOT NULL,
           verifies_until BIGINT NOT NULL,
           dropped_at BIGINT NOT NULL))",
};

// throttle_store.hpp says what is in them.
const Step throttle{
    R"(CREATE TABLE keyhold_failures (
           subject {compared} NOT NULL PRIMARY KEY,
           failures BIGINT NOT NULL,
           address TEXT NOT NULL,
           locked_until BIGINT NOT NULL,
           forgotten_at BIGINT NOT NULL))",
    "CREATE TABLE keyhold_throttle_secret (only_row INTEGER NOT NULL PRIMARY KEY, secret TEXT NOT NULL)",
};

// What `keyhold adopt` took over: adoption_store.hpp.
const Step adoption{
    R"(CREATE TABLE keyhold_adoption (
           only_row INTEGER NOT NULL PRIMARY KEY,
           old_table TEXT NOT NULL,
           id_column TEXT NOT NULL,
           id_type TEXT NOT NULL,
           name_column TEXT NOT NULL,
           password_column TEXT NOT NULL,
           active_column TEXT NOT NULL,
           complete INTEGER NOT NULL,
           before_adoption TEXT NOT NULL))",
    "CREATE TABLE keyhold_adopted (account_id {compared} NOT NULL PRIMARY KEY, old_id {compared} NOT NULL UNIQUE)",
    R"(CREATE TABLE keyhold_adopted_changes (
           note {compared} NOT NULL PRIMARY KEY,
           old_id {compared} NOT NULL,
           deleted INTEGER NOT NULL))",
    "CREATE INDEX keyhold_adopted_changes_of ON keyhold_adopted_changes (old_id)",
};

// When the database was set back to an earlier moment: restore.hpp.
const Step restored{
    "CREATE TABLE keyhold_restored (only_row INTEGER NOT NULL PRIMARY KEY, restored_at BIGINT NOT NULL)",
};

const std::array steps{accounts, sessions, throttle, adoption, restored};

std::string for_driver(std::string text, const Driver& driver) {
    constexpr std::string_view slot = "{compared}";
    for (auto at = text.find(slot); at != std::string::npos; at = text.find(slot))
        text.replace(at, slot.size(), driver.compared_text);
    return text;
}

Error too_new(int found) {
    return {Errc::configuration, "the database has schema " + std::to_string(found) +
                                     ", made by a newer Keyhold; this one knows schemas up to " +
                                     std::to_string(newest_schema()) + ": run the newer one"};
}

}  // namespace

int newest_schema() { return static_cast<int>(steps.size()); }

int schema_of(soci::session& session) {
    int version = 0;
    session << "SELECT COALESCE(MAX(version), 0) FROM keyhold_schema", soci::into(version);
    return version;
}

Result<> migrate(soci::session& session, const Driver& driver) {
    session << "CREATE TABLE IF NOT EXISTS keyhold_schema (version INTEGER NOT NULL PRIMARY KEY)";
    while (schema_of(session) != newest_schema()) {
        session << driver.begin_writing;
        // Read again: another process may have taken the step while we waited for our turn.
        const int version = schema_of(session);
        if (version > newest_schema()) return too_new(version);
        if (version < newest_schema()) {
            for (const std::string_view statement : steps[static_cast<std::size_t>(version)])
                session << for_driver(std::string(statement), driver);
            session << "INSERT INTO keyhold_schema (version) VALUES (" << version + 1 << ")";
        }
        session << "COMMIT";
    }
    return {};
}

}  // namespace keyhold::store
