// SPDX-License-Identifier: Apache-2.0
// The settings that belong to no section, as one table: a row is a name, its variable, its default here and in `dev`,
// and its help. `keyhold config docs` and the flags are made from it.
#include "server/settings/settings.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "domain/accounts/email_address.hpp"
#include "domain/accounts/login_name.hpp"
#include "domain/adoption/adopted_claims.hpp"
#include "domain/adoption/old_tokens.hpp"
#include "store/database/driver.hpp"

namespace keyhold::server {
namespace {

// The loader puts the name and the origin of the setting in front.
Error wrong(std::string what) { return Error(errors::configuration, std::move(what)); }

template <Result<> (*set)(Settings&, std::string_view)>
constexpr auto set_by = detail::set_object<Settings, set>;
template <std::string (*show)(const Settings&)>
constexpr auto show_by = detail::show_object<Settings, show>;

// A row of a member whose type says how it is read (base/setting.hpp).
template <auto member>
constexpr Setting row(std::string_view name, std::string_view variable, std::string_view fallback, std::string_view dev,
                      std::string_view help, bool secret = false) {
    Setting row{name, variable, fallback, dev, help, secret, detail::set_member<member>, detail::show_member<member>};
    row.same = detail::same_member<member>;
    return row;
}

// A row of a number with its bounds, both of which are allowed.
template <auto member, std::int64_t low, std::int64_t high>
constexpr Setting number(std::string_view name, std::string_view variable, std::string_view fallback,
                         std::string_view dev, std::string_view help) {
    return {
        name, variable, fallback, dev, help, false, detail::set_number<member, low, high>, detail::show_member<member>};
}

std::string show_database_url(const Settings& settings) { return store::without_password(settings.database_url); }

// The permissions of a file, in octal.
template <auto member>
Result<> set_mode(Settings& settings, std::string_view text) {
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), settings.*member, 8);
    if (ec == std::errc() && end == text.data() + text.size() && settings.*member >= 0 && settings.*member <= 0777)
        return {};
    return wrong("is not between 000 and 777, in octal");
}

// As chmod(1) takes it, without a leading 0.
template <auto member>
std::string show_mode(const Settings& settings) {
    std::array<char, 8> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), settings.*member, 8).ptr;
    return {digits.data(), end};
}

// Checked here and read again where it is used: a wrong value must be refused at the start, with its name.
Result<> set_old_token_claims(Settings& settings, std::string_view text) {
    if (auto result = read_setting(settings.old_token_claims, text); !result) return result;
    if (auto rules = domain::parse_claim_rules(settings.old_token_claims); !rules) return std::move(rules).error();
    return {};
}

Result<> set_token_sub(Settings& settings, std::string_view text) {
    if (auto sub = domain::parse_token_sub(text); !sub) return std::move(sub).error();
    return read_setting(settings.token_sub, text);
}

Result<> set_token_claims(Settings& settings, std::string_view text) {
    if (auto result = read_setting(settings.token_claims, text); !result) return result;
    if (auto claims = domain::parse_token_claims(settings.token_claims); !claims) return std::move(claims).error();
    return {};
}

// RFC 9068 §2.1, or what every JWT may say.
Result<> set_access_token_typ(Settings& settings, std::string_view text) {
    if (text != "at+jwt" && text != "JWT") return wrong("is neither at+jwt nor JWT");
    return read_setting(settings.access_token_typ, text);
}

// As they stand in the keys of addresses: in lower-case A-labels.
Result<> set_registration_domains(Settings& settings, std::string_view text) {
    if (auto result = read_setting(settings.registration_domains, text); !result) return result;
    for (std::string& domain : settings.registration_domains) {
        auto address = domain::parse_email_address("x@" + domain);
        if (!address) return wrong("holds '" + domain + "', which is no domain");
        domain = std::move(address->domain);
    }
    return {};
}

Result<> set_admin_at(Settings& settings, std::string_view text) {
    if (text != "bind" && text != "admin_bind") return wrong("is neither bind nor admin_bind");
    return read_setting(settings.admin_at, text);
}

Result<> set_login_with(Settings& settings, std::string_view text) {
    if (!domain::parse_login_with(text)) return wrong("is neither username, email nor either");
    return read_setting(settings.login_with, text);
}

template <auto member>
constexpr Setting mode(std::string_view name, std::string_view variable, std::string_view fallback,
                       std::string_view dev, std::string_view help) {
    return {name, variable, fallback, dev, help, false, set_by<set_mode<member>>, show_by<show_mode<member>>};
}

constexpr Setting reloaded(Setting setting) { return reloaded_setting(setting); }

// Two URLs that differ in the password are shown alike.
constexpr Setting compared_whole(Setting setting) {
    setting.same = detail::same_member<&Settings::database_url>;
    return setting;
}

// Addresses separated by commas, of which Unix sockets have a path.
std::string sockets_in_folder(std::string_view text, const std::filesystem::path& folder) {
    constexpr std::string_view prefix = "unix:";
    std::vector<std::string> addresses;
    (void)read_setting(addresses, text);
    for (std::string& address : addresses)
        if (address.size() > prefix.size() && address.starts_with(prefix))
            address = std::string(prefix) + path_in_folder(address.substr(prefix.size()), folder);
    return show_setting(addresses);
}

// A setting whose relative paths are relative to the file that it stands in.
constexpr Setting holding(std::string (*in_folder)(std::string_view, const std::filesystem::path&), Setting setting) {
    setting.in_folder = in_folder;
    return setting;
}
constexpr Setting about(Topic topic, Setting setting) {
    setting.topic = topic;
    return setting;
}

constexpr Setting path(Setting setting) { return path_setting(setting); }
constexpr Setting sockets(Setting setting) { return holding(sockets_in_folder, setting); }
constexpr Setting url(Setting setting) { return holding(store::url_in_folder, setting); }

using S = Settings;
constexpr std::string_view same = "=";

// clang-format off
constexpr std::array table{
    sockets(row<&S::bind>("bind", "", "127.0.0.1:8000", same, "Where to listen, separated by commas: addresses with ports (port 0 takes a free one), Unix sockets as unix:/run/keyhold.sock")),
    mode<&S::unix_socket_mode>("unix_socket_mode", "", "660", same, "Who may connect to a Unix socket, in octal as chmod takes it"),
    sockets(row<&S::admin_bind>("admin_bind", "", "127.0.0.1:8001", "", "Where /livez, /readyz and /metrics are answered, for those who run the server; empty: nowhere")),
    Setting{"admin_at", "", "bind", same, "Where /admin and /admin/api are answered: bind, as everything else; or admin_bind, there alone and with the pages to sign in, by HTTPS where bind is", false, set_by<set_admin_at>, detail::show_member<&S::admin_at>},
    path(row<&S::handover_socket>("handover_socket", "", "", same, "A path where a new server asks the running one for its listening sockets: a restart that turns nobody away; empty: none")),
    path(reloaded(row<&S::tls_certificate>("tls_certificate", "", "", same, "A file with the certificate and behind it its chain, in PEM: TCP clients speak HTTPS then"))),
    path(reloaded(row<&S::tls_key>("tls_key", "", "", same, "A file with the certificate's private key, in PEM, readable by its owner alone"))),
    number<&S::hsts_max_age, 0, 315360000>("hsts_max_age", "", "31536000", same, "Seconds for which browsers come back by HTTPS alone, where TLS is on; 0: they are told nothing"),
    about(Topic::database, path(row<&S::state_dir>("state_dir", "STATE_DIRECTORY", "", same, "The folder where the database and the key file are, unless they are named otherwise; empty: the working directory"))),
    about(Topic::database, url(compared_whole(Setting{"database_url", "DATABASE_URL", "sqlite:///./keyhold.db", same, "Where the accounts are, in SQLAlchemy's spelling: SQLite, PostgreSQL or MariaDB", false, detail::set_member<&S::database_url>, show_by<show_database_url>}))),
    about(Topic::keys, row<&S::secret_key>("secret_key", "SECRET_KEY", "", same, "Signs and verifies tokens (HMAC); without one, a key of our own is made on first start", true)),
    about(Topic::keys, path(row<&S::secret_key_file>("secret_key_file", "SECRET_KEY_FILE", "", same, "A file that holds the secret key, readable by its owner alone"))),
    about(Topic::keys, row<&S::algorithm>("algorithm", "ALGORITHM", "HS256", same, "How tokens are signed: HS256, HS384 or HS512 by the secret key; ES256, EdDSA, RS256 ... by keys of our own (without a secret key ES256)")),
    about(Topic::keys, number<&S::access_token_expire_minutes, 1, 525600>("access_token_expire_minutes", "ACCESS_TOKEN_EXPIRE_MINUTES", "30", same, "How long a token lives, in minutes")),
    about(Topic::keys, number<&S::old_token_minutes, 0, 5256000>("old_token_minutes", "", "0", same, "Minutes that access tokens live which another application signs with the same secret key; longer ones are refused; 0: as access_token_expire_minutes")),
    about(Topic::keys, Setting{"old_token_claims", "", "", same, "What those carry besides sub, exp, iat, jti and iss, separated by commas: a name (role), a name that must be there (id=*), or a name and what it must say (type=access, aud=fastapi-users:auth, mfa_pending=false); a token with any other claim is refused", false, set_by<set_old_token_claims>, detail::show_member<&S::old_token_claims>}),
    about(Topic::keys, Setting{"token_sub", "", "username", same, "What `sub` of tokens under the secret key is, theirs and ours, where an application was adopted: username, email or id (that of its table)", false, set_by<set_token_sub>, detail::show_member<&S::token_sub>}),
    about(Topic::keys, Setting{"token_claims", "", "", same, "What our tokens carry besides for an adopted application, separated by commas: a column of its table (role), a claim and its column (user_id=id), or a claim and a word (type:access)", false, set_by<set_token_claims>, detail::show_member<&S::token_claims>}),
    about(Topic::keys, row<&S::old_tokens_until>("old_tokens_until", "", "", same, "From when on those are refused altogether, as in 2026-12-31; empty: never, as an adopted application goes on issuing them")),
    about(Topic::keys, row<&S::issuer>("issuer", "", "", same, "Written into tokens as `iss`, and asked for in them; with keys of our own, where it is empty, the URL of `bind`")),
    about(Topic::sessions, number<&S::session_days, 1, 3650>("session_days", "", "30", same, "How long a session lives at most, from its log-in on, in days")),
    about(Topic::sessions, number<&S::refresh_token_idle_days, 1, 3650>("refresh_token_idle_days", "", "14", same, "How long a session lives without being refreshed, in days")),
    about(Topic::sessions, number<&S::refresh_token_grace, 0, 300>("refresh_token_grace", "", "10", same, "Seconds in which a used refresh token is answered with the same successor again though that was used too (two tabs); until then it always is")),
    about(Topic::sessions, number<&S::sessions_per_account, 1, 100000>("sessions_per_account", "", "100", same, "Sessions that an account has at once, and with each registered client; one more ends the one that was idle longest")),
    number<&S::live_sessions, 1000, 100000000>("live_sessions", "", "1000000", same, "Sessions that are remembered in memory, about 125 bytes each; the others cost a look-up"),
    reloaded(row<&S::clients>("clients", "", "", same, "Clients with a secret, which may ask about tokens (/introspect) and prove it at /oauth/token and /revoke: id:secret,id:secret", true)),
    about(Topic::keys, path(row<&S::key_file>("key_file", "", "keyhold.key", same, "What keys of our own are sealed under in the database; made on first start, lost with it"))),
    about(Topic::keys, row<&S::key_passphrase>("key_passphrase", "", "", same, "Opens the keys of our own instead of the key file", true)),
    about(Topic::keys, number<&S::key_rotation_days, 0, 3650>("key_rotation_days", "", "90", same, "Days after which a key of our own gets a successor; 0: never")),
    about(Topic::keys, number<&S::jwks_max_age, 1, 86400>("jwks_max_age", "", "300", same, "Seconds that others may keep our public keys; a successor is published that long, and 10 s more, before it signs")),
    about(Topic::keys, row<&S::audience>("audience", "", "", same, "Written as `aud` into tokens under keys of our own, and asked for in them; empty: the issuer")),
    about(Topic::keys, Setting{"access_token_typ", "", "at+jwt", same, "What `typ` says in tokens under keys of our own: at+jwt (RFC 9068), or JWT for resource servers that refuse it, as Spring Security does by default; JWT makes us take both", false, set_by<set_access_token_typ>, detail::show_member<&S::access_token_typ>}),
    about(Topic::keys, row<&S::preferred_username>("preferred_username", "", "true", same, "Whether tokens under keys of our own name the user: the claim preferred_username")),
    reloaded(row<&S::cors_origins>("cors_origins", "", "", "http://localhost:*,http://127.0.0.1:*", "Origins whose pages may call us, separated by commas")),
    reloaded(row<&S::cookie_origins>("cookie_origins", "", "", same, "Origins of the same site whose pages may call us with cookies, each written out (https://app.example.com), separated by commas")),
    row<&S::trusted_proxies>("trusted_proxies", "", "", same, "Proxies, whose X-Forwarded-For is believed and who may ask at /forward-auth/: addresses and networks (10.0.0.0/8), separated by commas, or the word unix for whoever connects to a Unix socket"),
    about(Topic::passwords, row<&S::password_hash>("password_hash", "", "bcrypt", same, "How new passwords are hashed: bcrypt or argon2id; or as an application reads them that shares the users: the beginning of such a hash up to its salt, as in pbkdf2_sha256$600000, scrypt:32768:8:1 or $2y$12; all of them and more are read")),
    about(Topic::passwords, number<&S::bcrypt_cost, 4, 16>("bcrypt_cost", "", "12", same, "Work per password: each step doubles it; 12 is a quarter of a second")),
    about(Topic::passwords, number<&S::argon2_memory, 7168, 131072>("argon2_memory", "", "19456", same, "KiB per password, with argon2id")),
    about(Topic::passwords, number<&S::argon2_passes, 1, 32>("argon2_passes", "", "2", same, "Passes over that memory, with argon2id")),
    about(Topic::passwords, number<&S::argon2_lanes, 1, 64>("argon2_lanes", "", "1", same, "Lanes of that memory, with argon2id; one thread computes all of them: for an application that shares the users and hashes anew what has not as many")),
    about(Topic::passwords, number<&S::password_min_length, 1, 256>("password_min_length", "", "8", same, "Characters that a new password has at least")),
    about(Topic::passwords, number<&S::password_min_score, 0, 4>("password_min_score", "", "3", "0", "How hard a new password is to guess at least, by zxcvbn: 3 takes over 10^8 guesses, 0 asks for nothing")),
    Setting{"login_with", "", "either", same, "What people log in with: username, email, or either", false, set_by<set_login_with>, detail::show_member<&S::login_with>},
    row<&S::registration>("registration", "", "open", same, "Who may POST /register: open (anybody), invite (whoever has an invitation of `keyhold user invite`), domains (whoever names an address of registration_domains; that it is his is shown by email_verified alone), closed (nobody)"),
    Setting{"registration_domains", "", "", same, "Whose addresses may register where registration = domains, and to which people may change theirs, separated by commas; their subdomains are others", false, set_by<set_registration_domains>, detail::show_member<&S::registration_domains>},
    number<&S::address_registrations, 0, 100000>("address_registrations", "", "100", "0", "Calls of /register at once from one address (IPv6: one /64); one more is answered 429; 0: no limit"),
    number<&S::address_registrations_per_minute, 1, 60000>("address_registrations_per_minute", "", "10", same, "How many of those come back in a minute"),
    number<&S::lockout_threshold, 0, 100>("lockout_threshold", "", "10", same, "Failed log-ins that an account takes before it waits: 30 s, then twice as long each time, up to 15 minutes; 0: no limit"),
    number<&S::address_failures, 0, 100000>("address_failures", "", "100", "0", "Failed log-ins at once that one address (IPv6: one /64) may cause, whatever the names; 0: no limit"),
    number<&S::address_failures_per_minute, 1, 60000>("address_failures_per_minute", "", "10", same, "How many of those come back in a minute"),
    number<&S::io_threads, 0, 256>("io_threads", "", "0", same, "Threads that talk to clients; 0: one per core, no more than a container's quota needs"),
    number<&S::hashing_threads, 0, 1024>("hashing_threads", "", "0", same, "Threads that compute bcrypt, several hashes at once on each; 0: one per core, no more than a container's quota needs"),
    number<&S::hashing_lanes, 0, 6>("hashing_lanes", "", "0", same, "bcrypt hashes at once on each of those threads; 0: what computes most, which is measured all the time"),
    number<&S::hashing_queue, 0, 100000>("hashing_queue", "", "0", same, "Log-ins that may wait, of known devices and of strangers each; one more is answered 503; 0: whoever would wait longer than a second is"),
    number<&S::max_connections, 16, 1000000>("max_connections", "", "16384", same, "Connections at once; one more is answered 503. Fewer if the limit on open files (ulimit -Hn) leaves room for fewer"),
    number<&S::max_connections_per_address, 1, 1000000>("max_connections_per_address", "", "1024", same, "Connections at once from one address (IPv6: one /64) that is not this machine's own; one more is answered 429"),
    number<&S::head_timeout, 1, 3600>("head_timeout", "", "10", same, "Seconds that a request's head may take to arrive"),
    number<&S::body_timeout, 1, 3600>("body_timeout", "", "20", same, "Seconds that a request's body may take to arrive, and a second more for each 500 bytes of it"),
    number<&S::idle_timeout, 1, 86400>("idle_timeout", "", "60", same, "Seconds that a connection may be silent, or leave its answers unread; while 7 of 8 connections are taken, 5 seconds"),
    number<&S::drain_delay, 0, 3600>("drain_delay", "", "5", "0", "Seconds in which a server that was told to stop goes on accepting, with /readyz at 503, so that a load balancer notices"),
    number<&S::drain_timeout, 0, 3600>("drain_timeout", "", "10", same, "Seconds that what is in flight gets at shutdown"),
    reloaded(row<&S::access_log>("access_log", "", "true", same, "One line per request on standard error")),
    row<&S::log_format>("log_format", "", "auto", same, "text, json, or auto: text on a terminal"),
};
// clang-format on

}  // namespace

std::span<const Setting> rows_of_settings() { return table; }

// The struct that the setting is a member of: Settings itself or that of its section.
void* object_of(const Setting& setting, Settings& settings) {
    return setting.section == nullptr ? &settings : settings.sections.find(setting.section->type);
}
const void* object_of(const Setting& setting, const Settings& settings) {
    return setting.section == nullptr ? &settings : settings.sections.find(setting.section->type);
}

// "mail_from" is `from` in the table [mail] of the file.
std::string key_of(const Section& section, const Setting& setting) {
    return std::string(setting.name.substr(section.name.empty() ? 0 : section.name.size() + 1));
}

std::vector<SettingValue> values_of(const SettingsTable& table, const Settings& settings) {
    std::vector<SettingValue> all;
    for (const Setting& setting : table.rows_with_flags())
        all.push_back({std::string(setting.name), &setting, object_of(setting, settings), false});
    for (const Section* section : table.sections()) {
        if (!section->is_list) continue;
        const void* const items = settings.sections.find(section->type);
        for (std::size_t i = 0; i < section->count(items); ++i)
            for (const Setting& setting : section->rows)
                all.push_back({std::string(section->name) + '[' + std::to_string(i) + "]." + key_of(*section, setting),
                               &setting, section->item(items, i), true});
    }
    return all;
}

// Items of lists can stand in the file alone.
const std::string& origin_of(const Loaded& loaded, const SettingValue& value) {
    return value.is_of_list ? loaded.files.front() : loaded.origins.at(value.setting->name);
}

std::vector<ShownSetting> shown_settings(const Loaded& loaded) {
    std::vector<ShownSetting> all;
    for (SettingValue& value : values_of(*loaded.table, loaded.settings))
        all.push_back({std::move(value.name), value.setting->show(value.object), origin_of(loaded, value)});
    return all;
}

}  // namespace keyhold::server
