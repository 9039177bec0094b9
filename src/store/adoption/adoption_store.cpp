// SPDX-License-Identifier: Apache-2.0
#include "store/adoption/adoption_store.hpp"

#include <utility>

#include "store/adoption/adopted_rows.hpp"
#include "store/change_rows.hpp"

namespace keyhold::store {

constexpr std::string_view adopting = "adopt ";

struct AdoptionNote {
    std::string note, old_id;
    bool deleted = false;
    Time noted_at{};

    // Made by note(), not by a trigger: the user was there before us.
    bool is_of_adoption() const { return note.starts_with(adopting); }
};
KEYHOLD_ROW(AdoptionNote, (note), (old_id), (deleted), (noted_at))

namespace {

// So many notes are worked off in one transaction.
constexpr std::int64_t at_once = 500;
constexpr int attempts = 5;

// What select_user() asks for.
struct UserRow {
    std::string name, password_hash;
    bool active = true;
    std::string email;
};
KEYHOLD_ROW(UserRow, (name), (password_hash), (active), (email))

constexpr Query<"UPDATE keyhold_adoption SET complete = 1"> update_complete;
constexpr Query<"SELECT 1 FROM keyhold_adopted_changes LIMIT 1", "", std::int64_t> select_any;
constexpr Query<"SELECT {} FROM keyhold_adopted_changes LIMIT :a", "i", AdoptionNote> select_notes;
constexpr Query<"DELETE FROM keyhold_adopted_changes WHERE note = :a", "t"> delete_note;
// Without a time: it was not noted by a trigger.
constexpr Query<"INSERT INTO keyhold_adopted_changes (note, old_id, deleted) VALUES (:a, :b, 0)", "tt"> insert_note;

}  // namespace

AdoptionStore::AdoptionStore(std::shared_ptr<Database> database, const ForeignDialect& dialect,
                             const ForeignTable& table, bool complete)
    : database_(std::move(database)),
      user_by_id_(select_user(dialect, table)),
      ids_(pages_of_ids(dialect, table)),
      select_user_{user_by_id_, "t", columns_read<UserRow>},
      select_first_ids_{ids_.from_first, "i", "t"},
      select_ids_after_{ids_.after, "ti", "t"},
      follows_email_(!table.email.empty()),
      needs_email_(table.email_required),
      takes_newcomers_(table.takes_newcomers),
      written_hash_(table.written_hash),
      complete_(complete) {}

bool AdoptionStore::catch_up(const MakeAccount& make, Time now) {
    const bool anything =
        database_->use(Intent::read, [](Connection& connection) { return connection.finds_any(select_any); });
    if (!anything) return false;
    while (work_off_some(make, now) == static_cast<std::size_t>(at_once)) {
    }
    return true;
}

std::size_t AdoptionStore::work_off_some(const MakeAccount& make, Time now) {
    for (int attempt = 1;; ++attempt) try {
            return write_change(*database_, [&](Connection& connection) {
                const auto notes = connection.find_all(select_notes, at_once);
                for (const AdoptionNote& note : notes) work_off(connection, note, make, now);
                return notes.size();
            });
        } catch (const NotUnique&) {  // another node gave somebody that name meanwhile: now that is seen
            if (attempt == attempts) throw;
        }
}

void AdoptionStore::work_off(Connection& connection, const AdoptionNote& note, const MakeAccount& make,
                             Time now) const {
    if (connection.run(delete_note, note.note) != 1) return;  // another process came first
    const auto user = find_user(connection, note.old_id);
    auto wanted = user ? make(*user) : std::nullopt;
    const auto account = find_adopted(connection, note.old_id);
    // Their ids may be used again, and so another name is another person.
    const bool is_over = note.deleted || !wanted || (account && account->username != wanted->username);
    if (account && is_over) remove_adopted(connection, *account, now);
    if (!wanted) return;
    // An address that was given here alone stays.
    if (account && !follows_email_) {
        wanted->email = account->email;
        wanted->email_key = account->email_key;
    }
    if (account && !is_over)
        update_adopted(connection, *account, *wanted, now);
    else {
        // Whoever registers at the application may log in there at once, and comes here with that token. Triggers of
        // an earlier version do not say when it was.
        const bool is_dated = note.is_of_adoption() || note.noted_at != Time{};
        wanted->tokens_valid_from = is_dated ? note.noted_at : now + std::chrono::seconds(1);
        add_adopted(connection, *wanted, note.old_id);
    }
}

std::optional<ForeignUser> AdoptionStore::find_user(Connection& connection, std::string_view old_id) const {
    std::optional<ForeignUser> user;
    connection.statement(select_user_).run({old_id}, [&](const Statement& row) {
        auto found = read_rows<UserRow>(row);
        user = ForeignUser{std::string(old_id), std::move(found.name), std::move(found.password_hash), found.active,
                           std::move(found.email)};
    });
    return user;
}

std::string AdoptionStore::note(const std::string& after, int limit) {
    return database_->write([&](Connection& connection) {
        std::vector<std::string> ids;
        const auto collect = [&](const Statement& row) { ids.push_back(row.text(0)); };
        if (after.empty())
            connection.statement(select_first_ids_).run({std::int64_t{limit}}, collect);
        else
            connection.statement(select_ids_after_).run({after, std::int64_t{limit}}, collect);
        for (const std::string& id : ids) {
            const std::string note = std::string(adopting) + id;
            connection.run(delete_note, note);  // of an adoption that was broken off
            connection.run(insert_note, note, id);
        }
        return ids.empty() ? std::string() : ids.back();
    });
}

void AdoptionStore::complete() {
    database_->write([](Connection& connection) { return connection.run(update_complete); });
    complete_ = true;
}

}  // namespace keyhold::store
