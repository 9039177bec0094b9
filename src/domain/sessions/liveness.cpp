// SPDX-License-Identifier: Apache-2.0
#include "domain/sessions/liveness.hpp"

#include <utility>

#include "base/waiting.hpp"
#include "domain/accounts/email_address.hpp"
#include "store/stores.hpp"

namespace keyhold::domain {

namespace {

// A session that is over does not come back, unless another database takes this one's place or somebody writes into its
// tables by hand: then it is known after so long.
constexpr std::chrono::minutes ended_is_remembered{1};

// A session's id begins with the time of its log-in. One that was made so long ago, and is not there, will not come:
// its row was written before anybody was given the id. Younger ones may be on their way to a replica that answers us.
constexpr std::chrono::minutes surely_written{1};

// What make_id() wrote into an id.
Time made_at(const Id& id) {
    // The first 48 bits of a UUIDv7 are milliseconds since 1970 (RFC 9562 §5.7).
    std::int64_t milliseconds = 0;
    for (std::size_t i = 0; i < 6; ++i) milliseconds = milliseconds * 256 + id[i];
    return Time(std::chrono::floor<std::chrono::seconds>(std::chrono::milliseconds(milliseconds)));
}

std::optional<store::Subject> live(const std::optional<store::Account>& account) {
    if (!account || account->disabled) return std::nullopt;
    return subject_of(*account);
}

}  // namespace

// The tables are empty: any epoch but today's makes the first reader read the number of the newest change.
Liveness::Liveness(const store::Stores& stores, const Clock& clock, LivenessCapacity capacity)
    : stores_(stores),
      changes_(*stores.changes),
      clock_(clock),
      sessions_(capacity.sessions),
      accounts_(capacity.sessions + capacity.accounts),
      by_name_key_(capacity.accounts),
      roles_(stores),
      ended_(capacity.ended),
      followed_(stores.changes->epoch() - 1) {}

void Liveness::catch_up() {
    about_to_wait();  // for the lock too: whoever holds it waits for the database
    // Read before the lock: a reading that began after this moment knows every change that this caller has to know.
    const std::uint64_t begun_before = begun_.load();
    const std::lock_guard lock(mutex_);
    // Without a lease every reader needs this, and readers come faster than a slow database answers. So a reader uses
    // what another thread has read, if that thread began after this reader came.
    if (done_ > begun_before) return;
    const std::uint64_t number = ++begun_;
    // First the epoch, then the changes: what comes in between is read twice rather than never.
    const std::uint64_t epoch = changes_.epoch();
    // Somebody else has caught up while this thread waited for the lock.
    if (epoch == followed_.load()) return;
    // A break while the changes were read counts now, as they may be another server's, and next time, as they may not
    // be.
    const std::uint64_t breaks = changes_.breaks();
    store::Changes changes = changes_.after(last_);
    if (changes_.breaks() != breaks_) changes.list.reset();
    // Forgotten first, then `followed_`: the invariant of the header. If something throws before, the next reader
    // begins anew.
    forget(changes);
    breaks_ = breaks;
    last_ = changes.last;
    followed_.store(epoch);
    done_ = number;
}

void Liveness::forget_everything() {
    const auto all = [](const auto&) { return true; };
    accounts_.forget_if([](const AccountEntry& known) {
        known.account.expire();
        return true;
    });
    sessions_.forget_if(all);
    by_name_key_.forget_if(all);
    ended_.forget_if(all);
    roles_.forget();
}

void Liveness::forget(const store::Changes& changes) {
    restored_at_.store(changes.restored_at.value_or(never));
    // There is no list where more changes have come than are kept, or where the database may be another one: anything
    // may have changed.
    if (!changes.list) {
        forget_everything();
        for (const auto& told : client_changed_) told("");
        profile_changed_("");
        return keys_changed_();
    }
    bool has_account_changed = false;
    for (const store::Change& change : *changes.list) {
        const auto id = parse_id(change.id);
        switch (change.what) {
            case store::Changed::session:
                if (!id) break;
                sessions_.forget(*id);
                // That it has ended is known without asking: tokens of a session that was logged out come again until
                // they expire.
                ended_.remember({*id, clock_.now() + ended_is_remembered}, ended_.moment());
                break;
            case store::Changed::account:
                if (!id) break;
                // The facts expire; sessions and names that lead to them stay, find that they are not current, and
                // look the account up.
                accounts_.forget(*id, [](const AccountEntry& known) { known.account.expire(); });
                has_account_changed = true;
                break;
            case store::Changed::roles:
                roles_.forget();
                break;
            case store::Changed::keys:
                keys_changed_();
                break;
            case store::Changed::client:
                for (const auto& told : client_changed_) told(change.id);
                break;
            case store::Changed::profile:
                profile_changed_(change.id);
                break;
        }
    }
    // `ended_` also holds sessions that were not live because their account was disabled.
    if (has_account_changed) ended_.forget_if([](const auto&) { return true; });  // one may have been enabled
}

LiveAccount Liveness::share(store::Subject subject, std::uint64_t moment, bool& is_shared) {
    LiveAccount fresh(std::move(subject));
    if (fresh->id == Id{}) return {};  // a row whose id is none of ours is nobody's
    // The first object stays, so that all sessions of an account refer to the same one and a single expire() reaches
    // them all.
    auto known = accounts_.remember_first({fresh}, moment);
    is_shared = known.has_value();
    return known ? *std::move(known) : fresh;
}

// An account that was not found is not cached, because it may be registered or enabled a moment later.
LiveAccount Liveness::find_account(const Id& account) {
    follow();
    if (auto known = accounts_.find(account)) return *std::move(known);
    about_to_wait();
    accounts_.count_miss(account);
    const std::uint64_t moment = accounts_.moment();
    auto found = live(stores_.accounts->find_by_id(to_text(account)));
    bool is_shared = false;
    return found ? share(*std::move(found), moment, is_shared) : LiveAccount();
}

template <class Find>
LiveAccount Liveness::find_called(std::string_view key, Find find) {
    follow();
    if (auto known = by_name_key_.find(key); known && known->is_current()) return *std::move(known);
    about_to_wait();
    by_name_key_.count_miss(key);
    const std::uint64_t moment = accounts_.moment(), names = by_name_key_.moment();
    auto found = live(find());
    if (!found) return {};
    bool is_shared = false;
    LiveAccount account = share(*std::move(found), moment, is_shared);
    // An account that is not in the table of accounts must not be found by a name either: a change would not find it
    // there and could not let it expire.
    if (is_shared) by_name_key_.remember({std::string(key), account}, names);
    return account;
}

LiveAccount Liveness::find_by_name_key(std::string_view name_key) {
    return find_called(name_key, [&] { return stores_.accounts->find_by_name_key(name_key); });
}

// No name has control characters (names.hpp), so these are remembered beside names.
LiveAccount Liveness::find_by_email(std::string_view email) {
    return find_called("\1" + std::string(email), [&]() -> std::optional<store::Account> {
        // The index is by the key, in which spellings are the same; the token has to have the account's own spelling.
        const auto address = parse_email_address(email);
        auto found = address ? stores_.accounts->find_by_email_key(address->key) : std::nullopt;
        return found && found->email == email ? std::move(found) : std::nullopt;
    });
}

LiveAccount Liveness::find_by_adopted_id(std::string_view old_id) {
    return find_called("\2" + std::string(old_id), [&] { return stores_.accounts->find_by_adopted_id(old_id); });
}

LiveAccount Liveness::recall_session(const Id& session) {
    if (changes_.epoch() != followed_.load()) return {};
    auto known = sessions_.find(session);
    return known && known->is_current() ? *std::move(known) : LiveAccount();
}

LiveAccount Liveness::find_session(const Id& session) {
    follow();
    // Before the table is read: if the session ends while its account is looked up below, it must not be remembered
    // again.
    const std::uint64_t sessions = sessions_.moment();
    if (auto known = sessions_.find(session)) {
        if (known->is_current()) return *std::move(known);
        // The session goes on, with its account as it is by now.
        LiveAccount account = find_account((*known)->id);
        if (account) sessions_.remember({session, account}, sessions);
        return account;
    }
    const Time now = clock_.now();
    // Without a question to the database, so that tokens of sessions that are over cost nothing.
    if (const auto until = ended_.find(session); until && now < *until) return {};
    about_to_wait();
    sessions_.count_miss(session);
    const std::uint64_t accounts = accounts_.moment(), ended = ended_.moment();
    auto found = stores_.sessions->find_live(to_text(session), now);
    if (!found) {
        if (made_at(session) + surely_written < now) ended_.remember({session, now + ended_is_remembered}, ended);
        return {};
    }
    bool is_shared = false;
    LiveAccount account = share(*std::move(found), accounts, is_shared);
    if (is_shared) sessions_.remember({session, account}, sessions);
    return account;
}

}  // namespace keyhold::domain
