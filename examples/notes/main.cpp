// SPDX-License-Identifier: Apache-2.0
// A service with routes of its own: notes that belong to whoever is signed in.
//   ./notes dev      and then http://127.0.0.1:8000/docs
#include <keyhold/server.hpp>
#include <map>
#include <mutex>

struct Note {
    std::int64_t id = 0;
    std::string text;
    std::optional<std::int64_t> priority;
};
KEYHOLD_FIELDS(Note, (id, keyhold::may_be_absent()), (text, keyhold::length(1, 500)), (priority, keyhold::range(0, 9)))

// Handlers run on several threads, so what they share has a lock.
class Notes {
public:
    Note add(const std::string& owner, Note note) {
        const std::lock_guard lock(mutex_);
        auto& notes = notes_[owner];
        note.id = static_cast<std::int64_t>(notes.size()) + 1;
        notes.push_back(note);
        return note;
    }
    std::vector<Note> of(const std::string& owner) {
        const std::lock_guard lock(mutex_);
        return notes_[owner];
    }

private:
    std::mutex mutex_;
    std::map<std::string, std::vector<Note>> notes_;  // by the owner's id
};

keyhold::Created<Note> add(const keyhold::User& who, const Note& note, Notes& notes) {
    const Note added = notes.add(who.id(), note);
    return {added, "/notes/" + std::to_string(added.id)};
}

keyhold::Result<Note> find(const keyhold::User& who, const keyhold::Path<"id", std::int64_t>& id, Notes& notes) {
    for (const Note& note : notes.of(who.id()))
        if (note.id == *id) return note;
    return keyhold::Refusal{404, "no_such_note", "You have no note of that number"};
}

int main(int argc, char** argv) {
    Notes notes;
    keyhold::Server server("notes", "1.0.0");
    server.provide(notes);
    server.post("/notes", add, {.summary = "Write a note"});
    server.get("/notes/{id}", find, {.summary = "Read a note"});
    server.get("/notes", [](const keyhold::User& who, Notes& all) { return all.of(who.id()); },
               {.summary = "My notes"});
    server.on<keyhold::Registering>([](const auto& event) {
        return event.username.size() > 2 ? keyhold::allow() : keyhold::refuse("Names have three letters here");
    });
    return server.run(argc, argv);
}
