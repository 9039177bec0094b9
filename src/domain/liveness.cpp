#include "domain/liveness.hpp"

#include <unordered_set>

namespace keyhold::domain {

namespace {

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
      followed_(stores.changes->epoch() - 1) {}

void Liveness::catch_up() {
    const std::lock_guard lock(mutex_);
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
}

void Liveness::forget(const store::Changes& changes) {
    if (!changes.list) {
        const auto everything = [](const LiveAccount&) { return true; };
        sessions_.forget_if(everything);
        accounts_.forget_if(everything);
        by_name_key_.forget_if(everything);
        restored_at_.store(changes.restored_at.value_or(never));
        return keys_changed_();
    }
    std::unordered_set<Id, RememberedHash> changed;
    for (const store::Change& change : *changes.list) {
        const auto id = parse_id(change.id);
        switch (change.what) {
            case store::Changed::session:
                if (id) sessions_.forget(*id);
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
}

template <class Table, class Key, class Ask>
std::optional<LiveAccount> Liveness::find(Table& table, const Key& key, Ask ask) {
    follow();
    if (auto known = table.find(key)) return known;
    const std::uint64_t moment = table.moment();
    // Absence is not remembered: a flood of tokens for what nobody has would fill the table.
    auto found = ask();
    if (found) table.remember(key, *found, moment);
    return found;
}

std::optional<LiveAccount> Liveness::find_session(const Id& session) {
    return find(sessions_, session, [&]() -> std::optional<LiveAccount> {
        const auto found = stores_.sessions->find_live(to_text(session), clock_.now());
        const auto account = found ? parse_id(found->account_id) : std::nullopt;
        if (!account) return std::nullopt;
        return LiveAccount{*account, found->username, {}};
    });
}

std::optional<LiveAccount> Liveness::find_account(const Id& account) {
    return find(accounts_, account, [&] { return live(stores_.accounts->find_by_id(to_text(account))); });
}

std::optional<LiveAccount> Liveness::find_by_name_key(std::string_view name_key) {
    return find(by_name_key_, name_key, [&] { return live(stores_.accounts->find_by_name_key(name_key)); });
}

}  // namespace keyhold::domain
