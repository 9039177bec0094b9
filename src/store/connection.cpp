#include "store/connection.hpp"

#include "store/account_store.hpp"
#include "store/migrations.hpp"

namespace keyhold::store {

using namespace std::chrono_literals;

namespace {

// A database that was emptied or replaced under us must not answer "there is no such account".
bool has_our_schema(soci::session& connection) {
    try {
        return schema_of(connection) == newest_schema();
    } catch (const soci::soci_error&) {
        return false;
    }
}

}  // namespace

Connection::Connection(const Place& place, std::chrono::milliseconds busy_timeout)
    : driver_(*place.driver), begin_{driver_.begin_writing, "", ""}, looked_at_(std::chrono::steady_clock::now()) {
    driver_.connect(session_, place.location, busy_timeout);
    if (!has_our_schema(session_)) throw Unavailable("the database " + place.location + " has another schema by now");
}

Statement& Connection::statement(const Sql& sql) {
    auto& slot = statements_[&sql];
    if (!slot) slot = std::make_unique<Statement>(session_, sql);
    return *slot;
}

void Connection::commit() {
    static constexpr Sql commit{"COMMIT", "", ""};
    statement(commit).run({});
}

bool Connection::is_current(Intent intent) {
    const auto now = std::chrono::steady_clock::now();
    if (intent == Intent::read && now - looked_at_ < 100ms) return true;
    looked_at_ = now;
    return driver_.is_current(session_);
}

}  // namespace keyhold::store
