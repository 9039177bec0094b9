// SPDX-License-Identifier: Apache-2.0
// The one answer to "is this session, is this account still there?", at in-memory cost (docs/architecture.md).
//
// The invariant: an entry of the tables is used only while followed == epoch, and is gone before `followed` says that
// the change which ended it was seen. A writer commits, raises the signal and then answers; so from its answer on every
// reader finds another epoch, reads the changes and forgets, before it looks anything up. A reader that was asking the
// database meanwhile cannot put back what was forgotten: Remembered::remember() notices.
//
// Sessions and accounts are remembered apart: a session leads to the facts of its account (LiveAccount), which stand in
// the table of accounts once for all that refer to them. Facts that changed are marked as such before `followed` says
// so too, wherever a session or a name still leads to them, and are looked up again: a changed fact ends no session.
//
// Memory answers on any thread. Where the database has to be asked, about_to_wait() is asked first (base/waiting.hpp).
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/id.hpp"
#include "domain/accounts/role_book.hpp"
#include "domain/sessions/follower.hpp"
#include "domain/sessions/live_account.hpp"
#include "domain/sessions/remembered.hpp"
#include "store/events/change_store.hpp"
#include "store/subject.hpp"

namespace keyhold::store {
struct Stores;
}

namespace keyhold::domain {

// How much is remembered.
struct LivenessCapacity {
    // Entries, not bytes. A full table forgets an arbitrary one, which is asked for again when it is needed.
    std::size_t sessions = 1'000'000;  // 31 bytes each, and 93 for the account of one or many
    std::size_t accounts = 100'000;    // besides those of sessions; and names: the tutorial's tokens
    std::size_t ended = 65'536;        // sessions that are over, whose tokens may still be shown
};

struct LivenessCounters {
    RememberedCounters sessions, accounts, names, ended;
};

// Any thread.
class Liveness {
public:
    // Both must outlive it. Asks the database for nothing yet.
    Liveness(const store::Stores& stores, const Clock& clock, LivenessCapacity capacity = {});

    // Other memories of what can be taken back register here to hear of changes, on the thread that reads them. Before
    // the first reader.
    void on_keys_changed(std::function<void()> changed) { keys_changed_ = std::move(changed); }
    // With its id; with an empty one, if any may have changed.
    void on_client_changed(std::function<void(std::string_view id)> changed) {
        client_changed_.push_back(std::move(changed));
    }
    void on_profile_changed(std::function<void(std::string_view id)> changed) { profile_changed_ = std::move(changed); }

    // Catches up with what was taken back. A memory access if nothing was. Throws Unavailable: then nothing is trusted.
    // The find functions call it themselves; call it before using what those above are about.
    // One atomic load where nothing has changed, as every protected request calls it.
    void follow() {
        if (changes_.epoch() != followed_.load()) catch_up();
    }

    // The same for whoever may not wait for the database, and may do with what was so before it became slow. Waits for
    // 100 ms at most, and not at all where that was not enough the last time. Never throws because of the database.
    void follow_if_quick() {
        if (changes_.epoch() != followed_.load()) follower_.catch_up_if_quick();
    }

    // Empty if it is not live. Throws Unavailable when the database is needed and does not answer.
    LiveAccount find_session(const Id& session);
    LiveAccount find_account(const Id& account);
    // As find_session(), but from memory alone: empty too if the database would have to be asked.
    // For threads that may not wait; does not follow changes either, and so knows nothing when one is outstanding.
    LiveAccount recall_session(const Id& session);
    LiveAccount find_by_name_key(std::string_view name_key);
    // By the address as the account has it, letter by letter; by the id of an adopted application's user.
    LiveAccount find_by_email(std::string_view email);
    LiveAccount find_by_adopted_id(std::string_view old_id);

    // What the account may do, as of the last follow(); null for whoever has no role. Throws Unavailable.
    std::shared_ptr<const Rights> rights_of(const store::Subject& account) { return roles_.find(account.roles); }

    // When the database was set back to an earlier moment, if it ever was: older tokens that belong to no session are
    // over. As of the last follow().
    std::optional<Time> restored_at() const {
        const Time time = restored_at_.load();
        return time != never ? std::optional(time) : std::nullopt;
    }

    LivenessCounters counters() const {
        return {sessions_.counters(), accounts_.counters(), by_name_key_.counters(), ended_.counters()};
    }

private:
    // Waits for the database and for whoever reads it already. Throws Unavailable, and then `followed_` is as it was.
    void catch_up();
    void forget(const store::Changes& changes);
    // What everybody remembers of the account: these facts, if there are none yet. Those alone, for this one reader, if
    // an account was forgotten since `moment`.
    LiveAccount share(store::Subject subject, std::uint64_t moment, bool& is_shared);
    // After a restore, or where the list of changes does not reach back far enough.
    void forget_everything();
    // Remembered under `key`; `find` asks the database.
    template <class Find>
    LiveAccount find_called(std::string_view key, Find find);

    static constexpr Time never = Time::min();
    const store::Stores& stores_;
    store::ChangeStore& changes_;  // of stores_
    const Clock& clock_;
    std::function<void()> keys_changed_ = [] {};
    std::vector<std::function<void(std::string_view)>> client_changed_;  // each is called
    std::function<void(std::string_view)> profile_changed_ = [](std::string_view) {};
    Remembered<Id, LiveAccount> sessions_;
    RememberedEntries<AccountEntry> accounts_;
    Remembered<std::string, LiveAccount> by_name_key_;
    RoleBook roles_;
    Remembered<Id, Time> ended_;  // sessions that are over, and until when we say so without asking
    std::atomic<Time> restored_at_ = never;
    std::atomic<std::uint64_t> followed_;      // the epoch up to which the changes were read
    std::atomic<std::uint64_t> begun_ = 0;     // how often reading them was begun
    std::mutex mutex_;                         // one thread reads them
    std::uint64_t done_ = 0;                   // under mutex_: the newest of those that came to its end
    std::int64_t last_ = 0;                    // under mutex_: the number of the newest that was read
    std::uint64_t breaks_ = 0;                 // under mutex_: ChangeStore::breaks() then
    Follower follower_{[this] { follow(); }};  // last: its thread uses all of the above
};

}  // namespace keyhold::domain
