// SPDX-License-Identifier: Apache-2.0
// What is promised of all settings, asked of each: those of lists, too.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <fstream>

#include "server/library/testing.hpp"
#include "server/settings/safety.hpp"
#include "server/settings/server_settings.hpp"

namespace keyhold::server {
namespace {

Loaded defaults() {
    auto loaded = load_settings(Mode::serve, {.flags = {}, .environment = {}, .config_file = {}, .default_file = {}});
    EXPECT_TRUE(loaded);
    return std::move(*loaded);
}

// The file that sets that one setting, by its line or in its table.
std::string file_with(const Setting& setting, const Section* section, std::string_view value) {
    const std::string line = std::string(" = \"").append(value).append("\"\n");
    if (section == nullptr || section->name.empty()) return std::string(setting.name) + line;
    const std::string name(section->name);
    return (section->is_list ? "[[" + name + "]]\n" : "[" + name + "]\n") + key_of(*section, setting) + line;
}

TEST(EverySetting, a_file_with_a_secret_is_unsafe_where_others_can_read_it) {
    const TestFolder folder;
    const std::string file = folder.path() / "keyhold.toml";
    const auto is_told = [&](mode_t mode) {
        ::chmod(file.c_str(), mode);
        std::vector<Error> findings;  // a part of a table may be wrong alone, and is not what this is about
        const auto problems = unsafe_settings(load_settings(
            Mode::serve, {.flags = {}, .environment = {}, .config_file = file, .default_file = {}}, findings));
        return std::ranges::any_of(problems, [&](const std::string& problem) {
            return problem.starts_with(file + " holds ") && problem.ends_with("chmod 600 " + file);
        });
    };
    int secrets = 0;
    const auto ask = [&](const Setting& setting, const Section* section) {
        if (!setting.secret) return;
        SCOPED_TRACE(setting.name);
        ++secrets;
        std::ofstream(file) << file_with(setting, section, "api:8e1f0c6d2b7a49538e1f0c6d2b7a4953");
        EXPECT_FALSE(is_told(0600));
        EXPECT_TRUE(is_told(0640)) << "as the package's own file is";
        EXPECT_TRUE(is_told(0604));
    };
    for (const Setting& setting : rows_of_settings()) ask(setting, nullptr);
    for (const Section* section : sections())
        for (const Setting& setting : section->rows) ask(setting, section);
    EXPECT_GE(secrets, 6);
}

// Of these at least one can be what a setting is not by default.
constexpr std::string_view candidates[] = {"api:8e1f0c6d2b7a4953",
                                           "false",
                                           "true",
                                           "100000",
                                           "700",
                                           "31",
                                           "7",
                                           "2",
                                           "2031-01-01",
                                           "JWT",
                                           "email",
                                           "argon2id",
                                           "admin_bind",
                                           "role",
                                           "role=role",
                                           "a.example.com",
                                           "https://a.example.com",
                                           "sqlite:///other.db",
                                           "uid",
                                           "id"};

// Gives it another value. False: none of them is one.
bool change(const Setting& setting, void* object) {
    const std::string before = setting.show(object);
    return std::ranges::any_of(candidates, [&](std::string_view text) {
        return setting.set(object, text).ok() && (setting.secret || setting.show(object) != before);
    });
}

TEST(EverySetting, that_says_that_it_is_reloaded_is_passed_on_and_no_other) {
    for (const Setting& setting : rows_of_settings())
        EXPECT_EQ(setting.reloadable, takes_effect_at_reload(setting.name)) << setting.name;
    for (const Section* section : sections())
        for (const Setting& setting : section->rows)
            EXPECT_EQ(setting.reloadable,
                      takes_effect_at_reload(section->is_list ? "[[" + std::string(section->name) + "]]"
                                                              : std::string(setting.name)))
                << setting.name;
}

TEST(EverySetting, that_is_not_reloaded_is_named_when_it_has_changed) {
    for (const Setting& setting : rows_of_settings()) {
        SCOPED_TRACE(setting.name);
        Loaded running = defaults(), fresh = defaults();
        EXPECT_EQ(waiting_for_a_restart(running.settings, fresh.settings, *our_settings()), "");
        // Two secrets that are set are shown alike.
        if (setting.secret) {
            ASSERT_TRUE(setting.set(object_of(setting, running.settings), "web:0123456789abcdef"));
        }
        EXPECT_TRUE(change(setting, object_of(setting, fresh.settings))) << "no candidate is good for it";
        EXPECT_EQ(waiting_for_a_restart(running.settings, fresh.settings, *our_settings()),
                  setting.reloadable ? "" : setting.name);
    }
}

TEST(EverySetting, of_a_section_is_named_when_it_has_changed_and_one_of_a_list_by_the_list) {
    for (const Section* section : sections())
        for (const Setting& setting : section->rows) {
            SCOPED_TRACE(setting.name);
            Loaded running = defaults(), fresh = defaults();
            const auto object = [&](Loaded& of) { return section->next(of.settings.sections.find(section->type)); };
            void* const before = object(running);
            void* const after = object(fresh);
            if (setting.secret) {
                ASSERT_TRUE(setting.set(before, "web:0123456789abcdef"));
            }
            EXPECT_TRUE(change(setting, after)) << "no candidate is good for it";
            const std::string name =
                section->is_list ? "[[" + std::string(section->name) + "]]" : std::string(setting.name);
            const auto said = [&] { return waiting_for_a_restart(running.settings, fresh.settings, *our_settings()); };
            EXPECT_EQ(said(), setting.reloadable ? "" : name);
            if (!section->is_list) continue;
            (void)object(running);  // one more, which is gone in the other
            EXPECT_EQ(said(), setting.reloadable ? "" : name);
        }
}

}  // namespace
}  // namespace keyhold::server
