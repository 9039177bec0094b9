// SPDX-License-Identifier: Apache-2.0
#include "store/database/database.hpp"

#include <algorithm>
#include <thread>

#include "base/waiting.hpp"
#include "store/events/change_rows.hpp"
#include "store/schema/migrations.hpp"

namespace keyhold::store {

namespace {

// While other nodes are on their way to a change.
constexpr auto ask_again_after = std::chrono::milliseconds(4);

std::unique_ptr<ChangeSignal> make_change_signal(const DatabaseLocation& location) {
    if (location.driver->open_change_signal == nullptr) return std::make_unique<LeasedChangeSignal>();
    return location.driver->open_change_signal(location.target);
}

// A transaction that others keep undoing is given up after so many.
constexpr int transaction_attempts = 5;

// An index over many accounts takes its time, and so does waiting for whoever makes it.
constexpr std::chrono::milliseconds patience_for_steps = std::chrono::minutes(10);

// A write that succeeded says for so long that writes do.
constexpr auto wrote_lately = std::chrono::seconds(1);

// Readers leave a connection in four to whoever writes: however many look-ups wait for a slow database, a log-out finds
// one.
std::size_t share_of(Intent intent, std::size_t connections) {
    return intent == Intent::write ? connections : connections - connections / 4;
}

void ask_for_the_time(Link& link, std::string_view expression, DatabaseClock& clock) {
    const std::string sql = "SELECT " + std::string(expression);
    const auto statement = link.prepare(Sql{sql, "", "i"});
    const auto before = BootClock::now();
    statement->run({}, [&](const Statement& row) {
        clock.learn(before, BootClock::now(), std::chrono::milliseconds(row.integer(0)));
    });
}

// Database::slow_down(): who waits already is let go when it is over.
void be_slow(const std::atomic<std::chrono::milliseconds>& delay) {
    constexpr auto poll_interval = std::chrono::milliseconds(5);
    const auto of_now = delay.load();
    if (of_now.count() == 0) return;
    const auto end = std::chrono::steady_clock::now() + of_now;
    while (delay.load() == of_now && std::chrono::steady_clock::now() < end) std::this_thread::sleep_for(poll_interval);
}

}  // namespace

Error there_is_none(const DatabaseLocation& location) {
    return {errors::not_found,
            "there is no database at " + location.shown +
                ": say where it is with DATABASE_URL, state_dir or --config, or make one with `keyhold db create`"};
}

Error other_schema(const DatabaseLocation& location, int schema) {
    if (schema == 0)
        return {errors::not_found, "there is nothing of Keyhold's in the database " + location.shown +
                                       ": `keyhold db create` makes its tables"};
    if (schema > newest_schema()) return too_new(schema);
    return {errors::configuration, "the database has schema " + std::to_string(schema) +
                                       ", and this Keyhold works with " + std::to_string(newest_schema()) +
                                       ": `keyhold db migrate` brings it there"};
}

Result<std::unique_ptr<Database>> Database::open(std::string_view url, const DatabaseOptions& options) {
    auto location = parse_url(url);
    if (!location) return std::move(location).error();
    const Driver& driver = *location->driver;
    if (options.make == Make::what_is_missing) driver.make_if_absent(location->target);
    if (!driver.exists(location->target)) return there_is_none(*location);
    // Held before the database is looked at, so that it is not replaced between looking and working.
    auto in_use = driver.hold != nullptr ? driver.hold(location->target) : std::nullopt;
    const auto require_hold = [&](bool is_held) {
        if (!is_held) throw Unavailable("the database " + location->shown + " is being restored");
    };
    require_hold(driver.hold == nullptr || in_use);
    auto link = driver.connect(location->target, options.patience);
    if (options.make == Make::what_is_missing && driver.set_up != nullptr) driver.set_up(*link, options.patience);
    if (options.make == Make::nothing && schema_of(*link) == 0) {
        // Whoever holds it too may be making our tables at this moment.
        if (in_use && in_use->kind() == FileLock::Kind::alone) driver.leave(location->target, "");
        return other_schema(*location, 0);
    }
    // We are the first. Others wait at the lock until what we see is on the disk.
    if (in_use && in_use->kind() == FileLock::Kind::alone) {
        link->make_lasting();
        require_hold(in_use->share());
    }
    if (const int schema = schema_of(*link); schema != newest_schema()) {
        if (options.make == Make::nothing) return other_schema(*location, schema);
        // A connection of its own, as a step may take longer than any statement of a request may.
        const auto patient = driver.connect(location->target, std::max(options.patience, patience_for_steps));
        if (auto migrated = migrate(*patient, driver); !migrated) return std::move(migrated).error();
    }
    return std::unique_ptr<Database>(new Database(std::move(*location), std::move(in_use), options, std::move(link)));
}

Database::Database(DatabaseLocation location, std::optional<FileLock> in_use, DatabaseOptions options,
                   std::unique_ptr<Link> link)
    : location_(std::move(location)),
      in_use_(std::move(in_use)),
      options_(std::move(options)),
      doubts_(location_.driver->doubts(*link)),
      change_signal_(make_change_signal(location_)),
      commits_([this](std::span<const CommitQueue::Work* const> works) { transact(works); }) {
    // So that give_back(), which runs where exceptions are on their way, needs no memory.
    idle_.reserve(options_.connections);
    if (!location_.driver->clock.empty()) ask_for_the_time(*link, location_.driver->clock, clock_);
    if (location_.driver->hold != nullptr) keeper_ = std::move(link);
    // A process that used this database before may have died between a commit and its signal, so we signal once for it.
    change_signal_->raise();
    if (options_.node.empty() || location_.driver->open_change_signal != nullptr) return;
    // Last: its thread calls our functions at once.
    node_ = std::make_unique<Node>(location_, options_.patience, static_cast<LeasedChangeSignal&>(*change_signal_),
                                   queues_, clock_, options_.node,
                                   Node::Listener{[this] { begin_anew(); }, [this] { is_gone_ = false; },
                                                  [this](std::string_view) { is_gone_ = true; }});
}

// With a node somebody tries again all the time. Without, the next one who wants something does.
void Database::note_that_it_is_gone() noexcept {
    if (node_) is_gone_ = true;
    const std::lock_guard lock(mutex_);
    idle_.clear();
}

// A server that has as many connections as it takes refuses another one, and those that it has are well. If they are
// not, whoever uses one of them finds out.
void Database::note_that_it_took_no_more() noexcept {
    {
        const std::lock_guard lock(mutex_);
        if (at_work_ > 0 || !idle_.empty()) return;
    }
    note_that_it_is_gone();
}

// A new connection may lead to another server than those before it did, and be the first to do so.
void Database::note_that_it_may_be_another() noexcept {
    if (location_.driver->open_change_signal != nullptr) return;
    ++breaks_;
    change_signal_->raise();
}

// Connections from before may lead to a server that was replaced, and is only slow to go.
void Database::begin_anew() noexcept {
    {
        const std::lock_guard lock(mutex_);
        ++era_;
        idle_.clear();
    }
    queues_.raise_all();
    note_that_it_may_be_another();
}

// Connections from before lead to the file that was there, and what was remembered came from it. Whoever finds that out
// closes them for all, as each would go on reading that file until it looks for itself.
void Database::begin_with_another_file() noexcept {
    begin_anew();
    change_signal_->raise();
}

Database::Progress Database::progress() {
    static constexpr Sql select{
        "SELECT c.sequence, COALESCE((SELECT MIN(n.passed) FROM keyhold_nodes n WHERE n.id <> :a), c.sequence) "
        "FROM keyhold_change_counter c",
        "t", "ii"};
    return use(Intent::write, [&](Connection& connection) {  // a writer's last step: it comes before the readers
        // Before it asks, for tell_the_others() compares it with the time of its commit.
        Progress progress{BootClock::now(), 0, 0};
        connection.statement(select).run({options_.node}, [&](const Statement& row) {
            progress.last = row.integer(0);
            progress.passed = row.integer(1);
        });
        return progress;
    });
}

// docs/several-nodes.md says why waiting for the end of a lease is as good as hearing from everybody.
void Database::tell_the_others() noexcept {
    if (location_.driver->open_change_signal != nullptr) return;
    const auto begin = BootClock::now();
    // The number of the newest change that was there when we first asked, which is ours or a later one.
    std::optional<std::int64_t> ours;
    while (BootClock::now() - begin < lease_is_over) {
        try {
            // Of many who wait one asks, and all use the answer.
            const std::lock_guard lock(telling_);
            // A position that another thread asked for after our commit answers our question too.
            if (told_.asked_at < begin || !ours || told_.passed < *ours) told_ = progress();
            if (!ours) ours = told_.last;
            if (told_.passed >= *ours) return;
        } catch (const std::exception&) {  // NOLINT(bugprone-empty-catch): then time will tell
        }
        std::this_thread::sleep_for(ask_again_after);
    }
}

// Before each write.
void Database::settle() {
    if (!keeper_) return;
    if (!keeper_->is_current()) {
        begin_with_another_file();
        keeper_ = location_.driver->connect(location_.target, options_.patience);
        in_doubt_ = false;  // this is another file
    }
    if (!in_doubt_) return;
    // Throws as long as it does not succeed: nothing is written before.
    keeper_->settle();
    in_doubt_ = false;
}

void Database::check_writes() {
    if (location_.driver->require_room != nullptr) location_.driver->require_room(location_.target);
    if (!writes_fail_ && std::chrono::steady_clock::now() - wrote_.load() < wrote_lately) return;
    write([](Connection& connection) {
        touch_changes(connection);
        return true;
    });
}

// One thread at a time, as the queue calls it. A transaction that the database undid for the sake of another one is
// tried again after 1, 4, 9 and 16 ms.
void Database::transact(std::span<const CommitQueue::Work* const> works) try {
    settle();
    for (int attempt = 1;; ++attempt) try {
            const bool are_changes =
                use(Intent::write, [&](Connection& connection) { return transact_once(connection, works); });
            // Behind the commit and before anybody is told that it is done (change_signal.hpp).
            if (are_changes) change_signal_->raise();
            wrote_ = std::chrono::steady_clock::now();
            writes_fail_ = false;
            queues_.raise_all();
            return;
        } catch (const TryAgain&) {
            if (attempt == transaction_attempts) throw;
            std::this_thread::sleep_for(std::chrono::milliseconds(attempt * attempt));
        }
} catch (const CommitUnknown&) {
    in_doubt_ = true;
    writes_fail_ = true;
    change_signal_->raise();  // it may have been committed
    queues_.raise_all();
    throw;
} catch (const Unavailable&) {
    writes_fail_ = true;
    throw;
}

bool Database::transact_once(Connection& connection, std::span<const CommitQueue::Work* const> works) {
    connection.begin_writing();
    for (const CommitQueue::Work* work : works) (*work)(connection);
    // Asked for behind all works: events and changes are dated at the end of the transaction, where their numbers are
    // given.
    const EventIds::Milliseconds now = moment();
    write_events(connection, event_ids_, now, random_);
    const bool are_changes = connection.changes() > 0;
    connection.commit(std::chrono::floor<std::chrono::seconds>(now));
    return are_changes;
}

// A clock of somebody else's ticks in seconds; what is below them only keeps the order.
EventIds::Milliseconds Database::moment() const {
    const auto exactly = clock_.now_in_milliseconds();
    if (options_.clock == nullptr) return exactly;
    return options_.clock->now() + (exactly - std::chrono::floor<std::chrono::seconds>(exactly));
}

std::unique_ptr<Connection> Database::take(Intent intent) {
    // Without waiting: as long as the node cannot reach the server, nobody else has to find that out for himself.
    if (is_gone_) throw ServerGone("the database " + location_.shown + " did not answer a moment ago");
    about_to_wait();
    std::unique_lock lock(mutex_);
    const auto is_free = [&] { return lent_ < share_of(intent, options_.connections); };
    auto& came_back = intent == Intent::write ? came_back_for_writers_ : came_back_for_readers_;
    if (!came_back.wait_for(lock, options_.lease_timeout, is_free)) {
        ++errors_;
        throw Unavailable("all connections with the database are in use");
    }
    ++lent_;
    // A connection is made by whoever needs it, outside of the lock.
    if (idle_.empty()) return nullptr;
    auto connection = std::move(idle_.back());
    idle_.pop_back();
    return connection;
}

void Database::give_back(std::unique_ptr<Connection> connection, std::uint64_t era) {
    {
        const std::lock_guard lock(mutex_);
        --lent_;
        if (!connection)
            ++errors_;
        else if (era == era_)
            idle_.push_back(std::move(connection));  // room was reserved
    }
    // Both, because a place that is free may be one that only writers may take.
    came_back_for_writers_.notify_one();
    came_back_for_readers_.notify_one();
}

DatabaseCounters Database::counters() const {
    const std::lock_guard lock(mutex_);
    return {lent_, options_.connections, errors_};
}

Database::Lease::Lease(Database& database, Intent intent)
    : database_(database), era_(database.era_), connection_(database.take(intent)) {
    const bool is_one_more = !connection_;
    try {
        be_slow(database_.delay_);
        if (connection_ && !connection_->is_current(intent, database_.doubted_)) {
            connection_.reset();
            database_.begin_with_another_file();
        }
        if (!connection_) {
            connection_ = std::make_unique<Connection>(database_.location_, database_.options_.patience);
            database_.note_that_it_may_be_another();
        }
        ++database_.at_work_;
    } catch (const ServerGone&) {  // the destructor does not run for us
        // A new connection that was refused may only mean that the server takes no more of them.
        if (is_one_more)
            database_.note_that_it_took_no_more();
        else
            database_.note_that_it_is_gone();
        database_.give_back(nullptr, era_);
        throw;
    } catch (...) {  // NOLINT(bugprone-empty-catch)
        database_.doubted_ = std::chrono::steady_clock::now();
        database_.give_back(nullptr, era_);
        throw;
    }
}

void Database::Lease::undo_and_keep() noexcept {
    try {
        connection_->rollback();
        keep();
    } catch (const std::exception&) {  // NOLINT(bugprone-empty-catch): then another one is made
    }
}

Database::Lease::~Lease() {
    if (!keep_) connection_.reset();
    database_.give_back(std::move(connection_), era_);
    --database_.at_work_;
}

}  // namespace keyhold::store
