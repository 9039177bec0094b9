#include "store/migrations.hpp"

#include <soci/soci.h>

#include <array>
#include <string>

namespace keyhold::store {

namespace {

// Step N makes schema N out of schema N-1. A step that was released never changes: add another.
// Our tables carry a prefix, as the database may be shared with the application's own.
// {compared} is a type whose texts are compared byte by byte; times are seconds since 1970, UTC.
constexpr std::array steps{
    R"(CREATE TABLE keyhold_accounts (
           id {compared} NOT NULL PRIMARY KEY,
           username TEXT NOT NULL,
           name_key {compared} NOT NULL UNIQUE,
           password_hash TEXT NOT NULL,
           disabled INTEGER NOT NULL,
           created_at BIGINT NOT NULL))",
};

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
            session << for_driver(steps[static_cast<std::size_t>(version)], driver);
            session << "INSERT INTO keyhold_schema (version) VALUES (" << version + 1 << ")";
        }
        session << "COMMIT";
    }
    return {};
}

}  // namespace keyhold::store
