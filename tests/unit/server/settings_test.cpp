// SPDX-License-Identifier: Apache-2.0
#include "server/settings/settings.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "crypto/random.hpp"
#include "domain/clients/clients.hpp"
#include "jose/algorithm.hpp"
#include "server/files.hpp"
#include "server/settings/issuer.hpp"
#include "server/settings/safety.hpp"
#include "server/signing_keys.hpp"

namespace keyhold::server {
namespace {

// A folder of its own as the working directory, as the key file and keyhold.toml are looked for there.
class SettingsTest : public testing::Test {
protected:
    SettingsTest() {
        char name[] = "/tmp/keyhold-settings-XXXXXX";
        folder_ = ::mkdtemp(name);
        std::filesystem::current_path(folder_);
    }
    ~SettingsTest() override {
        std::filesystem::current_path("/");
        std::filesystem::remove_all(folder_);
    }
    void write(const std::string& name, const std::string& text, mode_t mode = 0600) {
        std::ofstream(name) << text;
        ::chmod(name.c_str(), mode);
    }
    static Loaded load(const Sources& sources, Mode mode = Mode::serve) {
        auto loaded = load_settings(mode, sources);
        EXPECT_TRUE(loaded) << loaded.error().detail();
        return std::move(*loaded);
    }
    static std::string refusal(const Sources& sources) {
        const auto loaded = load_settings(Mode::serve, sources);
        EXPECT_FALSE(loaded);
        return loaded ? "" : std::string(loaded.error().detail());
    }
    static bool refuses(const Sources& sources, std::string_view part) {
        const std::string text = refusal(sources);
        EXPECT_NE(text.find(part), text.npos) << text;
        return text.find(part) != text.npos;
    }

    std::string folder_;
    const std::string good_secret_ = "6b1b36cbb04b41490bfc0ab2bfa26f86";
};

TEST_F(SettingsTest, flags_win_over_the_environment_over_the_file_over_the_defaults) {
    EXPECT_EQ(load({}).settings.bind, std::vector<std::string>{"127.0.0.1:8000"});
    write(
        "keyhold.toml",
        "bind = \"1.1.1.1:1\"\nbcrypt_cost = 11\naccess_log = false\ncors_origins = [\"https://a\", \"https://b\"]\n");
    Sources sources;
    EXPECT_EQ(load(sources).settings.bind, std::vector<std::string>{"1.1.1.1:1"});
    sources.environment = {{"KEYHOLD_BIND", "2.2.2.2:2"}};
    EXPECT_EQ(load(sources).settings.bind, std::vector<std::string>{"2.2.2.2:2"});
    sources.flags = {{"bind", "3.3.3.3:3"}};
    const Loaded loaded = load(sources);
    EXPECT_EQ(loaded.settings.bind, std::vector<std::string>{"3.3.3.3:3"});
    EXPECT_EQ(loaded.origins.at("bind"), "flag");
    EXPECT_EQ(loaded.origins.at("bcrypt_cost"), "keyhold.toml");
    EXPECT_EQ(loaded.settings.bcrypt_cost, 11);
    EXPECT_FALSE(loaded.settings.access_log);
    EXPECT_EQ(loaded.settings.cors_origins, (std::vector<std::string>{"https://a", "https://b"}));
}

TEST_F(SettingsTest, the_tutorials_names_work) {
    const Loaded loaded = load({.environment = {{"SECRET_KEY", good_secret_},
                                                {"ALGORITHM", "HS512"},
                                                {"ACCESS_TOKEN_EXPIRE_MINUTES", "5"},
                                                {"DATABASE_URL", "sqlite:///./test.db"},
                                                {"PATH", "/bin"}}});
    EXPECT_EQ(loaded.settings.secret_key.reveal(), good_secret_);
    EXPECT_EQ(loaded.settings.algorithm, "HS512");
    EXPECT_EQ(loaded.settings.access_token_expire_minutes, 5);
    EXPECT_EQ(loaded.settings.database_url, "sqlite:///./test.db");
}

TEST_F(SettingsTest, what_is_misspelt_or_out_of_bounds_is_refused_in_one_line_that_names_it) {
    EXPECT_TRUE(refuses({.environment = {{"KEYHOLD_BNID", "x"}}}, "did you mean 'KEYHOLD_BIND'?"));
    EXPECT_TRUE(refuses({.flags = {{"bcrypt_cost", "3"}}}, "bcrypt_cost = '3' (from flag) is not between 4 and 16"));
    EXPECT_TRUE(refuses({.flags = {{"bcrypt_cost", "twelve"}}}, "is not a whole number"));
    EXPECT_TRUE(refuses({.environment = {{"KEYHOLD_ACCESS_LOG", "perhaps"}}},
                        "access_log = 'perhaps' (from KEYHOLD_ACCESS_LOG)"));
    write("keyhold.toml", "bindd = \"x\"\n");
    EXPECT_TRUE(refuses({}, "unknown setting 'bindd' in keyhold.toml:1: did you mean 'bind'?"));
    write("keyhold.toml", "bind = 1979-05-27\n");
    EXPECT_TRUE(refuses({}, "'bind' in keyhold.toml:1 is of the wrong type"));
    write("keyhold.toml", "a = 1\nsecret_key = \"very secret\n");
    EXPECT_TRUE(refuses({}, "keyhold.toml is not TOML"));
    EXPECT_EQ(refusal({}).find("very secret"), std::string::npos);
    write("keyhold.toml", "a = 1\nbind = ['80\x97\x97' = \"\n");
    EXPECT_TRUE(refuses({}, "keyhold.toml is not TOML: look at line 2"));
    EXPECT_TRUE(refuses({.config_file = "absent.toml"}, "absent.toml"));
}

// With the defaults the server would open registration, and begin a new database.
TEST_F(SettingsTest, a_file_that_cannot_be_read_is_not_taken_for_one_that_is_not_there) {
    std::filesystem::create_symlink("nowhere.toml", "keyhold.toml");
    EXPECT_TRUE(refuses({}, "cannot read keyhold.toml: No such file or directory"));
    write("nowhere.toml", "bcrypt_cost = 11\n");
    EXPECT_EQ(load({}).settings.bcrypt_cost, 11);
    std::filesystem::remove("keyhold.toml");
    std::filesystem::create_symlink("keyhold.toml", "keyhold.toml");
    EXPECT_TRUE(refuses({}, "cannot read keyhold.toml: Too many levels of symbolic links"));
    std::filesystem::remove("keyhold.toml");
    std::filesystem::create_directory("keyhold.toml");
    EXPECT_TRUE(refuses({}, "cannot read keyhold.toml: Is a directory"));
    std::filesystem::remove("keyhold.toml");
    EXPECT_EQ(load({}).settings.bcrypt_cost, 12);
}

TEST_F(SettingsTest, relative_paths_of_a_file_are_relative_to_it_and_all_others_to_the_working_directory) {
    std::filesystem::create_directory("etc");
    write("etc/keyhold.toml",
          "bind = [\"127.0.0.1:80\", \"unix:run/k.sock\", \"unix:/run/k.sock\"]\nadmin_bind = \"unix:a.sock\"\n"
          "handover_socket = \"h.sock\"\ntls_certificate = \"tls/c.pem\"\ntls_key = \"/tls/k.pem\"\n"
          "database_url = \"sqlite:///./k.db?check_same_thread=false\"\nkey_file = \"../k.key\"\n"
          "secret_key_file = \"secret\"\n");
    write("etc/secret", good_secret_);
    const Settings in_file = load({.config_file = "etc/keyhold.toml"}).settings;
    EXPECT_EQ(in_file.bind, (std::vector<std::string>{"127.0.0.1:80", "unix:etc/run/k.sock", "unix:/run/k.sock"}));
    EXPECT_EQ(in_file.admin_bind, "unix:etc/a.sock");
    EXPECT_EQ(in_file.handover_socket, "etc/h.sock");
    EXPECT_EQ(in_file.tls_certificate, "etc/tls/c.pem");
    EXPECT_EQ(in_file.tls_key, "/tls/k.pem");
    EXPECT_EQ(in_file.database_url, "sqlite:///etc/k.db?check_same_thread=false");
    EXPECT_EQ(in_file.key_file, "k.key");
    EXPECT_EQ(in_file.secret_key.reveal(), good_secret_);
    const Settings elsewhere = load({.flags = {{"key_file", "flag.key"}},
                                     .environment = {{"DATABASE_URL", "sqlite:///./here.db"}},
                                     .config_file = "etc/keyhold.toml"})
                                   .settings;
    EXPECT_EQ(elsewhere.key_file, "flag.key");
    EXPECT_EQ(elsewhere.database_url, "sqlite:///./here.db");
}

TEST_F(SettingsTest, state_dir_is_where_the_defaults_lie_and_nothing_that_somebody_named) {
    const Settings by_systemd = load({.environment = {{"STATE_DIRECTORY", "/var/lib/keyhold:/var/lib/more"}}}).settings;
    EXPECT_EQ(by_systemd.database_url, "sqlite:////var/lib/keyhold/keyhold.db");
    EXPECT_EQ(by_systemd.key_file, "/var/lib/keyhold/keyhold.key");
    EXPECT_EQ(by_systemd.tls_key, "");
    std::filesystem::create_directory("etc");
    write("etc/keyhold.toml", "state_dir = \"state\"\nkey_file = \"my.key\"\n");
    const Settings in_file = load({.config_file = "etc/keyhold.toml"}).settings;
    EXPECT_EQ(in_file.database_url, "sqlite:///etc/state/keyhold.db");
    EXPECT_EQ(in_file.key_file, "etc/my.key");
    EXPECT_EQ(load({}).settings.database_url, "sqlite:///./keyhold.db");
}

// A setting that is called a file, a socket or a folder holds a path: the column of the table must say so.
TEST_F(SettingsTest, no_path_is_forgotten_in_the_table) {
    for (const Setting& setting : settings_table())
        for (const std::string_view word : {"_file", "_dir", "_socket", "tls_", "_url", "bind"})
            if (setting.name.find(word) != setting.name.npos && !setting.name.ends_with("_mode")) {
                EXPECT_NE(setting.in_folder, nullptr) << setting.name;
            }
}

TEST_F(SettingsTest, all_that_is_wrong_is_found_with_its_line) {
    write("keyhold.toml", "bcrypt_cost = 3\n\nbnid = \"x\"\nlog_format = 7\naccess_log = \"perhaps\"\n");
    std::vector<Error> findings;
    const Loaded loaded = load_settings(Mode::serve, {.environment = {{"KEYHOLD_ISUER", "x"}}}, findings);
    std::string all;
    for (const Error& error : findings) all += std::string(error.detail()) + "\n";
    for (const char* part : {"(from keyhold.toml:1) is not between", "'bnid' in keyhold.toml:3: did you mean 'bind'",
                             "(from keyhold.toml:5) is neither true", "KEYHOLD_ISSUER"})
        EXPECT_NE(all.find(part), all.npos) << part << " in " << all;
    EXPECT_EQ(findings.size(), 4U) << all;
    EXPECT_EQ(loaded.settings.bcrypt_cost, 12) << "the default stands in for it";
    EXPECT_EQ(loaded.lines.at("log_format"), 4U);
}

TEST_F(SettingsTest, an_issuer_is_asked_for_where_others_can_connect_and_keys_of_our_own_sign) {
    const Settings own = load({}).settings;
    const http::Address everywhere{"0.0.0.0", 8000, {}}, here{"127.0.0.1", 8000, {}}, here6{"::1", 8000, {}},
        socket{{}, 0, "/run/k.sock"};
    EXPECT_NE(problem_with_issuer(own, {here, everywhere}).find("issuer = "), std::string::npos);
    EXPECT_NE(problem_with_issuer(own, std::vector{http::Address{"::", 8000, {}}}), "");
    EXPECT_EQ(problem_with_issuer(own, {here, here6, socket}), "");
    EXPECT_EQ(problem_with_issuer(load({.flags = {{"issuer", "https://a"}}}).settings, {everywhere}), "");
    EXPECT_EQ(problem_with_issuer(load({.environment = {{"SECRET_KEY", good_secret_}}}).settings, {everywhere}), "");
}

// RFC 8414 §2.
TEST_F(SettingsTest, serve_refuses_an_issuer_that_is_no_url_without_query_and_fragment) {
    for (const char* good : {"https://a.example", "https://a.example/", "https://a.example:8443/realm",
                             "http://127.0.0.1:8000", "http://[::1]:8000", "https://bücher.example"})
        EXPECT_TRUE(unsafe_settings(load({.flags = {{"issuer", good}}})).empty()) << good;
    for (const char* bad : {"a.example", "ftp://a.example", "javascript:alert(1)", "https://", "https:///x",
                            "https://:1", "https://a.example/?q=1", "https://a.example/#f", "https://u@a.example",
                            "https://a example", "https://a\"b"}) {
        const auto problems = unsafe_settings(load({.flags = {{"issuer", bad}}}));
        ASSERT_EQ(problems.size(), 1U) << bad;
        EXPECT_NE(problems[0].find("RFC 8414"), std::string::npos) << problems[0];
    }
    EXPECT_TRUE(
        unsafe_settings(load({.flags = {{"issuer", "joe"}}, .environment = {{"SECRET_KEY", good_secret_}}})).empty());
}

TEST_F(SettingsTest, serve_refuses_authorities_that_are_not_there) {
    const auto problems = [&](const std::string& setting, const std::string& file) {
        return unsafe_settings(load({.flags = {{setting, file}}}));
    };
    write("empty.pem", "nothing\n");
    write("ca.pem", "an authority\n-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n", 0644);
    for (const std::string setting : {"mail_ca_file", "oauth_ca_file"}) {
        EXPECT_EQ(problems(setting, "nope.pem"),
                  std::vector{setting + ": cannot read nope.pem: No such file or directory"});
        EXPECT_EQ(problems(setting, "."), std::vector<std::string>{setting + ": . is no file"});
        EXPECT_EQ(problems(setting, "empty.pem"),
                  std::vector<std::string>{setting + ": empty.pem holds no certificate in PEM"});
        EXPECT_TRUE(problems(setting, "ca.pem").empty());
    }
}

TEST_F(SettingsTest, a_secret_is_never_shown) {
    const Loaded loaded = load({.environment = {{"SECRET_KEY", good_secret_}}});
    for (const Setting& setting : settings_table())
        EXPECT_EQ(shown(setting, loaded.settings).find(good_secret_), std::string::npos) << setting.name;
}

TEST_F(SettingsTest, every_setting_has_a_name_of_its_own_and_help) {
    std::set<std::string_view> names;
    for (const Setting& setting : settings_table()) {
        EXPECT_TRUE(names.insert(setting.name).second) << setting.name;
        EXPECT_FALSE(setting.help.empty()) << setting.name;
    }
}

TEST_F(SettingsTest, the_secret_may_stand_in_a_file) {
    write("secret", good_secret_ + "\n");
    const Loaded loaded = load({.environment = {{"SECRET_KEY_FILE", "secret"}}});
    EXPECT_EQ(loaded.settings.secret_key.reveal(), good_secret_);
    EXPECT_TRUE(unsafe_settings(loaded).empty());
    ::chmod("secret", 0644);
    ASSERT_EQ(unsafe_settings(loaded).size(), 1U);
    EXPECT_NE(unsafe_settings(loaded)[0].find("chmod 600 secret"), std::string::npos);
}

TEST_F(SettingsTest, serve_refuses_short_and_published_secrets) {
    for (const char* secret :
         {"your_secret_key", "changethis", "09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7",
          "6b1b36cbb04b41490bfc0ab2bfa26f8", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
          "                                        "}) {
        const Loaded loaded = load({.environment = {{"SECRET_KEY", secret}}});
        EXPECT_EQ(unsafe_settings(loaded).size(), 1U) << secret;
    }
    EXPECT_TRUE(unsafe_settings(load({.environment = {{"SECRET_KEY", good_secret_}}})).empty());
    EXPECT_EQ(unsafe_settings(load({.environment = {{"SECRET_KEY", good_secret_}, {"ALGORITHM", "HS512"}}})).size(),
              1U);
    EXPECT_EQ(unsafe_settings(load({.flags = {{"bcrypt_cost", "9"}}})).size(), 1U);
}

TEST_F(SettingsTest, serve_refuses_weak_secrets_of_clients_and_keys_and_repeats_none) {
    const auto problems = unsafe_settings(load({.environment = {{"SECRET_KEY", good_secret_},
                                                                {"KEYHOLD_CLIENTS", "api:aaaaaaaaaaaaaaaaaaaa"},
                                                                {"KEYHOLD_OAUTH_REGISTRATION_TOKEN", "changethis"},
                                                                {"KEYHOLD_KEY_PASSPHRASE", "changethis"}}}));
    ASSERT_EQ(problems.size(), 3U);
    EXPECT_TRUE(problems[0].starts_with("clients: the secret of 'api' is easy to guess")) << problems[0];
    EXPECT_TRUE(problems[1].starts_with("oauth_registration_token is a published example")) << problems[1];
    EXPECT_TRUE(problems[2].starts_with("key_passphrase is a published example")) << problems[2];
    for (const std::string& problem : problems) {
        EXPECT_EQ(problem.find("aaaa"), problem.npos);
        EXPECT_EQ(problem.find("changethis"), problem.npos);
    }
}

TEST_F(SettingsTest, settings_that_cannot_work_are_refused_before_anything_is_touched) {
    for (const auto& [name, text] :
         std::vector<std::pair<std::string, std::string>>{{"algorithm", "none"},
                                                          {"password_hash", "md5"},
                                                          {"database_url", "oracle://x"},
                                                          {"database_url", "sqlite:///:memory:"},
                                                          {"bind", "8000"},
                                                          {"bind", "127.0.0.1:80000"},
                                                          {"cors_origins", "https://app.example/"},
                                                          {"cors_origins", "app.example"},
                                                          {"cors_origins", "https://*.app.example"},
                                                          {"cors_origins", "https://app.example:*/*"},
                                                          {"cookie_origins", "*"},
                                                          {"log_format", "xml"}}) {
        const Loaded loaded = load({.flags = {{name, text}}, .environment = {{"SECRET_KEY", good_secret_}}});
        EXPECT_FALSE(check_settings(loaded.settings)) << name << " = " << text;
    }
    EXPECT_TRUE(check_settings(load({.flags = {{"bind", "[::1]:0"}}}).settings));
    for (const char* origins : {"*", "http://localhost:*,https://app.example"})
        EXPECT_TRUE(check_settings(load({.flags = {{"cors_origins", origins}}}).settings)) << origins;
}

TEST_F(SettingsTest, a_key_is_made_once_for_its_owner_alone_and_used_again) {
    const Settings settings = std::move(load({}).settings);
    const SystemClock clock;
    crypto::SystemRandom random;
    const auto stores = store::open_stores(settings.database_url, {.make = store::Make::what_is_missing}).value();
    const auto open = [&](const Settings& with) {
        return open_signing_keys(
            with, stores, clock, random, [](std::string_view) {}, store::Make::what_is_missing);
    };
    const auto first = open(settings), second = open(settings);
    ASSERT_TRUE(first && second);
    EXPECT_TRUE(first->own->made_now);
    EXPECT_FALSE(second->own->made_now);
    EXPECT_EQ(first->keys->signing(clock.now()).kid(), second->keys->signing(clock.now()).kid());
    EXPECT_EQ(first->keys->signing(clock.now()).algorithm().name, "ES256");
    EXPECT_FALSE(is_readable_by_others("keyhold.key"));
    ::chmod("keyhold.key", 0640);
    EXPECT_FALSE(open(settings));
    ::chmod("keyhold.key", 0600);
    EXPECT_TRUE(open(settings));
    write("keyhold.key", "another material");
    EXPECT_FALSE(open(settings)) << "the keys were sealed under another file";
    std::filesystem::remove("keyhold.key");
    EXPECT_FALSE(open(settings)) << "and no new one is made in silence";
    EXPECT_FALSE(std::filesystem::exists("keyhold.key"));
}

// With a passphrase the server needs no key file; one that somebody has set counts all the same.
TEST_F(SettingsTest, a_key_file_that_leads_nowhere_is_not_passed_over) {
    Settings settings = std::move(load({}).settings);
    settings.key_passphrase = Secret(std::string_view("umbrella fjord teaspoon granite"));
    const SystemClock clock;
    crypto::SystemRandom random;
    const auto stores = store::open_stores(settings.database_url, {.make = store::Make::what_is_missing}).value();
    const auto open = [&] { return open_own_keys(settings, stores, clock, random, store::Make::what_is_missing); };
    std::filesystem::create_symlink("nowhere.key", "keyhold.key");
    const auto refused = open();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().detail(), "cannot read " + settings.key_file + ": No such file or directory");
    std::filesystem::remove("keyhold.key");
    EXPECT_TRUE(open());
}

TEST_F(SettingsTest, a_secret_signs_unless_the_algorithm_asks_for_a_key) {
    EXPECT_TRUE(secret_signs(load({.environment = {{"SECRET_KEY", good_secret_}}}).settings));
    EXPECT_FALSE(secret_signs(load({.environment = {{"SECRET_KEY", good_secret_}, {"ALGORITHM", "ES256"}}}).settings));
    EXPECT_FALSE(secret_signs(load({}).settings));
}

TEST_F(SettingsTest, a_list_of_tables_is_read_into_structs) {
    write("keyhold.toml",
          "[[client]]\nid = \"api\"\nsecret = \"8e1f0c6d2b7a4953\"\n[[client]]\nid = \"web\"\nsecret = "
          "\"0123456789abcdef\"\n");
    const Loaded loaded = load({});
    const auto& clients = loaded.settings.sections.get<std::vector<domain::ClientSettings>>();
    ASSERT_EQ(clients.size(), 2U);
    EXPECT_EQ(clients[0].id, "api");
    EXPECT_EQ(clients[1].secret.reveal(), "0123456789abcdef");
}

TEST_F(SettingsTest, what_is_wrong_in_a_table_is_refused_with_its_line) {
    write("keyhold.toml", "\n[[client]]\nid = \"api\"\nsecret = \"short\"\n");
    EXPECT_TRUE(refuses({}, "[[client]] in keyhold.toml:2: the secret of 'api' is shorter than 16 characters"));
    write("keyhold.toml", "[[client]]\nid = \"api\"\nsecrte = \"8e1f0c6d2b7a4953\"\n");
    EXPECT_TRUE(refuses({}, "unknown setting 'secrte' in keyhold.toml:3: did you mean 'secret'?"));
    write("keyhold.toml", "[client]\nid = \"api\"\n");
    EXPECT_TRUE(refuses({}, "write [[client]]"));
    write("keyhold.toml", "client = 3\n");
    EXPECT_TRUE(refuses({}, "'client' in keyhold.toml:1 is of the wrong type"));
    write("keyhold.toml", "[[client]]\nid = [[1]]\nsecret = \"8e1f0c6d2b7a4953\"\n[[mial]]\n");
    EXPECT_TRUE(refuses({}, "unknown section [[mial]] in keyhold.toml:4: did you mean [mail]?"));
    write("keyhold.toml", "[clinet]\nid = \"api\"\n");
    EXPECT_TRUE(refuses({}, "unknown section [clinet] in keyhold.toml:1: did you mean [[client]]?"));
    write("keyhold.toml", "[zzzzzz]\n");
    EXPECT_TRUE(refuses({}, "unknown section [zzzzzz] in keyhold.toml:1"));
    write("keyhold.toml", "client = []\n");
    EXPECT_TRUE(load({}).settings.sections.get<std::vector<domain::ClientSettings>>().empty());
}

}  // namespace
}  // namespace keyhold::server
