#include "domain/liveness.hpp"

#include <unordered_set>

#include "base/waiting.hpp"

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
    std::int64_t milliseconds = 0;
    for (std::size_t i = 0; i < 6; ++i) milliseconds = milliseconds * 256 + id[i];
    return Time(std::chrono::floor<std::chrono::seconds>(std::chrono::milliseconds(milliseconds)));
}

std::optional<LiveAccount> live(const std::optional<store::Account>& account) {
    if (!account || account->disabled) return std::nullopt;
    const auto id = parse_id(account->id);
    return id ? std::optional(LiveAccount{*id, account->username, account->tokens_valid_from}) : std::nullopt;
}

}  // namespace

// The tables are empty: any epoch but today's makes the first reader read the number of the newest change.
Liveness::Liveness(const store::Stores& stores, const Clock& clock, LivenessCapacity capacity)
    : stores_(stores),
      clock_(clock),
      sessions_(capacity.sessions),
      accounts_(capacity.accounts),
      by_name_key_(capacity.accounts),
      ended_(capacity.ended),
      followed_(stores.changes->epoch() - 1) {}

void Liveness::catch_up() {
    about_to_wait();  // for the lock too: whoever holds it waits for the database
    const std::uint64_t begun_before = begun_.load();
    const std::lock_guard lock(mutex_);
    // Where there is no lease each reader needs this, and they come faster than a slow database answers. What another
    // thread has read is good for all who came before it began to.
    if (done_ > begun_before) return;
    const std::uint64_t number = ++begun_;
    // First the epoch, then the changes: what comes in between is read twice rather than never.
    const std::uint64_t epoch = stores_.changes->epoch();
    if (epoch == followed_.load()) return;
    // A break while the changes were read counts now, as they may be another server's, and next time, as they may not
    // be.
    const std::uint64_t breaks = stores_.changes->breaks();
    store::Changes changes = stores_.changes->after(last_);
    if (stores_.changes->breaks() != breaks_) changes.list.reset();
    breaks_ = breaks;
    forget(changes);
    last_ = changes.last;
    followed_.store(epoch);
    done_ = number;
}

void Liveness::forget_everything() {
    const auto all = [](const auto&) { return true; };
    sessions_.forget_if(all);
    accounts_.forget_if(all);
    by_name_key_.forget_if(all);
    ended_.forget_if(all);
}

void Liveness::forget(const store::Changes& changes) {
    if (!changes.list) {
        forget_everything();
        restored_at_.store(changes.restored_at.value_or(never));
        return keys_changed_();
    }
    std::unordered_set<Id, RememberedHash> changed;
    for (const store::Change& change : *changes.list) {
        const auto id = parse_id(change.id);
        switch (change.what) {
            case store::Changed::session:
                if (!id) break;
                sessions_.forget(*id);
                ended_.remember(*id, clock_.now() + ended_is_remembered, ended_.moment());
                break;
            case store::Changed::account:
                if (!id) break;
                accounts_.forget(*id);
                changed.insert(*id);
                break;
            case store::Changed::keys:
                keys_changed_();
                break;
        }
    }
    // One look at the whole table, however many passwords were changed.
    if (!changed.empty())
        by_name_key_.forget_if([&](const LiveAccount& account) { return changed.contains(account.id); });
    if (!changed.empty()) ended_.forget_if([](const Time&) { return true; });  // one of them may have been enabled
}

template <class Table, class Key, class Ask>
std::optional<LiveAccount> Liveness::ask_and_remember(Table& table, const Key& key, Ask ask) {
    about_to_wait();
    table.count_miss(key);
    const std::uint64_t moment = table.moment();
    // Absence is not remembered here: an account may be registered, or enabled, a moment later.
    auto found = ask();
    if (found) table.remember(key, *found, moment);
    return found;
}

std::optional<LiveAccount> Liveness::recall_session(const Id& session) {
    if (stores_.changes->epoch() != followed_.load()) return std::nullopt;
    return sessions_.find(session);
}

template <class Table, class Key, class Ask>
std::optional<LiveAccount> Liveness::find(Table& table, const Key& key, Ask ask) {
    follow();
    if (auto known = table.find(key)) return known;
    return ask_and_remember(table, key, ask);
}

std::optional<LiveAccount> Liveness::find_session(const Id& session) {
    follow();
    if (auto known = sessions_.find(session)) return known;
    const Time now = clock_.now();
    if (const auto until = ended_.find(session); until && now < *until) return std::nullopt;
    const std::uint64_t moment = ended_.moment();
    auto found = ask_and_remember(sessions_, session, [&]() -> std::optional<LiveAccount> {
        const auto live = stores_.sessions->find_live(to_text(session), now);
        const auto account = live ? parse_id(live->account_id) : std::nullopt;
        if (!account) return std::nullopt;
        return LiveAccount{*account, live->username, {}};
    });
    if (!found && made_at(session) + surely_written < now) ended_.remember(session, now + ended_is_remembered, moment);
    return found;
}

std::optional<LiveAccount> Liveness::find_account(const Id& account) {
    return find(accounts_, account, [&] { return live(stores_.accounts->find_by_id(to_text(account))); });
}

std::optional<LiveAccount> Liveness::find_by_name_key(std::string_view name_key) {
    return find(by_name_key_, name_key, [&] { return live(stores_.accounts->find_by_name_key(name_key)); });
}

}  // namespace keyhold::domain
