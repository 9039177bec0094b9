// SPDX-License-Identifier: Apache-2.0
#include "store/adoption/adoption_store.hpp"

#include <utility>

#include "store/adoption/adopted_rows.hpp"
#include "store/events/change_rows.hpp"

namespace keyhold::store {

constexpr std::string_view adopting = "adopt ";

struct AdoptionNote {
    std::string note, old_id;
    bool deleted = false;
    Time noted_at{};

    // Made by BulkAdoption, not by a trigger: the user was there before us.
    bool is_of_adoption() const { return note.starts_with(adopting); }
};
KEYHOLD_ROW(AdoptionNote, (note), (old_id), (deleted), (noted_at))

namespace {

// So many notes are worked off in one transaction.
constexpr std::int64_t at_once = 500;
// How often a transaction is tried in which somebody else was quicker to take a name.
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
constexpr Query<"SELECT COUNT(*) FROM keyhold_adopted_changes", "", std::int64_t> count_all_notes;
constexpr Query<"DELETE FROM keyhold_adopted_changes WHERE note = :a", "t"> delete_note;
constexpr Query<"SELECT old_id FROM keyhold_adopted WHERE account_id = :a", "t", std::string> select_link;

}  // namespace

AdoptionStore::AdoptionStore(std::shared_ptr<Database> database, const ForeignDialect& dialect,
                             const ForeignTable& table, bool complete)
    : database_(std::move(database)),
      dialect_(dialect),
      table_(table),
      user_by_id_(select_user(dialect, table)),
      select_user_{user_by_id_, "t", columns_read<UserRow>},
      follows_email_(!table.email.empty()),
      needs_email_(table.email_required),
      takes_registrations_(table.takes_registrations),
      written_hash_(table.written_hash),
      complete_(complete) {}

std::optional<Account> AdoptionStore::find_account(std::string_view old_id) {
    return database_->use(Intent::read, [&](Connection& connection) { return find_adopted(connection, old_id); });
}

std::vector<ForeignColumn> AdoptionStore::columns() {
    const std::string question = dialect_.columns(table_.table);
    return database_->use(Intent::read, [&](Connection& connection) {
        std::vector<ForeignColumn> found;
        connection.prepare({question, "", "ttttttt"})->run({}, [&](const Statement& row) {
            const auto is_so = [&](std::size_t at) { return row.text(at) == "1"; };
            found.push_back({row.text(0), row.text(1), is_so(2), is_so(3), is_so(4), is_so(5), is_so(6)});
        });
        return found;
    });
}

// Texts and statement are kept as members, since connections remember a statement by the address of its Sql.
void AdoptionStore::tell(const std::vector<std::string>& names) {
    std::string list;
    for (const std::string& name : names)
        list.append(list.empty() ? "" : ", ")
            .append("CAST(" + name_in(dialect_, name) + " AS " + std::string(dialect_.text_type) + ")");
    facts_columns_ = std::string(names.size(), 'T');
    facts_text_ = "SELECT " + list + " FROM " + name_in(dialect_, table_.table) + " WHERE " +
                  name_in(dialect_, table_.id) + " = " + dialect_.typed(":a", table_.id_type);
    select_facts_ = {facts_text_, "t", facts_columns_};
}

std::optional<AdoptionStore::Facts> AdoptionStore::facts(std::string_view account_id) {
    return database_->use(Intent::read, [&](Connection& connection) -> std::optional<Facts> {
        auto link = connection.find(select_link, account_id);
        if (!link) return std::nullopt;
        Facts found{*std::move(link), {}};
        if (facts_columns_.empty()) return found;
        // The link may outlive its row for as long as a note of its deletion was not worked off.
        bool is_there = false;
        const std::string_view id = found.old_id;
        connection.statement(select_facts_).run({id}, [&](const Statement& row) {
            is_there = true;
            for (std::size_t i = 0; i < facts_columns_.size(); ++i)
                found.values.push_back(row.is_null(i) ? std::nullopt : std::optional(row.text(i)));
        });
        return is_there ? std::optional(std::move(found)) : std::nullopt;
    });
}

bool AdoptionStore::catch_up(const MakeAccount& make, Time now) {
    // Without a transaction: nearly always there is no note.
    const bool anything =
        database_->use(Intent::read, [](Connection& connection) { return connection.finds_any(select_any); });
    if (!anything) return false;
    while (work_off_some(make, now) == static_cast<std::size_t>(at_once)) {
    }
    return true;
}

void AdoptionStore::work_off_those_there(const MakeAccount& make, Time now) {
    const auto there = database_->use(
        Intent::read, [](Connection& connection) { return connection.find(count_all_notes).value_or(0); });
    for (std::int64_t begun = 0; begun < there; begun += at_once) work_off_some(make, now);
}

std::size_t AdoptionStore::work_off_some(const MakeAccount& make, Time now) {
    for (int attempt = 1;; ++attempt) try {
            return database_->write([&](Connection& connection) {
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
    // Behind the DELETE, which has taken hold of the note: a write of the application that comes later makes a note of
    // its own.
    const auto user = find_user(connection, note.old_id);
    auto wanted = user ? make(*user) : std::nullopt;
    const auto account = find_adopted(connection, note.old_id);
    // Their ids may be used again, and so another name is another person.
    const bool is_over = note.deleted || !wanted || (account && account->username != wanted->username);
    // First, so that the name is free for whoever has the row by now.
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
        // A person who registers at the application may log in there at once and come here with that token, so tokens
        // from that moment on are valid. Notes that triggers of an earlier version made have no time.
        const bool is_dated = note.is_of_adoption() || note.noted_at != Time{};
        wanted->tokens_valid_from = is_dated ? note.noted_at : now + std::chrono::seconds(1);
        add_adopted(connection, *wanted, note.old_id);
    }
}

std::optional<ForeignUser> AdoptionStore::find_user(Connection& connection, std::string_view old_id) const {
    std::optional<ForeignUser> user;
    connection.statement(select_user_).run({old_id}, [&](const Statement& row) {
        auto found = read_rows<UserRow>(row);
        // A column that ignores case finds "ann" by "Ann", and where names are the ids these are two users: one who
        // went, and another who came.
        if (table_.id == table_.name && found.name != old_id) return;
        user = ForeignUser{std::string(old_id), std::move(found.name), std::move(found.password_hash), found.active,
                           std::move(found.email)};
    });
    return user;
}

void AdoptionStore::complete() {
    database_->write([](Connection& connection) { return connection.run(update_complete); });
    complete_ = true;
}

}  // namespace keyhold::store
