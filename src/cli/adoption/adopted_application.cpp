// SPDX-License-Identifier: Apache-2.0
// The application that `keyhold adopt` is about: what its files and the command line say, and the keyhold.toml that
// comes of it.
#include <algorithm>
#include <array>
#include <filesystem>
#include <ostream>
#include <span>
#include <sstream>
#include <string_view>

#include "base/base64url.hpp"
#include "base/text.hpp"
#include "cli/adoption/adopt.hpp"
#include "cli/adoption/python_settings.hpp"
#include "cli/context.hpp"
#include "crypto/digest.hpp"
#include "domain/adoption/account_record.hpp"
#include "domain/adoption/adopted_claims.hpp"
#include "server/files.hpp"
#include "store/database/driver.hpp"

namespace keyhold::cli {
namespace {

namespace fs = std::filesystem;
using namespace std::string_view_literals;

// Of tokens, and neither found in files nor asked for by another name: written as the flags say.
constexpr std::array other_token_settings{"old_token_minutes"sv, "old_tokens_until"sv, "audience"sv,
                                          "access_token_typ"sv, "preferred_username"sv};

// The first line, by which a file that somebody has written, or changed since, is told from one of ours: it has the
// digest of all that follows.
std::string first_line_of(std::string_view rest) {
    return "# Written by `keyhold adopt`, whose --undo removes this file while nobody has changed it: " +
           base64url::encode(crypto::sha256(rest)) + "\n";
}

// Where a database was looked for, and what was seen there and could not be worked out: a line for each.
void tell_where_it_was_looked_for(std::ostream& out, const PythonSettings& found) {
    constexpr std::size_t most = 20;
    const auto list = [&](const char* title, const std::vector<std::string>& lines) {
        for (std::size_t i = 0; i < std::min(lines.size(), most); ++i)
            out << (i == 0 ? title : "                ") << without_controls(lines[i]) << '\n';
        if (lines.size() > most) out << "                ... and " << lines.size() - most << " more\n";
    };
    list("Not understood  ", found.not_found);
    list("Looked at       ", found.looked_at);
    if (found.looked_at.empty())
        out << "Looked at       no file: there is none of Python or JavaScript, and no .env, package.json, "
               "alembic.ini, settings.ini, *.toml or *.prisma\n";
}

// Why an application without a database of ours cannot be adopted, and what to do.
Error without_database(const AdoptOptions& options, const PythonSettings& found) {
    if (options.folder.empty())
        return {errors::configuration, "say where the application is: its folder, or --database-url"};
    if (found.other_database)
        return {
            errors::configuration,
            options.folder + " keeps its users in " + std::string(found.other_database->value.reveal()) + " (" +
                found.other_database->where +
                "), and only tables of SQLite, PostgreSQL and MariaDB can be shared: export the users to a file, and "
                "`keyhold import jsonl users.jsonl` takes them over. If they are in such a table, name it with "
                "--database-url, or DATABASE_URL in the environment where there is a password in it"};
    return {errors::configuration,
            "no database was found in " + options.folder +
                ": name it with --database-url, as in sqlite:///./app.db; a URL with a password is better said in the "
                "environment, as DATABASE_URL, since everybody on this machine sees what a command is called with"};
}

// "role,user_id=id" and back.
// Empty words are left out.
std::vector<std::string> between_commas(std::string_view text) {
    std::vector<std::string> words;
    std::istringstream in{std::string(text)};
    for (std::string word; std::getline(in, word, ',');)
        if (!word.empty()) words.push_back(word);
    return words;
}
std::string with_commas(const std::vector<std::string>& words) {
    std::string list;
    for (const std::string& word : words) list.append(list.empty() ? "" : ",").append(word);
    return list;
}

// What token_sub is for a column that `sub` is made of; empty if it can be none of ours. An attribute that no column is
// called by is taken for what it means everywhere: Django's `pk`, an `id` whose column has another name.
std::string subject_of(const std::string& said, const store::ForeignTable& table, bool is_column) {
    const auto called = domain::column_named(table.name);
    const bool is_address = called && called->column == domain::Column::email;
    if (said == "none" || said == "login" || said == table.name) return "username";
    if (said == table.id || (!is_column && (said == "id" || said == "pk"))) return "id";
    if (said == table.email || (said == "email" && !table.email.empty())) return "email";
    if (said == "email" && is_address) return "username";
    if (!is_column && (said == "username" || said == "user_name" || said == "name")) return "username";
    return {};
}

// A string of TOML (v1.0.0, basic strings).
std::string toml_string(std::string_view text) {
    std::string made = "\"";
    constexpr std::string_view digits = "0123456789abcdef";
    for (const char c : text) {
        if (c == '"' || c == '\\') made += '\\';
        const auto byte = static_cast<unsigned char>(c);
        if (is_ascii_control(c))
            (made += "\\u00").append(1, digits[byte >> 4]).append(1, digits[byte & 15]);
        else
            made += c;
    }
    return made + '"';
}

}  // namespace

// Beside the application's own files, where `keyhold serve` finds it when it is started there.
std::string settings_file(const AdoptOptions& options) {
    return (fs::path(options.folder.empty() ? "." : options.folder) / "keyhold.toml").string();
}

Result<Application> find_application(Context& context, const AdoptOptions& options) {
    auto sources = context.sources;
    const std::string written = settings_file(options);
    const bool reads_written = options.undoes && sources.config_file.empty() && fs::is_regular_file(written);
    if (reads_written) sources.config_file = written;
    auto loaded = server::load_settings(Mode::serve, sources);
    if (!loaded) return std::move(loaded).error();
    Application application;
    application.settings = std::move(loaded->settings);
    // Whether somebody has said it to Keyhold, by a flag, a variable or its own file.
    const auto is_given = [&](const char* name) {
        const std::string& origin = loaded->origins.at(name);
        // Beside a folder, a keyhold.toml of the working directory is another application's, perhaps.
        return origin != "default" && (reads_written || !(origin.ends_with(".toml") && !options.folder.empty()));
    };
    application.database_from = is_given("database_url") ? loaded->origins.at("database_url") : "";
    application.secret_from = is_given("secret_key") ? loaded->origins.at("secret_key") : "";
    if (!application.settings.secret_key_file.empty()) application.secret_from = application.settings.secret_key_file;
    PythonSettings found;
    if (!options.folder.empty()) {
        auto read = read_python_settings(options.folder);
        if (!read) return std::move(read).error();
        found = std::move(*read);
    }
    // Remembered before anything is moved out of `found`.
    const std::string database_found = found.database_url ? found.database_url->where : "";
    const std::string secret_found = found.secret_key ? found.secret_key->where : "";
    if (application.database_from.empty() && found.database_url) {
        application.settings.database_url =
            url_in_folder(std::string(found.database_url->value.reveal()), options.folder);
        application.database_from = found.database_url->where;
    } else if (reads_written) {
        application.settings.database_url = url_in_folder(application.settings.database_url, options.folder);
    }
    if (application.secret_from.empty() && found.secret_key) {
        application.settings.secret_key = Secret(found.secret_key->value.reveal());
        application.secret_from = found.secret_key->where;
        if (found.secret_name) application.secret_name = found.secret_name->value.reveal();
    }
    if (found.algorithm && !is_given("algorithm")) application.settings.algorithm = found.algorithm->value.reveal();
    if (found.no_tokens) application.makes_no_tokens = found.no_tokens->where;
    if (found.expire_minutes) application.expire_minutes = found.expire_minutes->value.reveal();
    if (is_given("token_sub")) {
        application.subject_from = loaded->origins.at("token_sub");
    } else if (found.subject) {
        application.settings.token_sub = found.subject->value.reveal();
        application.subject_from = found.subject->where;
        application.subject_is_column = true;
    }
    if (!is_given("token_claims") && found.token_claims)
        application.settings.token_claims = between_commas(found.token_claims->value.reveal());
    if (found.table) application.table = found.table->value.reveal();
    if (found.claims) application.claims = found.claims->value.reveal();
    // The server is started without the flags of this command.
    for (const auto& [name, value] : sources.flags) {
        if (name == "access_token_expire_minutes")
            application.expire_minutes = value;
        else if (name == "old_token_claims")
            application.claims = value;
        else if (std::ranges::find(other_token_settings, name) != other_token_settings.end())
            application.token_flags.emplace_back(name, value);
    }
    application.issuer_is_given = is_given("issuer");
    application.asks_for_subject = !application.secret_from.empty() && !is_given("token_sub") && !found.subject;
    application.takes_old_tokens = !found.old_tokens || is_given("old_tokens_until");
    application.not_found = found.not_found;
    application.defaults = std::move(found.defaults);
    // Of what was not taken from the files nothing was guessed.
    for (const PythonSettings::Guess& guess : found.guesses) {
        const bool is_database = guess.what == "database_url" && application.database_from != database_found;
        const bool is_key = guess.what == "secret_key" && application.secret_from != secret_found;
        const bool is_subject = guess.what == "subject" && is_given("token_sub");
        const bool is_table = guess.what == "table" && !options.names.table.empty();
        const bool is_issuer = guess.what == "issuer" && application.issuer_is_given;
        if (is_database || is_key || is_subject || is_table || is_issuer) continue;
        application.guesses.push_back(guess);
    }
    application.bind_is_default = !is_given("bind");
    application.admin_bind_is_default = !is_given("admin_bind");
    if (application.database_from.empty()) {
        if (!options.folder.empty() && !found.other_database) tell_where_it_was_looked_for(context.err, found);
        return without_database(options, found);
    }
    return application;
}

void fit_to_table(Application& application, const ForeignUsers& users) {
    Settings& settings = application.settings;
    const auto column = [&](const std::string& name) {
        return std::ranges::find(users.columns, name, &store::ForeignColumn::name) != users.columns.end();
    };
    const std::string said = settings.token_sub;
    settings.token_sub = subject_of(said, users.table, application.subject_is_column && column(said));
    if (settings.token_sub.empty())
        application.not_found.push_back(
            application.subject_from + ": tokens name users by their " + said +
            ", which is neither the name, the address nor the key of the table: old tokens open nothing, and Keyhold's "
            "name users by their " +
            users.table.name);
    if (settings.token_sub.empty() || said == "none") {
        settings.token_sub = "username";
        application.subject_from.clear();
    }
    // A claim without its column would stop the server at its start, so it is left out and told.
    std::erase_if(settings.token_claims, [&](const std::string& text) {
        const auto claims = domain::parse_token_claims(std::span(&text, 1));
        if (claims && claims->front().column == users.table.password) {
            application.not_found.push_back("token_claims: the application's tokens carry " + users.table.password +
                                            ", which has the hashes of passwords: Keyhold's do not");
            return true;
        }
        const bool is_there = claims && (claims->front().column.empty() || column(claims->front().column));
        if (!is_there)
            application.not_found.push_back(claims ? "token_claims: no column for " + text
                                                   : std::string(claims.error().detail()));
        return !is_there;
    });
}

Result<bool> write_settings(const Application& application, const AdoptOptions& options, const ForeignUsers& users,
                            const AdoptionReport& report) {
    const Settings& settings = application.settings;
    std::string text;
    // Absolute, as the server is started elsewhere.
    text += "database_url = " + toml_string(store::url_in_folder(settings.database_url, fs::current_path())) + "\n";
    if (!settings.secret_key.empty()) text += "secret_key = " + toml_string(settings.secret_key.reveal()) + "\n";
    if (const auto* const written = most_written(report); written != nullptr && written->first != "bcrypt") {
        const crypto::Strength& strongest = written->second.strongest;
        text += "password_hash = " + toml_string(written->second.method) + "\n";
        if (written->first == "argon2id") {
            text +=
                // The limits of the settings: what is beyond them is read, but not written.
                "argon2_memory = " + std::to_string(std::clamp<std::uint64_t>(strongest.memory, 7168, 131072)) + "\n";
            text += "argon2_passes = " + std::to_string(std::clamp<std::uint64_t>(strongest.passes, 1, 32)) + "\n";
            text += "argon2_lanes = " + std::to_string(written->second.lanes) + "\n";
        }
    }
    if (!users.table.takes_registrations) text += "registration = \"closed\"\n";
    if (settings.algorithm != "HS256") text += "algorithm = " + toml_string(settings.algorithm) + "\n";
    if (!application.expire_minutes.empty())
        text += "access_token_expire_minutes = " + application.expire_minutes + "\n";
    if (!application.claims.empty()) text += "old_token_claims = " + toml_string(application.claims) + "\n";
    if (application.issuer_is_given) text += "issuer = " + toml_string(settings.issuer) + "\n";
    for (const auto& [name, value] : application.token_flags) text += name + " = " + toml_string(value) + "\n";
    // A day that is over: no token of the application is good from then on.
    if (!application.takes_old_tokens) text += "old_tokens_until = \"2000-01-01\"\n";
    if (application.bind_is_default)  // the application has 8000 as a rule
        text += "bind = \"127.0.0.1:8010\"\n";
    if (application.admin_bind_is_default) text += "admin_bind = \"127.0.0.1:8011\"\n";
    if (settings.token_sub != "username") text += "token_sub = " + toml_string(settings.token_sub) + "\n";
    if (!settings.token_claims.empty())
        text += "token_claims = " + toml_string(with_commas(settings.token_claims)) + "\n";
    return server::create_private_file(settings_file(options), Secret(first_line_of(text) + text));
}

bool forget_settings(const AdoptOptions& options) {
    const std::string file = settings_file(options);
    if (!fs::exists(file)) return true;
    const auto read = server::read_text_file(file);
    if (!read) return false;
    const std::string_view text = read->reveal();
    const std::size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
    if (text.empty() || text.substr(0, end) != first_line_of(text.substr(end))) return false;
    fs::remove(file);
    return true;
}

Result<> check_settings_file(const Context& context, const Application& application, const AdoptOptions& options) {
    const std::string file = settings_file(options);
    if (!fs::exists(file)) return {};
    Sources sources = context.sources;
    sources.flags.clear();  // nobody gives them to the server
    sources.config_file = file;
    const auto loaded = server::load_settings(Mode::serve, sources);
    if (!loaded) return loaded.error();
    // The server is started in that folder.
    const fs::path folder = fs::absolute(file).parent_path();
    const auto theirs = store::parse_url(store::url_in_folder(loaded->settings.database_url, folder));
    const auto ours = store::parse_url(store::url_in_folder(application.settings.database_url, fs::current_path()));
    if (!ours) return ours.error();
    if (!theirs) return theirs.error();
    const bool is_same =
        ours->driver == theirs->driver &&
        (ours->driver->is_a_file() ? fs::weakly_canonical(ours->target) == fs::weakly_canonical(theirs->target)
                                   : ours->shown == theirs->shown);
    if (is_same) return {};
    return Error(errors::configuration, file + " is there already and stays, and with it `keyhold serve` would use " +
                                            theirs->shown + " and not the application's database. Put its lines " +
                                            "database_url, for " + ours->shown +
                                            ", and secret_key, as the application has it, into that file, or move "
                                            "the file away and take over from it what you need afterwards");
}

}  // namespace keyhold::cli
