// SPDX-License-Identifier: Apache-2.0
// A service with routes of its own: notes that belong to whoever is signed in, in a table beside Keyhold's.
//   ./notes dev      and then http://127.0.0.1:8000/docs
//   ./notes role add author notes:write && ./notes role grant author NAME      lets NAME write
#include <keyhold/server.hpp>

struct Note {
    std::int64_t id = 0;
    std::string text;
    std::optional<std::int64_t> priority;
};
KEYHOLD_FIELDS(Note, (id, keyhold::may_be_absent()), (text, keyhold::length(1, 500)), (priority, keyhold::range(0, 9)))

// Whoever's token does not have the scope is answered 403.
keyhold::Created<Note> add(const keyhold::UserWith<"notes:write">& who, Note note, keyhold::Database& database) {
    do {  // once more where another request of the same owner took the number meanwhile
        const auto last =
            database.find<std::optional<std::int64_t>>("SELECT MAX(id) FROM notes WHERE owner = :a", who.id());
        note.id = std::get<0>(*last).value_or(0) + 1;
    } while (!database.insert("INSERT INTO notes (owner, id, text, priority) VALUES (:a, :b, :c, :d)", who.id(),
                              note.id, note.text, note.priority));
    return {note, "/notes/" + std::to_string(note.id)};
}

keyhold::Result<Note> find(const keyhold::User& who, const keyhold::Path<"id", std::int64_t>& id,
                           keyhold::Database& database) {
    const auto row = database.find<std::string, std::optional<std::int64_t>>(
        "SELECT text, priority FROM notes WHERE owner = :a AND id = :b", who.id(), *id);
    if (!row) return keyhold::Refusal{404, "no_such_note", "You have no note of that number"};
    return Note{*id, std::get<0>(*row), std::get<1>(*row)};
}

std::vector<Note> list(const keyhold::User& who, keyhold::Database& database) {
    std::vector<Note> notes;
    for (const auto& [id, text, priority] : database.all<std::int64_t, std::string, std::optional<std::int64_t>>(
             "SELECT id, text, priority FROM notes WHERE owner = :a ORDER BY id", who.id()))
        notes.push_back({id, text, priority});
    return notes;
}

int main(int argc, char** argv) {
    keyhold::Server server("notes", "1.0.0");
    server.migration(
        "CREATE TABLE notes (owner VARCHAR(36) NOT NULL, id BIGINT NOT NULL, text TEXT NOT NULL, "
        "priority BIGINT, PRIMARY KEY (owner, id))");
    server.post("/notes", add, {.summary = "Write a note"});
    server.get("/notes/{id}", find, {.summary = "Read a note"});
    server.get("/notes", list, {.summary = "My notes"});
    server.on<keyhold::Registering>([](const auto& event) {
        return event.username.size() > 2 ? keyhold::allow() : keyhold::refuse("Names have three letters here");
    });
    server.on<keyhold::AccountDeleted>(
        [&](const auto& event) { server.database().run("DELETE FROM notes WHERE owner = :a", event.account_id); });
    return server.run(argc, argv);
}
