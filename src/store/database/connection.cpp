// SPDX-License-Identifier: Apache-2.0
#include "store/database/connection.hpp"

#include "store/events/change_rows.hpp"
#include "store/schema/migrations.hpp"

namespace keyhold::store {

using namespace std::chrono_literals;

Connection::Connection(const DatabaseLocation& location, std::chrono::milliseconds patience)
    : driver_(*location.driver),
      link_(location.driver->connect(location.target, patience)),
      looked_at_(std::chrono::steady_clock::now()) {
    // A database that was emptied or replaced under us must not answer "there is no such account".
    if (schema_of(*link_) < newest_schema())
        throw Unavailable("the database " + location.shown + " has another schema by now");
}

Statement& Connection::statement(const Sql& sql) {
    auto& slot = statements_[&sql];
    if (!slot) slot = link_->prepare(sql);
    return *slot;
}

void Connection::commit(Time now) {
    // The row that numbers the changes is locked from here to the end of the commit, by one transaction at a time on
    // all nodes.
    if (!changes_.empty()) {
        write_changes(*this, changes_, now);
        if (!driver_.call.empty()) link_->execute(std::string(driver_.call));
        changes_.clear();
    }
    try {
        // What an exception of COMMIT means depends on its type: the ones that are handed on say that the transaction
        // was undone, and anything else says nothing (docs/decisions/0052-a-failed-commit-is-unknown.md).
        link_->commit();
    } catch (const TryAgain&) {  // undone, as with the next three: what is checked at the end was not so
        throw;
    } catch (const NotUnique&) {
        throw;
    } catch (const DoesNotFit&) {
        throw;
    } catch (const NotAllowed&) {
        throw;
    } catch (const std::exception& failure) {
        throw CommitUnknown(failure.what());
    }
}

bool Connection::is_current(Intent intent, std::chrono::steady_clock::time_point doubted) {
    const auto now = std::chrono::steady_clock::now();
    if (intent == Intent::read && now - looked_at_ < 100ms && looked_at_ > doubted) return true;
    looked_at_ = now;
    return link_->is_current();
}

}  // namespace keyhold::store
