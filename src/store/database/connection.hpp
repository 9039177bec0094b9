// SPDX-License-Identifier: Apache-2.0
// One connection to a database with the statements that were prepared on it. One thread at a time.
#pragma once

#include <array>
#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/caller.hpp"
#include "store/database/driver.hpp"
#include "store/database/row.hpp"
#include "store/database/statement.hpp"
#include "store/events/change_store.hpp"
#include "store/events/event.hpp"

namespace keyhold::store {

// What a connection is about to be used for.
enum class Intent { read, write };

// What is recorded during a transaction (changes, events) is gathered here and written at its end, in the same
// transaction; rollback() forgets it.
class Connection {
public:
    // Throws Unavailable, also if the schema is not the one that this program made sure of when it started, or one that
    // a newer one made of that since (migrations.hpp).
    Connection(const DatabaseLocation& location, std::chrono::milliseconds patience);

    const Driver& driver() const { return driver_; }

    // Written at commit(), so that the row that counts them is held as shortly as can be (change_store.hpp).
    void add_change(Change change) { changes_.push_back(std::move(change)); }
    std::size_t changes() const { return changes_.size(); }  // that the transaction has recorded so far

    // Written at the end of the transaction (event_rows.hpp), by whom it is done.
    void add_event(Event event) { events_.push_back(std::move(event)); }
    std::vector<Event> take_events() { return std::exchange(events_, {}); }
    const Caller* caller() const { return caller_; }  // null: the server itself
    // The pointer is good during the work.
    void work_for(const Caller* caller) { caller_ = caller; }

    // Prepared the first time, remembered from then on.
    // By the address of `sql`, which must live as long as the program.
    Statement& statement(const Sql& sql);

    // Runs a query (row.hpp) that returns no rows: how many it found. Values that do not fit its letters do not
    // compile.
    template <detail::Literal Text, detail::Literal Parameters, class... Args>
    requires(detail::fit<Args...>(Parameters.view())) std::int64_t run(Query<Text, Parameters>, const Args&... args) {
        return run_for(
            Query<Text, Parameters>{}, [](const Statement&) {}, args...);
    }
    // Its only row, if it found one.
    template <detail::Literal Text, detail::Literal Parameters, class... Rows, class... Args>
    requires(detail::fit<Args...>(Parameters.view())) auto find(Query<Text, Parameters, Rows...> query,
                                                                const Args&... args) {
        std::optional<RowOf<Rows...>> found;
        run_for(
            query, [&](const Statement& row) { found = read_rows<Rows...>(row); }, args...);
        return found;
    }
    // All rows are held in memory: the caller's SQL bounds how many there may be.
    template <detail::Literal Text, detail::Literal Parameters, class... Rows, class... Args>
    requires(detail::fit<Args...>(Parameters.view())) auto find_all(Query<Text, Parameters, Rows...> query,
                                                                    const Args&... args) {
        std::vector<RowOf<Rows...>> found;
        run_for(
            query, [&](const Statement& row) { found.push_back(read_rows<Rows...>(row)); }, args...);
        return found;
    }
    template <detail::Literal Text, detail::Literal Parameters, class... Rows, class... Args>
    requires(detail::fit<Args...>(Parameters.view())) bool finds_any(Query<Text, Parameters, Rows...> query,
                                                                     const Args&... args) {
        bool found = false;
        run_for(
            query, [&](const Statement&) { found = true; }, args...);
        return found;
    }
    // Throws NotUnique where something of the row is taken.
    template <detail::Literal Table, Row T, detail::Literal Changed, detail::Literal Expression>
    void insert(Insert<Table, T, Changed, Expression>, const T& row) {
        const auto values = bound(row);
        statement(Insert<Table, T, Changed, Expression>::sql).run(values);
    }

    // For what is asked once: not remembered.
    // Must not outlive the connection's loan.
    std::unique_ptr<Statement> prepare(const Sql& sql) { return link_->prepare(sql); }
    // Within a transaction, which has to be rolled back where it throws.
    void load(const Rows& rows) { link_->load(rows); }
    // For statements of the schema, which have no parameters and no rows, and cannot be prepared in every database.
    void execute(const std::string& sql) { link_->execute(sql); }
    // A transaction; each of its statements sees what others have committed. One that is not committed ends with the
    // connection.
    void begin_writing() { link_->execute(std::string(driver_.begin_writing)); }
    // `now` is what changes are dated. Throws CommitUnknown, unless the database says that it has undone the
    // transaction.
    void commit(Time now);
    void rollback() {
        changes_.clear();
        events_.clear();
        link_->execute("ROLLBACK");
    }

    // Whether this is still a connection of the database that DATABASE_URL names. Asked before every write;
    // before a read only if the last answer is older than 100 ms or than `doubted`, as it costs a third of a look-up.
    bool is_current(Intent intent, std::chrono::steady_clock::time_point doubted);

private:
    template <detail::Literal Text, detail::Literal Parameters, class... Rows, class OnRow, class... Args>
    requires(detail::fit<Args...>(Parameters.view())) std::int64_t
        run_for(Query<Text, Parameters, Rows...>, OnRow on_row, const Args&... args) {
        const std::array<Parameter, sizeof...(Args)> values{Stored<detail::Plain<Args>>::bound(args)...};
        return statement(Query<Text, Parameters, Rows...>::sql).run(std::span<const Parameter>(values), on_row);
    }

    const Driver& driver_;
    std::vector<Change> changes_;
    std::vector<Event> events_;
    const Caller* caller_ = nullptr;
    std::unique_ptr<Link> link_;
    std::unordered_map<const Sql*, std::unique_ptr<Statement>> statements_;  // gone before the link
    std::chrono::steady_clock::time_point looked_at_;
};

}  // namespace keyhold::store
