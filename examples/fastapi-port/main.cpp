// SPDX-License-Identifier: Apache-2.0
// The tutorial's six files as one program, with a column of its own for each user and its own /protected.
//   ./port dev      and then http://127.0.0.1:8000/docs
#include <keyhold/server.hpp>

// models.py: what this application knows of a user besides the name and the password.
struct Profile {
    std::string full_name;
};
KEYHOLD_FIELDS(Profile, (full_name, keyhold::length(1, 100), keyhold::about("As it stands on letters")))

struct Greeting {
    std::string message;
};
KEYHOLD_FIELDS(Greeting, (message))

// main.py: @app.get("/protected"). The parameter `who` is Depends(get_current_user).
Greeting protected_route(const keyhold::User& who, keyhold::Database& database) {
    const auto row = database.find<std::string>("SELECT full_name FROM profiles WHERE id = :a", who.id());
    return {"Welcome " + (row ? std::get<0>(*row) : who.username())};
}

keyhold::NoContent write_profile(const keyhold::User& who, const Profile& profile, keyhold::Database& database) {
    const auto write = [&] {
        return database.run("UPDATE profiles SET full_name = :a WHERE id = :b", profile.full_name, who.id()) > 0 ||
               database.insert("INSERT INTO profiles (id, full_name) VALUES (:b, :a)", profile.full_name, who.id());
    };
    while (!write()) continue;  // another request has made the row in between
    return {};
}

int main(int argc, char** argv) {
    keyhold::Server server("port", "1.0.0");
    // database.py: Base.metadata.create_all()
    server.migration("CREATE TABLE profiles (id VARCHAR(36) NOT NULL PRIMARY KEY, full_name TEXT NOT NULL)");
    server.get("/protected", protected_route, {.summary = "A page for those who are signed in"});
    server.put("/profile", write_profile, {.summary = "How I am called"});
    server.on<keyhold::AccountDeleted>(
        [&](const auto& event) { server.database().run("DELETE FROM profiles WHERE id = :a", event.account_id); });
    // users.py and auth.py are Keyhold's; config.py are its settings: SECRET_KEY, ALGORITHM, DATABASE_URL ...
    return server.run(argc, argv);
}
