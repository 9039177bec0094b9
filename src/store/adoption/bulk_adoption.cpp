// SPDX-License-Identifier: Apache-2.0
#include "store/adoption/bulk_adoption.hpp"

#include <functional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/json.hpp"
#include "store/adoption/adopted_rows.hpp"
#include "store/events/event_rows.hpp"

namespace keyhold::store {

namespace {

// Rows of one transaction: the application waits for it on SQLite, some tens of milliseconds; elsewhere for what the
// disk takes to write its log.
constexpr std::int64_t rows_at_once = 2'000;

struct TakenRow {
    std::string name_key;
    std::optional<std::string> email_key;
};
KEYHOLD_ROW(TakenRow, (name_key), (email_key))
struct KnownRow {
    std::string old_id, username, password_hash;
    bool disabled = false;
    std::optional<std::string> email_key;
};
KEYHOLD_ROW(KnownRow, (old_id), (username), (password_hash), (disabled), (email_key))

constexpr Query<"SELECT {} FROM keyhold_accounts", "", TakenRow> select_taken_names;
constexpr Query<"SELECT 1 FROM keyhold_adopted LIMIT 1", "", std::int64_t> select_any_adopted;
// As AdoptionStore's own notes of users who were there before us: without a time.
constexpr Query<"INSERT INTO keyhold_adopted_changes (note, old_id, deleted) VALUES (:a, :b, 0)", "tt">
    insert_adopted_note;
constexpr Query<"DELETE FROM keyhold_adopted_changes WHERE note = :a", "t"> delete_adopted_note;
constexpr Query<"SELECT COUNT(*) FROM keyhold_adopted_changes WHERE noted_at > 0", "", std::int64_t> count_notes;

std::size_t key_digest(const std::string& text) { return std::hash<std::string>{}(text); }

bool is_as_wanted(const KnownRow& known, const Account& wanted) {
    return known.username == wanted.username && known.password_hash == wanted.password_hash &&
           known.disabled == wanted.disabled && known.email_key == wanted.email_key;
}

}  // namespace

// What one transaction has found out; it is begun anew where that is tried again.
struct BulkAdoption::Page {
    std::vector<ForeignUser> users;
    std::unordered_map<std::string, KnownRow> known;     // by their id
    std::vector<std::pair<Account, std::string>> fresh;  // and their id
    std::vector<std::string> noted;
    std::unordered_set<std::size_t> taken;
    std::int64_t notes = 0;
};

BulkAdoption::BulkAdoption(std::shared_ptr<Database> database, const ForeignDialect& dialect, const ForeignTable& table)
    : database_(std::move(database)),
      dialect_(dialect),
      pages_(pages_of_users(dialect, table)),
      columns_(pages_.columns, 't'),
      first_{pages_.from_first, "i", columns_},
      after_{pages_.after, "ti", columns_} {
    database_->use(Intent::read, [&](Connection& connection) {
        has_accounts_ = connection.finds_any(select_any_adopted);
        for (const TakenRow& row : connection.find_all(select_taken_names)) {
            taken_.insert(key_digest(row.name_key));
            if (row.email_key) taken_.insert(key_digest(*row.email_key));
        }
        return 0;
    });
}

void BulkAdoption::read(Connection& connection, Page& page) const {
    if (!dialect_.read_by_key.empty()) connection.execute(std::string(dialect_.read_by_key));
    const auto add = [&](const Statement& row) {
        page.users.push_back({row.text(0), row.text(1), row.text(2), row.text(3) == "1", row.text(4)});
    };
    if (last_.empty())
        connection.statement(first_).run({rows_at_once}, add);
    else
        connection.statement(after_).run({std::string_view(last_), rows_at_once}, add);
}

// The accounts that these users have already.
void BulkAdoption::mark_known(Connection& connection, Page& page) const {
    std::string list;
    json::Writer writer(list);
    writer.begin_array();
    for (const ForeignUser& user : page.users) writer.value(user.id);
    writer.end_array();
    const std::string text =
        "SELECT l.old_id, a.username, a.password_hash, a.disabled, a.email_key FROM " +
        std::string(connection.driver().listed) +
        " JOIN keyhold_adopted l ON l.old_id = listed.item JOIN keyhold_accounts a ON a.id = l.account_id";
    connection.prepare({text, "t", columns_read<KnownRow>})->run({std::string_view(list)}, [&](const Statement& row) {
        auto known = read_rows<KnownRow>(row);
        std::string id = known.old_id;
        page.known.emplace(std::move(id), std::move(known));
    });
}

void BulkAdoption::sort_out(Page& page, const MakeAccount& make) const {
    const auto is_taken = [&](std::size_t key) { return taken_.contains(key) || page.taken.contains(key); };
    for (const ForeignUser& user : page.users) {
        // Empty for a name that we cannot have: that user stays with the application alone.
        auto account = make(user);
        if (const auto known = page.known.find(user.id); known != page.known.end()) {
            if (!account || !is_as_wanted(known->second, *account)) page.noted.push_back(user.id);
            continue;
        }
        if (!account) continue;
        const std::size_t name = key_digest(account->name_key);
        const std::size_t email = account->email_key ? key_digest(*account->email_key) : name;
        if (is_taken(name) || is_taken(email)) {
            page.noted.push_back(user.id);
            continue;
        }
        // Taken only when the page is written: a page that is begun anew begins without them.
        page.taken.insert({name, email});
        page.fresh.emplace_back(*std::move(account), user.id);
    }
}

void BulkAdoption::write(Connection& connection, const Page& page) const {
    for (const std::string& id : page.noted) {
        const std::string note = "adopt " + id;
        connection.run(delete_adopted_note, note);  // of an adoption that was broken off
        connection.run(insert_adopted_note, note, id);
    }
    if (page.fresh.empty()) return;
    // The links first: the trigger on accounts asks for them.
    Rows links{"keyhold_adopted", "account_id, old_id", "tt", {}};
    Rows accounts = rows_of<Account>("keyhold_accounts");
    for (const auto& [account, id] : page.fresh) {
        links.cells.insert(links.cells.end(), {std::string_view(account.id), std::string_view(id)});
        const auto values = bound(account);
        accounts.cells.insert(accounts.cells.end(), values.begin(), values.end());
    }
    connection.load(links);
    if (!dialect_.begin_loading.empty()) connection.execute(std::string(dialect_.begin_loading));
    connection.load(accounts);
    if (!dialect_.end_loading.empty()) connection.execute(std::string(dialect_.end_loading));
    record_event(connection, event_kind("imported"),
                 {.reason = by_application, .times = static_cast<std::int64_t>(page.fresh.size())});
}

std::size_t BulkAdoption::next(const MakeAccount& make) {
    if (is_through_) return 0;
    Page page;
    const auto work = [&](bool is_only_noted) {
        return database_->write([&, is_only_noted](Connection& connection) {
            page = {};
            page.notes = connection.find(count_notes).value_or(0);
            read(connection, page);
            if (has_accounts_ && !page.users.empty()) mark_known(connection, page);
            if (is_only_noted)
                for (const ForeignUser& user : page.users) page.noted.push_back(user.id);
            else
                sort_out(page, make);
            write(connection, page);
            return page.users.size();
        });
    };
    std::size_t rows = 0;
    try {
        rows = work(false);
    } catch (const NotUnique&) {  // somebody made an account meanwhile
        // All users of the page are only noted then, and whoever works the notes off decides one by one.
        rows = work(true);
    }
    was_written_to_ = page.notes > std::exchange(notes_, page.notes);
    // Rows behind the last page were added after the triggers were made, which have noted them. Going on would never
    // end beside an application that keeps writing.
    is_through_ = rows < static_cast<std::size_t>(rows_at_once);
    if (rows == 0) return 0;
    taken_.merge(page.taken);
    last_ = page.users.back().id;
    return rows;
}

}  // namespace keyhold::store
