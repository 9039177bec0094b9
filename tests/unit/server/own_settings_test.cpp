// SPDX-License-Identifier: Apache-2.0
// Sections of settings of a program's own: keyhold/settings.hpp.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "keyhold/testing.hpp"
#include "server/library/testing.hpp"
#include "server/program.hpp"
#include "server/settings/safety.hpp"

// Not in Keyhold's namespace, as a program's structs are not.
namespace app {

enum class Colour { yellow, green };
KEYHOLD_ENUM(Colour, (yellow), (green))

struct NoteSettings {
    std::int64_t most = 100;
    std::string greeting = "Hello";
    bool is_public = false;
    double weight = 0;
    Colour colour = Colour::yellow;
    std::vector<std::string> tags = {"a", "b"};
    std::optional<std::int64_t> limit;
    keyhold::Secret api_key;
};
KEYHOLD_FIELDS(NoteSettings, (most, keyhold::range(1, 1000), keyhold::about("Notes that an account may have")),
               (greeting, keyhold::length(1, 10)), (is_public), (weight, keyhold::otherwise(1.5)), (colour),
               (tags, keyhold::length(0, 3)), (limit, keyhold::range(1, 9)), (api_key))

struct Needed {
    std::string key;
};
KEYHOLD_FIELDS(Needed, (key, keyhold::length(1)))

struct Odd {
    std::string days;
};
KEYHOLD_FIELDS(Odd, (days))

}  // namespace app

namespace keyhold {
namespace {

using app::NoteSettings;
using server::Sources;
using Flags = std::map<std::string, std::string>;

std::string problem_of(const Server& program, const Flags& flags, std::string config_file = {}) {
    const auto loaded = server::load_settings(Mode::dev, {.flags = flags,
                                                          .environment = {},
                                                          .config_file = std::move(config_file),
                                                          .default_file = {},
                                                          .table = Program::settings_table(program)});
    return loaded ? std::string() : std::string(loaded.error().detail());
}

TEST(OwnSettings, one_that_nobody_sets_has_the_value_of_its_struct_or_of_its_rule) {
    Server program("notes");
    const auto& settings = program.settings<NoteSettings>("notes");
    const TestServer server(program);
    EXPECT_EQ(settings->most, 100);
    EXPECT_EQ(settings->greeting, "Hello");
    EXPECT_EQ(settings->weight, 1.5);
    EXPECT_EQ(settings->colour, app::Colour::yellow);
    EXPECT_EQ(settings->tags, (std::vector<std::string>{"a", "b"}));
    EXPECT_EQ(settings->limit, std::nullopt);
    EXPECT_TRUE(settings->api_key.empty());
}

TEST(OwnSettings, values_come_from_where_ours_come_from) {
    const server::TestFolder folder;
    const std::string file = folder.path() / "keyhold.toml";
    std::ofstream(file) << "[notes]\nmost = 7\ngreeting = \"Servus\"\ntags = [\"x\", \"y\"]\napi_key = \"k3y\"\n";
    Server program("notes");
    program.settings<NoteSettings>("notes");
    const auto loaded = server::load_settings(
        Mode::serve, {.flags = {{"notes_most", "9"}},
                      .environment = {{"KEYHOLD_NOTES_GREETING", "Ciao"}, {"KEYHOLD_NOTES_IS_PUBLIC", "true"}},
                      .config_file = file,
                      .default_file = {},
                      .table = Program::settings_table(program)});
    ASSERT_TRUE(loaded) << loaded.error().detail();
    const auto& values = loaded->settings.sections.get<NoteSettings>();
    EXPECT_EQ(values.most, 9) << "a flag wins";
    EXPECT_EQ(values.greeting, "Ciao") << "the environment wins over the file";
    EXPECT_TRUE(values.is_public);
    EXPECT_EQ(values.tags, (std::vector<std::string>{"x", "y"}));
    EXPECT_EQ(values.api_key.reveal(), "k3y");
    std::map<std::string, std::pair<std::string, std::string>> shown;
    for (const auto& one : server::shown_settings(*loaded)) shown[one.name] = {one.value, one.from};
    EXPECT_EQ(shown["notes_most"], (std::pair<std::string, std::string>("9", "flag")));
    EXPECT_EQ(shown["notes_greeting"], (std::pair<std::string, std::string>("Ciao", "KEYHOLD_NOTES_GREETING")));
    EXPECT_EQ(shown["notes_tags"], (std::pair<std::string, std::string>("x,y", file)));
    EXPECT_EQ(shown["notes_api_key"].first, "(set)");
    EXPECT_EQ(shown["notes_colour"], (std::pair<std::string, std::string>("yellow", "default")));
}

TEST(OwnSettings, handlers_take_them) {
    Server program("notes");
    program.settings<NoteSettings>("notes");
    program.get("/most", [](const SettingsOf<NoteSettings>& settings) { return std::to_string(settings->most); });
    TestServer server(program, {{"notes_most", "12"}});
    EXPECT_EQ(server.get("/most").body, "12");
}

TEST(OwnSettings, two_programs_in_one_process_have_their_own) {
    Server one("one"), two("two");
    const auto& of_one = one.settings<NoteSettings>("notes");
    const auto& of_two = two.settings<NoteSettings>("notes");
    const TestServer first(one, {{"notes_most", "1"}}), second(two, {{"notes_most", "2"}});
    EXPECT_EQ(of_one->most, 1);
    EXPECT_EQ(of_two->most, 2);
    Server without("without");
    EXPECT_NE(problem_of(without, {{"notes_most", "1"}}), "");
}

TEST(OwnSettings, what_the_rules_do_not_allow_is_refused_in_a_sentence) {
    Server program("notes");
    program.settings<NoteSettings>("notes");
    EXPECT_EQ(problem_of(program, {}), "");
    EXPECT_EQ(problem_of(program, {{"notes_most", "0"}}),
              "notes_most = '0' (from flag) should be greater than or equal to 1");
    EXPECT_EQ(problem_of(program, {{"notes_most", "many"}}),
              "notes_most = 'many' (from flag) should be a valid integer, unable to parse string as an integer");
    EXPECT_EQ(problem_of(program, {{"notes_greeting", "Good afternoon"}}),
              "notes_greeting = 'Good afternoon' (from flag) should have at most 10 characters");
    EXPECT_EQ(problem_of(program, {{"notes_colour", "blue"}}),
              "notes_colour = 'blue' (from flag) should be 'yellow' or 'green'");
    EXPECT_EQ(problem_of(program, {{"notes_limit", "10"}}),
              "notes_limit = '10' (from flag) should be less than or equal to 9");
    EXPECT_EQ(problem_of(program, {{"notes_limit", ""}}), "");
    EXPECT_EQ(problem_of(program, {{"notes_tags", "a,b,c,d"}}),
              "notes_tags = 'a,b,c,d' (from flag) should have at most 3 items after validation, not 4");
}

TEST(OwnSettings, one_without_a_value_that_its_rules_allow_must_be_set) {
    Server program("notes");
    program.settings<app::Needed>("mailer");
    EXPECT_EQ(problem_of(program, {}), "mailer_key = '' (from default) should have at least 1 character");
    EXPECT_EQ(problem_of(program, {{"mailer_key", "k"}}), "");
}

TEST(OwnSettings, an_unknown_one_is_named_with_what_is_near) {
    const server::TestFolder folder;
    const std::string file = folder.path() / "keyhold.toml";
    Server program("notes");
    program.settings<NoteSettings>("notes");
    EXPECT_EQ(problem_of(program, {{"notes_mots", "1"}}), "unknown setting 'notes_mots': did you mean 'notes_most'?");
    std::ofstream(file) << "[notes]\nmots = 7\n";
    EXPECT_EQ(problem_of(program, {}, file), "unknown setting 'mots' in " + file + ":2: did you mean 'most'?");
    std::ofstream(file) << "notes_most = 7\n";
    EXPECT_EQ(problem_of(program, {}, file), "'notes_most' in " + file + ":1 stands in [notes], as `most`");
    std::ofstream(file) << "[notes]\nnotes_most = 7\n";
    EXPECT_EQ(problem_of(program, {}, file), "'notes_most' in " + file + ":2 is called `most` in [notes]");
    const auto opened = program.open({.mode = Mode::dev, .settings = {{"notes_mots", "1"}}});
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().errc(), errors::configuration);
    EXPECT_EQ(opened.error().detail(), "unknown setting 'notes_mots': did you mean 'notes_most'?");
    EXPECT_THROW(TestServer(program, {{"no_such_thing", "1"}}), std::runtime_error);
}

TEST(OwnSettings, a_section_that_cannot_be_is_refused_at_once) {
    Server program("notes");
    program.settings<NoteSettings>("notes");
    EXPECT_THROW(program.settings<app::Needed>("notes"), std::logic_error) << "there is one";
    EXPECT_THROW(program.settings<NoteSettings>("others"), std::logic_error) << "the same struct";
    for (const char* name : {"", "Notes", "my-notes", "9", "mail", "oauth", "client", "bind"})
        EXPECT_THROW(program.settings<app::Needed>(name), std::logic_error) << name;
    // session_days is one of ours.
    EXPECT_THROW(program.settings<app::Odd>("session"), std::logic_error);
    program.settings<app::Needed>("mailer");
    EXPECT_EQ(problem_of(program, {{"mailer_key", "k"}}), "") << "what was refused left nothing behind";
}

TEST(OwnSettings, a_file_with_a_secret_that_others_can_read_is_unsafe) {
    const server::TestFolder folder;
    const std::string file = folder.path() / "keyhold.toml";
    std::ofstream(file) << "[notes]\napi_key = \"k3y\"\n";
    Server program("notes");
    program.settings<NoteSettings>("notes");
    const auto problem = [&](std::filesystem::perms others) {
        using std::filesystem::perms;
        std::filesystem::permissions(file, perms::owner_read | perms::owner_write | others);
        const auto loaded = server::load_settings(Mode::serve, {.flags = {},
                                                                .environment = {},
                                                                .config_file = file,
                                                                .default_file = {},
                                                                .table = Program::settings_table(program)});
        const auto problems = server::unsafe_settings(loaded.value());
        const std::string wanted = file + " holds notes_api_key and can be read by others: chmod 600 " + file;
        return std::ranges::count(problems, wanted);
    };
    EXPECT_EQ(problem(std::filesystem::perms::none), 0);
    EXPECT_EQ(problem(std::filesystem::perms::others_read), 1);
}

TEST(OwnSettings, what_takes_a_restart_is_said_at_a_reload) {
    Server program("notes");
    const auto& settings = program.settings<NoteSettings>("notes");
    const TestServer server(program, {{"notes_most", "1"}});
    const server::TestFolder folder;
    const auto fresh = server::test_settings(folder, {{"notes_most", "2"}}, Program::settings_table(program));
    ASSERT_TRUE(fresh);
    ASSERT_TRUE(Program::server_of(program).reload(*fresh));
    const std::string& log = server.log();
    const std::size_t said = log.find("takes effect with a restart: ");
    ASSERT_NE(said, log.npos);
    EXPECT_NE(log.find("notes_most", said), log.npos);
    EXPECT_EQ(settings->most, 1);
}

}  // namespace
}  // namespace keyhold
