// SPDX-License-Identifier: Apache-2.0
// A program's own commands beside Keyhold's: keyhold/command.hpp, run as its users run them.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <ostream>
#include <regex>
#include <stdexcept>
#include <string>

#include "keyhold/server.hpp"
#include "server/library/testing.hpp"

namespace app {
struct NoteSettings {
    std::int64_t most = 100;
    keyhold::Secret api_key;
};
KEYHOLD_FIELDS(NoteSettings, (most, keyhold::range(1, 1000), keyhold::about("Notes that an account may have")),
               (api_key, keyhold::about("For the search engine")))
}  // namespace app

namespace keyhold {
namespace {

struct Ran {
    int exit;
    std::string out, err;
};

// A program reads KEYHOLD_..., and refuses those that it does not know: ./test has some of its own.
void forget_variables() {
    std::vector<std::string> ours;
    for (char** each = environ; *each != nullptr; ++each)
        if (const std::string_view variable = *each; variable.starts_with("KEYHOLD_"))
            ours.emplace_back(variable.substr(0, variable.find('=')));
    for (const std::string& name : ours) unsetenv(name.c_str());
}

Ran run(Server& program, std::vector<std::string> words) {
    forget_variables();
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    const int exit = program.run(static_cast<int>(words.size()), argv.data());
    return {exit, testing::internal::GetCapturedStdout(), testing::internal::GetCapturedStderr()};
}

Command purge() {
    return {.name = "purge",
            .about = "Remove old notes\nThose that nobody has read.",
            .example = "notes purge --days 30",
            .parameters = {{.name = "owner", .help = "Whose", .required = true},
                           {.name = "--days",
                            .help = "Older than so many days",
                            .takes = Takes::number,
                            .otherwise = "90",
                            .least = 1,
                            .most = 3650}},
            .run = [](CommandLine& line) {
                line.out << line.text("owner") << ' ' << line.number("--days") << (line.json ? " json" : "") << '\n';
                return line.given("--days") ? 0 : 8;
            }};
}

TEST(OwnCommands, one_has_its_parameters_and_says_its_exit_code) {
    Server program("notes", "1.0.0");
    program.command(purge());
    const Ran given = run(program, {"notes", "purge", "ann", "--days", "30", "--json"});
    EXPECT_EQ(given.out, "ann 30 json\n");
    EXPECT_EQ(given.exit, 0);
    const Ran otherwise = run(program, {"notes", "purge", "ann"});
    EXPECT_EQ(otherwise.out, "ann 90\n");
    EXPECT_EQ(otherwise.exit, 8);
}

TEST(OwnCommands, what_does_not_fit_is_refused_before_it_runs) {
    Server program("notes", "1.0.0");
    program.command(purge());
    for (const auto& words : std::vector<std::vector<std::string>>{
             {"notes", "purge"}, {"notes", "purge", "ann", "--days", "0"}, {"notes", "purge", "ann", "--weeks", "1"}}) {
        const Ran refused = run(program, words);
        EXPECT_EQ(refused.exit, 2) << words.back();
        EXPECT_EQ(refused.out, "") << words.back();
    }
}

TEST(OwnCommands, one_stands_in_the_help_beside_ours) {
    Server program("notes", "1.0.0");
    program.command(purge());
    const std::string all = run(program, {"/usr/bin/notes", "--help"}).out;
    EXPECT_NE(all.find("purge"), all.npos);
    EXPECT_NE(all.find("Remove old notes"), all.npos);
    EXPECT_NE(all.find("serve"), all.npos);
    const std::string help = run(program, {"notes", "purge", "--help"}).out;
    EXPECT_TRUE(help.starts_with("Example: notes purge --days 30")) << help;
    const std::string script = run(program, {"notes", "completion", "bash"}).out;
    EXPECT_NE(script.find("'purge') deeper='' flags='--help --days'"), script.npos);
}

TEST(OwnSettings, they_stand_beside_ours_in_every_command) {
    Server program("notes", "1.0.0");
    const auto& settings = program.settings<app::NoteSettings>("notes", "What notes are like.");
    program.command({.name = "most", .about = "How many", .example = "notes most", .run = [&](CommandLine& line) {
                         if (const auto opened = line.open(); !opened) return line.err << opened.error().detail(), 7;
                         line.out << settings->most << '\n';
                         return 0;
                     }});
    const server::TestFolder folder;
    const std::string file = folder.path() / "keyhold.toml";
    std::ofstream(file) << "state_dir = \"" << folder.path().string() << "\"\n[notes]\nmost = 7\napi_key = \"k3y\"\n";
    const std::string shown = run(program, {"notes", "config", "show", "--config", file}).out;
    EXPECT_TRUE(std::regex_search(shown, std::regex("notes_most +(= 7) +# " + file))) << shown;
    EXPECT_TRUE(std::regex_search(shown, std::regex("notes_api_key += .set."))) << shown;
    EXPECT_EQ(shown.find("k3y"), shown.npos);
    const std::string page = run(program, {"notes", "config", "docs"}).out;
    EXPECT_NE(page.find("\n## [notes]\n\nWhat notes are like. As a flag"), page.npos);
    EXPECT_NE(page.find("\n| `most` |  | `100` |  | Notes that an account may have |\n"), page.npos);
    EXPECT_NE(page.find("\n| `api_key` |  |  |  | For the search engine (never a flag) |\n"), page.npos);
    EXPECT_NE(run(program, {"notes", "config", "template"}).out.find("\n# [notes]\n"), page.npos);
    EXPECT_NE(run(program, {"notes", "dev", "--help"}).out.find("--notes-most"), page.npos);
    EXPECT_NE(run(program, {"notes", "completion", "bash"}).out.find(" --notes-most'"), page.npos);
    EXPECT_EQ(run(program, {"notes", "config", "show", "--notes-api-key", "k"}).exit, 2) << "a secret is no flag";
    EXPECT_EQ(run(program, {"notes", "config", "show", "--config", file, "--notes-most", "0"}).err,
              "notes: notes_most = '0' (from flag) should be greater than or equal to 1\n");
    std::ofstream(file, std::ios::app) << "mots = 8\n";
    const Ran checked = run(program, {"notes", "config", "check", "--config", file});
    EXPECT_EQ(checked.exit, 8);
    EXPECT_NE(checked.out.find("unknown setting 'mots' in " + file + ":5: did you mean 'most'?"), page.npos)
        << checked.out;
    const std::string url = "sqlite:///" + (folder.path() / "a.db").string();
    const std::string key = folder.path() / "a.key";
    EXPECT_EQ(run(program, {"notes", "db", "create", "--database-url", url, "--key-file", key}).exit, 0);
    EXPECT_EQ(run(program, {"notes", "most", "--database-url", url, "--key-file", key, "--notes-most", "12"}).out,
              "12\n");
}

TEST(OwnCommands, texts_of_ours_call_the_program_by_its_name) {
    Server program("notes");
    for (const std::string command : {"completion", "user", "config"}) {
        const std::string help = run(program, {"/opt/my-notes", command, "--help"}).out;
        EXPECT_TRUE(help.starts_with("Example: ")) << help;
        EXPECT_EQ(help.find("`keyhold "), help.npos) << help;
        EXPECT_NE(help.find("my-notes " + command), help.npos) << help;
    }
    EXPECT_TRUE(run(program, {"/opt/my-notes", "user", "show", "nobody"}).err.starts_with("my-notes: "));
    EXPECT_TRUE(run(program, {"/opt/my-notes", "--version"}).out.starts_with("notes, made of keyhold "));
}

TEST(OwnCommands, what_one_throws_is_said_and_ends_it) {
    Server program("notes", "1.0.0");
    program.command({.name = "break", .about = "Break", .example = "notes break", .run = [](CommandLine&) -> int {
                         throw std::runtime_error("the disk of host db7");
                     }});
    const Ran broken = run(program, {"notes", "break"});
    EXPECT_EQ(broken.exit, 1);
    EXPECT_NE(broken.err.find("the disk of host db7"), broken.err.npos);
}

TEST(OwnCommands, one_opens_the_accounts_of_the_settings_and_makes_none) {
    const server::TestFolder folder;
    const std::string url = "sqlite:///" + (folder.path() / "a.db").string();
    const std::string key = folder.path() / "a.key";
    Server program("notes", "1.0.0");
    program.command({.name = "who", .about = "Who there is", .example = "notes who", .run = [&](CommandLine& line) {
                         if (const auto opened = line.open(); !opened) {
                             line.err << opened.error().detail();
                             return 3;
                         }
                         line.out << (program.users().find("ann") ? "ann" : "nobody") << '\n';
                         if (!program.users().find("ann")) (void)program.users().create("ann", "a long password 7x");
                         return 0;
                     }});
    const std::vector<std::string> who{"notes", "who", "--database-url", url, "--key-file", key};
    const Ran without = run(program, who);
    EXPECT_EQ(without.exit, 3);
    EXPECT_NE(without.err.find("there is no database"), without.err.npos);
    EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
    EXPECT_EQ(run(program, {"notes", "db", "create", "--database-url", url, "--key-file", key}).exit, 0);
    EXPECT_EQ(run(program, who).out, "nobody\n");
    EXPECT_EQ(run(program, who).out, "ann\n");
}

TEST(OwnCommands, the_programs_own_tables_are_made_beside_ours) {
    const server::TestFolder folder;
    const std::string url = "sqlite:///" + (folder.path() / "a.db").string();
    const std::string key = folder.path() / "a.key";
    const auto words = [&](const std::string& what) {
        return std::vector<std::string>{"notes", "db", what, "--database-url", url, "--key-file", key};
    };
    Server first("notes", "1.0.0");
    first.migration("CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL)");
    EXPECT_EQ(run(first, words("create")).exit, 0);
    Server second("notes", "2.0.0");
    second.migration("CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL)");
    second.migration("ALTER TABLE notes ADD COLUMN owner TEXT NOT NULL DEFAULT ''");
    EXPECT_EQ(run(second, words("migrate")).exit, 0);
    EXPECT_EQ(run(second, words("migrate")).exit, 0) << "each statement is run once";
    const Ran older = run(first, words("migrate"));
    EXPECT_EQ(older.exit, 7);
    EXPECT_NE(older.err.find("made by a newer one"), older.err.npos);
}

TEST(OwnCommands, one_has_a_name_that_none_of_ours_has) {
    Server program("commands");
    const auto nothing = [](CommandLine&) { return 0; };
    program.command({.name = "purge", .about = "Purge", .example = "commands purge", .run = nothing});
    for (const char* name : {"purge", "user", "serve", "test", "", "--purge", "Purge", "pur ge"})
        EXPECT_THROW(program.command({.name = name, .about = "x", .example = "x", .run = nothing}), std::logic_error)
            << name;
    EXPECT_THROW(program.command({.name = "empty", .about = "x", .example = "x", .run = {}}), std::logic_error);
}

}  // namespace
}  // namespace keyhold
