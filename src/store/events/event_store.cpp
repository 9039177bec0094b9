// SPDX-License-Identifier: Apache-2.0
#include "store/events/event_store.hpp"

#include <algorithm>
#include <array>
#include <numeric>

#include "base/base64url.hpp"
#include "base/caller.hpp"
#include "base/id.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "crypto/digest.hpp"
#include "store/database/database.hpp"

namespace keyhold::store {

namespace {

// Bytes of an address and of what a client calls itself.
constexpr std::size_t longest_client = 256;

struct NameRow {
    std::optional<std::string> username;
};
KEYHOLD_ROW(NameRow, (username))
struct Point {
    std::int64_t sequence = 0;
    std::string hash;
    Time at{};
};
KEYHOLD_ROW(Point, (sequence), (hash), (at, column("happened_at")))

constexpr Insert<"keyhold_events", Event> insert_event;
// The page first, the names then: whatever the database knows of its tables, it reads no more than a page.
constexpr Query<
    "SELECT {e}, {a}, {b} FROM (SELECT * FROM keyhold_events WHERE id < :a AND id >= :b ORDER BY id DESC LIMIT :c) e "
    "LEFT JOIN keyhold_accounts a ON a.id = e.account_id LEFT JOIN keyhold_accounts b ON b.id = e.actor_id "
    "ORDER BY e.id DESC",
    "tti", Event, NameRow, NameRow>
    select_page_of_events;
constexpr Query<
    "SELECT {e}, {a}, {b} FROM (SELECT * FROM keyhold_events WHERE kind = :d AND id < :a AND id >= :b ORDER BY id DESC "
    "LIMIT :c) e LEFT JOIN keyhold_accounts a ON a.id = e.account_id LEFT JOIN keyhold_accounts b ON b.id = e.actor_id "
    "ORDER BY e.id DESC",
    "ttit", Event, NameRow, NameRow>
    select_of_kind;
// With and without a kind are two: a condition that is always true made PostgreSQL expect one row, and sort all.
constexpr Query<
    "SELECT {e}, {a}, {b} FROM (SELECT * FROM keyhold_events WHERE account_id = :d AND id < :a AND id >= :b ORDER BY "
    "id DESC LIMIT :c) e LEFT JOIN keyhold_accounts a ON a.id = e.account_id LEFT JOIN keyhold_accounts b ON b.id = "
    "e.actor_id ORDER BY e.id DESC",
    "ttit", Event, NameRow, NameRow>
    select_of_account;
constexpr Query<
    "SELECT {e}, {a}, {b} FROM (SELECT * FROM keyhold_events WHERE account_id = :d AND id < :a AND id >= :b AND "
    "kind = :e ORDER BY id DESC LIMIT :c) e LEFT JOIN keyhold_accounts a ON a.id = e.account_id LEFT JOIN "
    "keyhold_accounts b ON b.id = e.actor_id ORDER BY e.id DESC",
    "ttitt", Event, NameRow, NameRow>
    select_of_account_and_kind;
constexpr Query<
    "SELECT {e}, {a}, {b} FROM (SELECT * FROM keyhold_events WHERE actor_id = :d AND id < :a AND id >= :b ORDER BY id "
    "DESC LIMIT :c) e LEFT JOIN keyhold_accounts a ON a.id = e.account_id LEFT JOIN keyhold_accounts b ON b.id = "
    "e.actor_id ORDER BY e.id DESC",
    "ttit", Event, NameRow, NameRow>
    select_of_actor;
constexpr Query<
    "SELECT {e}, {a}, {b} FROM (SELECT * FROM keyhold_events WHERE actor_id = :d AND id < :a AND id >= :b AND "
    "kind = :e ORDER BY id DESC LIMIT :c) e LEFT JOIN keyhold_accounts a ON a.id = e.account_id LEFT JOIN "
    "keyhold_accounts b ON b.id = e.actor_id ORDER BY e.id DESC",
    "ttitt", Event, NameRow, NameRow>
    select_of_actor_and_kind;
// By an account, about another: of what happened to that one, which is read by its index.
constexpr Query<
    "SELECT {e}, {a}, {b} FROM (SELECT * FROM keyhold_events WHERE account_id = :d AND id < :a AND id >= :b AND "
    "actor_id = :e ORDER BY id DESC LIMIT :c) e LEFT JOIN keyhold_accounts a ON a.id = e.account_id LEFT JOIN "
    "keyhold_accounts b ON b.id = e.actor_id ORDER BY e.id DESC",
    "ttitt", Event, NameRow, NameRow>
    select_of_account_and_actor;
constexpr Query<
    "SELECT {e}, {a}, {b} FROM (SELECT * FROM keyhold_events WHERE account_id = :d AND id < :a AND id >= :b AND "
    "actor_id = :e AND kind = :f ORDER BY id DESC LIMIT :c) e LEFT JOIN keyhold_accounts a ON a.id = e.account_id LEFT "
    "JOIN keyhold_accounts b ON b.id = e.actor_id ORDER BY e.id DESC",
    "ttittt", Event, NameRow, NameRow>
    select_of_account_actor_and_kind;
constexpr Query<
    "SELECT {} FROM (SELECT kind, COUNT(*) AS many FROM keyhold_events WHERE kind IN ('registered', 'signed_in', "
    "'refused', 'locked', 'more_refused') AND id >= :a AND id < :b GROUP BY kind) counted",
    "tt", KindCount>
    select_counts;
constexpr Query<"SELECT times FROM keyhold_events WHERE kind = :c AND id >= :a AND id < :b", "ttt", std::int64_t>
    select_times;
constexpr Query<"SELECT 1 FROM keyhold_events WHERE sequence IS NULL LIMIT 1", "", std::int64_t> select_any_new;
constexpr Query<"SELECT {} FROM keyhold_events WHERE sequence IS NULL ORDER BY id LIMIT :a", "i", Event> select_new;
constexpr Query<"UPDATE keyhold_events SET sequence = :a, hash = :b WHERE id = :c AND sequence IS NULL", "itt">
    seal_one;
// Locks the chain's row until the commit, so that sealing and deleting come one after the other.
constexpr Query<"UPDATE keyhold_event_chain SET sequence = sequence"> hold_chain;
constexpr Query<"SELECT {} FROM keyhold_event_chain", "", ChainEnd> select_end;
constexpr Query<"UPDATE keyhold_event_chain SET sequence = :a, hash = :b", "it"> update_end;
constexpr Query<"SELECT {} FROM keyhold_events WHERE sequence > :a ORDER BY sequence LIMIT :b", "ii", Event>
    select_events_after;
constexpr Query<"SELECT {} FROM keyhold_events WHERE sequence > 0 ORDER BY sequence LIMIT :a", "i", Point> select_first;
constexpr Query<"SELECT hash FROM keyhold_events WHERE sequence = :a", "i", std::string> select_hash;
constexpr Query<"DELETE FROM keyhold_events WHERE sequence <= :a", "i"> delete_events_up_to;
constexpr Query<"SELECT {} FROM keyhold_event_checkpoints ORDER BY sequence", "", Checkpoint> select_checkpoints;
constexpr Query<"SELECT {} FROM keyhold_event_checkpoints ORDER BY sequence DESC LIMIT 2", "", Checkpoint>
    select_last_checkpoints;
constexpr Insert<"keyhold_event_checkpoints", Checkpoint> insert_checkpoint;
// Never a stub: without it nobody could tell where the chain begins.
constexpr Query<"DELETE FROM keyhold_event_checkpoints WHERE sequence = :a AND is_stub = 0", "i"> delete_checkpoint;
constexpr Query<"DELETE FROM keyhold_event_checkpoints WHERE sequence <= :a", "i"> delete_checkpoints;
constexpr Query<"SELECT 1 FROM keyhold_events WHERE account_id = :a AND kind = 'account_deleted' LIMIT 1", "t",
                std::int64_t>
    select_deleted;
constexpr Query<
    "UPDATE keyhold_events SET address = '', device = '', note = '', salt = '' WHERE account_id = :a AND salt <> ''",
    "t">
    erase_of;
constexpr Query<
    "UPDATE keyhold_events SET address = '', device = '', note = '', salt = '' WHERE actor_id = :a AND salt <> ''", "t">
    erase_by;

// Behind every id, as ids begin with a hexadecimal digit.
constexpr std::string_view behind_all_events = "~";

// They stand in the database and in hashes of the chain, so a name that was released never changes.
constexpr std::array<std::string_view, 6> doors{"server", "command", "api", "oauth", "page", "admin"};  // by Door

// What ids of that moment begin with, and all later ones come behind.
// Thirteen characters: the 48 bits of time of a UUIDv7, with the '-' in them.
std::string first_id_of(Time time) {
    struct Zeros final : Random {
        void fill(std::span<unsigned char> bytes) override { std::ranges::fill(bytes, 0); }
    } zeros;
    return make_id(time, zeros).substr(0, 13);
}

std::string digest_of(const std::string& text) { return base64url::encode(crypto::sha256(text)); }

}  // namespace

std::string personal_digest_of(const Event& event) {
    if (event.address.empty() && event.device.empty() && event.note.empty()) return {};
    std::string text;
    json::Writer out(text);
    out.begin_array();
    // A JSON array, so that no text can pass for the border between two parts.
    for (const std::string* part : {&event.salt, &event.address, &event.device, &event.note}) out.value(*part);
    out.end_array();
    return digest_of(text);
}

// The members and their order are the format of the chain: another order would make all events that there are look
// changed.
std::string hash_of(const Event& event, std::string_view before) {
    std::string text;
    json::Writer out(text);
    out.begin_array();
    out.value(before);
    out.value(event.sequence.value_or(0));
    out.value(std::int64_t{event.at.time_since_epoch().count()});
    out.value(event.times);
    for (const std::string* part : {&event.id, &event.kind, &event.account_id, &event.actor_id, &event.door,
                                    &event.object, &event.reason, &event.personal_digest})
        out.value(*part);
    out.end_array();
    return digest_of(text);
}

void record_event(Connection& connection, const EventKind& kind, const EventDetails& details) {
    static const Caller nobody;
    const Caller& caller = connection.caller() != nullptr ? *connection.caller() : nobody;
    Event event{.kind = std::string(kind.code),
                .account_id = std::string(details.account),
                .actor_id = caller.account,
                .door = std::string(doors[static_cast<std::size_t>(caller.door)]),
                .object = std::string(details.object),
                .reason = std::string(details.reason),
                .times = details.times};
    // An event about a person who deletes their own account keeps no address, device or note of that person.
    if (kind.code != event_kind("account_deleted").code || event.actor_id != event.account_id) {
        event.address = printable_ascii(caller.address, longest_client);
        event.device = printable_ascii(caller.device, longest_client);
        event.note = details.note;
    }
    connection.add_event(std::move(event));
}

// Salt and texts go, the digest stays: the chain's hashes are over the digest, so the chain stays whole.
std::int64_t erase_person(Connection& connection, std::string_view account_id) {
    return connection.run(erase_of, account_id) + connection.run(erase_by, account_id);
}

std::string EventIds::next(Milliseconds now, Random& random) {
    constexpr unsigned most = 1U << 12U;  // RFC 9562 §6.2, method 1: a counter in the 12 bits behind the time
    constexpr auto same_moment = std::chrono::seconds(1);  // further back it is a clock that was set
    if (now > last_ || last_ - now > same_moment) {
        last_ = now;
        count_ = 0;
    } else if (++count_ == most) {
        last_ += std::chrono::milliseconds(1);
        count_ = 0;
    }
    return make_id(last_, count_, random);
}

void write_events(Connection& connection, EventIds& ids, EventIds::Milliseconds now, Random& random) {
    // In the order in which they were recorded, which their ids keep.
    for (Event& event : connection.take_events()) {
        event.id = ids.next(now, random);
        event.at = std::chrono::floor<std::chrono::seconds>(now);
        if (!personal_digest_of(event).empty()) {
            std::array<unsigned char, 16> salt{};
            random.fill(salt);
            // One salt for each event, so that two events of one address do not look alike.
            event.salt = base64url::encode({reinterpret_cast<const char*>(salt.data()), salt.size()});
            event.personal_digest = personal_digest_of(event);
        }
        connection.insert(insert_event, event);
    }
}

void EventStore::add(const EventKind& kind, const EventDetails& details) {
    database_->write([&](Connection& connection) {
        record_event(connection, kind, details);
        return true;
    });
}

std::vector<KindCount> EventStore::count_kinds(Time since, Time until) {
    const std::string low = first_id_of(since), high = first_id_of(until);
    return database_->use(Intent::read,
                          [&](Connection& connection) { return connection.find_all(select_counts, low, high); });
}

std::int64_t EventStore::count_times(const EventKind& kind, Time since, Time until) {
    const std::string low = first_id_of(since), high = first_id_of(until);
    const auto times = database_->use(
        Intent::read, [&](Connection& connection) { return connection.find_all(select_times, low, high, kind.code); });
    return std::accumulate(times.begin(), times.end(), std::int64_t{0});
}

EventPage EventStore::list(const Wanted& wanted) {
    for (const std::string_view text : {wanted.account, wanted.actor, wanted.kind, wanted.before})
        if (cannot_be_stored(text)) return {};
    const std::string low = wanted.since ? first_id_of(*wanted.since) : std::string();
    std::string high(wanted.before.empty() ? behind_all_events : wanted.before);
    if (wanted.until) high = std::min(high, first_id_of(*wanted.until));
    const auto limit = static_cast<std::size_t>(std::clamp(wanted.limit, 1, 1000));
    const std::size_t one_more = limit + 1;  // tells whether there is a next page
    const auto rows = database_->use(Intent::read, [&](Connection& connection) {
        if (!wanted.account.empty() && !wanted.actor.empty())
            return wanted.kind.empty() ? connection.find_all(select_of_account_and_actor, high, low, one_more,
                                                             wanted.account, wanted.actor)
                                       : connection.find_all(select_of_account_actor_and_kind, high, low, one_more,
                                                             wanted.account, wanted.actor, wanted.kind);
        if (!wanted.account.empty())
            return wanted.kind.empty() ? connection.find_all(select_of_account, high, low, one_more, wanted.account)
                                       : connection.find_all(select_of_account_and_kind, high, low, one_more,
                                                             wanted.account, wanted.kind);
        if (!wanted.actor.empty())
            return wanted.kind.empty()
                       ? connection.find_all(select_of_actor, high, low, one_more, wanted.actor)
                       : connection.find_all(select_of_actor_and_kind, high, low, one_more, wanted.actor, wanted.kind);
        if (!wanted.kind.empty()) return connection.find_all(select_of_kind, high, low, one_more, wanted.kind);
        return connection.find_all(select_page_of_events, high, low, one_more);
    });
    EventPage page;
    for (const auto& [event, account, actor] : rows) page.events.push_back({event, account.username, actor.username});
    if (page.events.size() <= limit) return page;
    page.events.pop_back();
    page.next = page.events.back().event.id;
    return page;
}

// Read first: where nothing has happened, nobody writes.
std::int64_t EventStore::seal(std::int64_t limit) {
    if (!database_->use(Intent::read, [](Connection& connection) { return connection.finds_any(select_any_new); }))
        return 0;
    return database_->write([&](Connection& connection) {
        connection.run(hold_chain);
        ChainEnd end = connection.find(select_end).value_or(ChainEnd{});
        auto fresh = connection.find_all(select_new, limit);
        for (Event& event : fresh) {
            event.sequence = ++end.sequence;
            end.hash = hash_of(event, end.hash);
            connection.run(seal_one, end.sequence, end.hash, event.id);
        }
        if (!fresh.empty()) connection.run(update_end, end.sequence, end.hash);
        return static_cast<std::int64_t>(fresh.size());
    });
}

ChainEnd EventStore::end() {
    return database_->use(Intent::read,
                          [](Connection& connection) { return connection.find(select_end).value_or(ChainEnd{}); });
}

std::vector<Event> EventStore::after(std::int64_t sequence, int limit) {
    const std::int64_t most = std::clamp(limit, 1, 1000);
    return database_->use(
        Intent::read, [&](Connection& connection) { return connection.find_all(select_events_after, sequence, most); });
}

std::vector<Checkpoint> EventStore::checkpoints() {
    return database_->use(Intent::read, [](Connection& connection) { return connection.find_all(select_checkpoints); });
}

std::vector<Checkpoint> EventStore::last_checkpoints() {
    return database_->use(Intent::read,
                          [](Connection& connection) { return connection.find_all(select_last_checkpoints); });
}

bool EventStore::add_checkpoint(const Checkpoint& checkpoint, std::optional<std::int64_t> instead_of) try {
    return database_->write([&](Connection& connection) {
        connection.insert(insert_checkpoint, checkpoint);
        if (instead_of) connection.run(delete_checkpoint, *instead_of);
        return true;
    });
} catch (const NotUnique&) {
    return false;
}

bool EventStore::forget(const Checkpoint& stub) {
    return database_->write([&](Connection& connection) {
        connection.run(hold_chain);
        // The stub was signed outside of this transaction; meanwhile somebody else may have deleted what it stands for.
        if (connection.find(select_hash, stub.sequence) != stub.hash) return false;
        connection.run(delete_events_up_to, stub.sequence);
        connection.run(delete_checkpoints, stub.sequence);
        connection.insert(insert_checkpoint, stub);
        return true;
    });
}

std::optional<ChainEnd> EventStore::end_of_those_before(Time time, std::int64_t limit) {
    const auto first =
        database_->use(Intent::read, [&](Connection& connection) { return connection.find_all(select_first, limit); });
    std::optional<ChainEnd> end;
    // Ended at the first one that is not old enough: what is deleted must be the begin of the chain, without gaps.
    for (const Point& point : first) {
        if (point.at >= time) break;
        end = ChainEnd{point.sequence, point.hash};
    }
    return end;
}

bool EventStore::was_deleted(std::string_view account_id) {
    return database_->use(Intent::read,
                          [&](Connection& connection) { return connection.finds_any(select_deleted, account_id); });
}

}  // namespace keyhold::store
