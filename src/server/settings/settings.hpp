// SPDX-License-Identifier: Apache-2.0
// What can be set, and from where: flags > environment > keyhold.toml > defaults. One table (settings.cpp, and a
// feature's own: sections.cpp) makes the flags, the help, docs/configuration.md, `config show` and the errors.
#pragma once

#include <cstdint>
#include <deque>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "base/setting.hpp"
#include "keyhold/mode.hpp"

namespace keyhold {
struct OwnSection;
}

namespace keyhold::server {

using keyhold::Mode;

struct Settings {
    std::vector<std::string> bind;
    // As chmod(1) takes it: 0660 is 432 here.
    std::int64_t unix_socket_mode = 0;
    std::string admin_bind;
    std::string admin_at;  // "bind" or "admin_bind"
    std::string handover_socket;
    std::string tls_certificate;
    std::string tls_key;
    // Seconds; 0: browsers are told nothing.
    std::int64_t hsts_max_age = 0;
    std::string state_dir;
    std::string database_url;
    Secret secret_key;
    std::string secret_key_file;
    std::string algorithm;
    std::int64_t access_token_expire_minutes = 0;
    // 0: as access_token_expire_minutes.
    std::int64_t old_token_minutes = 0;
    std::vector<std::string> old_token_claims;
    std::optional<Time> old_tokens_until;
    std::string token_sub;
    std::vector<std::string> token_claims;
    std::string issuer;
    std::int64_t refresh_token_idle_days = 0;
    std::int64_t session_days = 0;
    // Seconds.
    std::int64_t refresh_token_grace = 0;
    std::int64_t sessions_per_account = 0;
    std::string login_with;
    std::string registration;
    std::vector<std::string> registration_domains;
    // At once from one address; 0: no limit.
    std::int64_t address_registrations = 0;
    std::int64_t address_registrations_per_minute = 0;
    // That are remembered in memory, about 125 bytes each.
    std::int64_t live_sessions = 0;
    Secret clients;
    std::string key_file;
    Secret key_passphrase;
    // 0: never.
    std::int64_t key_rotation_days = 0;
    // Seconds.
    std::int64_t jwks_max_age = 0;
    std::string audience;
    std::string access_token_typ;
    bool preferred_username = true;
    std::vector<std::string> cors_origins;
    std::vector<std::string> cookie_origins;
    std::vector<std::string> trusted_proxies;
    std::string password_hash;
    std::int64_t bcrypt_cost = 0;
    // KiB.
    std::int64_t argon2_memory = 0;
    std::int64_t argon2_passes = 0;
    std::int64_t argon2_lanes = 0;
    std::int64_t password_min_length = 0;
    // zxcvbn's, 0 to 4.
    std::int64_t password_min_score = 0;
    // 0: no limit, here and in the next.
    std::int64_t lockout_threshold = 0;
    std::int64_t address_failures = 0;
    std::int64_t address_failures_per_minute = 0;
    // 0 in these three: as many as there are processors, or what is measured to be best.
    std::int64_t io_threads = 0;
    std::int64_t hashing_threads = 0;
    std::int64_t hashing_lanes = 0;
    // Places; 0: as many as are served within a second.
    std::int64_t hashing_queue = 0;
    std::int64_t max_connections = 0;
    std::int64_t max_connections_per_address = 0;
    // Seconds, here and in the next four.
    std::int64_t head_timeout = 0;
    std::int64_t body_timeout = 0;
    std::int64_t idle_timeout = 0;
    std::int64_t drain_delay = 0;
    std::int64_t drain_timeout = 0;
    bool access_log = true;
    std::string log_format;
    SectionValues sections;  // what features declare beside themselves (base/setting.hpp, sections.cpp)
};

using keyhold::Section;
using keyhold::Setting;
using keyhold::Topic;

// The struct of these settings that the row writes to and shows.
void* object_of(const Setting& setting, Settings& settings);
const void* object_of(const Setting& setting, const Settings& settings);
inline std::string shown(const Setting& setting, const Settings& settings) {
    return setting.show(object_of(setting, settings));
}

// The rows of Settings itself, and the sections of all features.
std::span<const Setting> rows_of_settings();
std::span<const Section* const> sections();

// The settings that a program knows: ours, and those of its own sections (keyhold/settings.hpp). It does not change, so
// any thread may look.
class SettingsTable {
public:
    // Throws std::logic_error for a section that cannot be: Server::settings().
    explicit SettingsTable(std::vector<OwnSection> own);
    ~SettingsTable();
    SettingsTable(const SettingsTable&) = delete;
    SettingsTable& operator=(const SettingsTable&) = delete;

    // Every setting that has a flag or a variable: those of Settings and of the sections that are no lists. Whoever
    // means all that somebody may have set asks values_of().
    std::span<const Setting> rows_with_flags() const { return rows_; }
    std::span<const Section* const> sections() const { return sections_; }
    std::span<const OwnSection> own() const;

    // Null if there is none of that name.
    const Setting* find(std::string_view name) const;
    const Section* find_section(std::string_view name) const;
    bool is_own(const Setting& setting) const;
    // The setting that "SECRET_KEY" sets; empty if it sets none.
    std::string_view setting_of_variable(std::string_view variable) const;
    // For "did you mean"; empty if none is near.
    std::string_view closest(std::string_view name) const;

private:
    void add(const OwnSection& own);
    std::vector<OwnSection> own_;
    std::vector<const Section*> sections_;
    std::vector<Setting> rows_;
    // What those of a program's own point to.
    std::deque<std::string> texts_;
    std::deque<std::vector<Setting>> own_rows_;
    std::deque<Section> own_sections_;
};
using SettingsTablePtr = std::shared_ptr<const SettingsTable>;

// Ours alone.
const SettingsTablePtr& our_settings();
inline std::span<const Setting> settings_table() { return our_settings()->rows_with_flags(); }

// The sources of settings. Nothing else is read, so that tests can pass their own.
struct Sources {
    std::map<std::string, std::string> flags;  // by setting name
    std::vector<std::pair<std::string, std::string>> environment;
    std::string config_file;                    // empty: the default file if it exists
    std::string default_file = "keyhold.toml";  // empty: none
    SettingsTablePtr table = our_settings();
};

struct Loaded {
    SettingsTablePtr table = our_settings();  // which the names below stand in
    Settings settings;
    std::map<std::string_view, std::string> origins;  // setting name -> "flag", "SECRET_KEY", "keyhold.toml", "default"
    std::vector<std::string> files;                   // that were read and may hold secrets
    std::map<std::string_view, std::size_t> lines;    // of those that stand in the configuration file
};

// Refused: configuration, with one line that names the setting, its source and the fix. Unknown names are
// refused too ("did you mean ...?").
// A relative path is relative to the file that it stands in; one of a flag or of the environment to the working
// directory.
Result<Loaded> load_settings(Mode mode, const Sources& sources);

// The same, but does not stop at what is wrong: each finding is added to the list, and the setting has its default.
Loaded load_settings(Mode mode, const Sources& sources, std::vector<Error>& findings);

// What a setting is set to: one for each row, and one for each row and item of a list, which is called "client[0].id".
// Lives as long as the table and the settings.
struct SettingValue {
    std::string name;
    const Setting* setting;
    const void* object;  // the struct, or the item, that it is a member of
    bool is_of_list;
};
std::vector<SettingValue> values_of(const SettingsTable& table, const Settings& settings);
// Where it comes from: a list stands in the configuration file alone.
const std::string& origin_of(const Loaded& loaded, const SettingValue& value);

// Each of them as it may be shown: without secrets.
struct ShownSetting {
    std::string name, value, from;
};
std::vector<ShownSetting> shown_settings(const Loaded& loaded);
// "from", of `mail_from` in [mail].
std::string key_of(const Section& section, const Setting& setting);

}  // namespace keyhold::server
