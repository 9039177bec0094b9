// SPDX-License-Identifier: Apache-2.0
// Settings that are wrong, which no mode starts with, and settings that are unsafe, which `serve` refuses. Each finding
// says how to mend it.
#include "server/settings/safety.hpp"

#include <algorithm>
#include <utility>

#include "base/text.hpp"
#include "domain/accounts/registration.hpp"
#include "domain/clients/clients.hpp"
#include "domain/passwords/secret_strength.hpp"
#include "http/trusted_proxies.hpp"
#include "oauth/authorization/protect_rules.hpp"
#include "oauth/settings.hpp"
#include "server/files.hpp"
#include "server/jobs/mail_client.hpp"
#include "server/observe/log.hpp"
#include "server/process/bind.hpp"
#include "server/settings/issuer.hpp"
#include "server/settings/password_settings.hpp"
#include "server/settings/server_settings.hpp"
#include "server/signing_keys.hpp"
#include "store/database/driver.hpp"

namespace keyhold::server {

namespace {

// An origin as browsers write it (RFC 6454 §6.2), each written out: whoever may use cookies is named. Over HTTPS, or on
// this machine, as browsers keep our cookies from everything else.
bool is_origin_for_cookies(std::string_view text) {
    constexpr std::string_view safe = "https://";
    bool is_safe = text.starts_with(safe);
    for (const std::string_view local : {"http://localhost", "http://127.0.0.1", "http://[::1]"})
        is_safe = is_safe || text == local || (text.starts_with(local) && text[local.size()] == ':');
    const std::size_t host = text.find("://");
    return is_safe && host + 3 < text.size() &&
           text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789.-:[]", host + 3) == text.npos;
}

// As browsers write them: scheme://host, with a port or ":*" (http/routes/cors.hpp).
bool is_origin(std::string_view text) {
    const std::size_t host = text.find("://");
    return text == "*" || (host != text.npos && host > 0 && host + 3 < text.size() &&
                           text.find_first_of("/?# ", host + 3) == text.npos);
}

// "https://*.example", which is compared letter by letter with what browsers send, and is no origin of theirs.
bool has_pattern_of_hosts(std::string_view text) {
    if (text.ends_with(":*")) text.remove_suffix(2);
    return text != "*" && text.find('*') != text.npos;
}

}  // namespace

// All of them and not the first alone, so that an operator can mend them together.
std::vector<Error> wrong_settings(const Settings& settings) {
    std::vector<Error> wrong;
    const auto note = [&wrong](const auto& checked) {
        if (!checked) wrong.push_back(checked.error());
    };
    for (const std::string& text : settings.bind) note(parse_bind("bind", text));
    if (!settings.admin_bind.empty()) note(parse_bind("admin_bind", settings.admin_bind));
    if (settings.handover_socket.size() > http::longest_socket_path)
        wrong.emplace_back(errors::configuration, "handover_socket = '" + settings.handover_socket +
                                                      "' is too long for a socket: at most " +
                                                      std::to_string(http::longest_socket_path) + " characters");
    if (administers_apart(settings) && settings.admin_bind.empty())
        wrong.emplace_back(errors::configuration,
                           "admin_at = admin_bind needs admin_bind, as in 127.0.0.1:8001: nobody could reach /admin");
    note(parse_log_format(settings.log_format));
    note(store::parse_url(settings.database_url));
    note(http::TrustedProxies::parse(settings.trusted_proxies));
    if (settings.trusted_proxies.empty() && !settings.sections.get<std::vector<oauth::ProtectRule>>().empty())
        wrong.emplace_back(errors::configuration,
                           "[[protect]] needs trusted_proxies: only a proxy that stands there is told who may see an "
                           "application; set it to the address that the proxy calls from, as in 127.0.0.1");
    if (!domain::parse_registration_policy(settings.registration))
        wrong.emplace_back(errors::configuration,
                           "registration = '" + settings.registration + "' is none of open, invite, domains, closed");
    if (settings.registration == "domains" && settings.registration_domains.empty())
        wrong.emplace_back(errors::configuration,
                           "registration = domains needs registration_domains, as in example.com");
    for (const std::string& origin : settings.cors_origins)
        if (has_pattern_of_hosts(origin))
            wrong.emplace_back(errors::configuration,
                               "cors_origins: '" + origin +
                                   "' fits no page, as a '*' stands for everything, alone, or for any port, as in "
                                   "http://localhost:*: write each origin out");
        else if (!is_origin(origin))
            wrong.emplace_back(errors::configuration,
                               "cors_origins: no page has the origin '" + origin +
                                   "': write it as browsers do, without a path, as in https://app.example");
    for (const std::string& origin : settings.cookie_origins)
        if (!is_origin_for_cookies(origin))
            wrong.emplace_back(errors::configuration,
                               "cookie_origins: '" + origin +
                                   "' is no origin whose pages may use cookies: write each one out as browsers do, as "
                                   "in https://app.example.com");
    note(check_algorithm(settings));
    note(domain::Clients::parse(settings.clients, settings.sections.get<std::vector<domain::ClientSettings>>()));
    note(password_settings(settings));
    return wrong;
}

// For a start, which ends at the first.
Result<> check_settings(const Settings& settings) {
    auto wrong = wrong_settings(settings);
    if (!wrong.empty()) return std::move(wrong.front());
    return {};
}

std::string registration_sentence(const Settings& settings) {
    if (settings.registration == "closed") return "registration is closed: `keyhold user add` makes accounts";
    if (settings.registration == "invite") return "registration is by invitation: `keyhold user invite` makes one";
    if (settings.registration == "domains")
        return "registration is for e-mail addresses of " + joined(settings.registration_domains, ", ") +
               ", which nobody has to prove";
    return "registration is open: anybody who reaches the server may make an account";
}

// Secrets that can be guessed, or stand in a tutorial. `dev` warns of them.
std::vector<std::string> weak_secrets(const Settings& settings) {
    std::vector<std::string> problems;
    if (auto problem = problem_with_secret(settings); !problem.empty()) problems.push_back(std::move(problem));
    for (const domain::WeakClient& client :
         domain::weak_clients(settings.clients, settings.sections.get<std::vector<domain::ClientSettings>>()))
        problems.push_back("clients: the secret of '" + client.id + "' " + client.weakness +
                           ": make one with `openssl rand -hex 32`");
    const Secret& initial_token = settings.sections.get<oauth::Settings>().registration_token;
    if (const auto weakness = initial_token.empty()
                                  ? std::string()
                                  : domain::weakness_of_secret(initial_token, domain::client_secret_bits);
        !weakness.empty())
        problems.push_back("oauth_registration_token " + weakness + ": make one with `openssl rand -hex 32`");
    if (settings.key_passphrase.empty()) return problems;
    if (const auto weakness = domain::weakness_of_secret(settings.key_passphrase, domain::passphrase_bits);
        !weakness.empty())
        problems.push_back("key_passphrase " + weakness + ": make one with `openssl rand -hex 32`");
    return problems;
}

std::string problem_with_flag_of_database(std::string_view url) {
    if (store::without_password(url) == url) return {};
    return "--database-url shows its password to everybody on this machine: set DATABASE_URL instead";
}

// What protects nobody though it is valid: weak secrets, files that others can read, cheap hashes, short passwords.
std::vector<std::string> unsafe_settings(const Loaded& loaded) {
    const Settings& settings = loaded.settings;
    std::vector<std::string> problems = weak_secrets(settings);

    // A file matters if a secret came out of it.
    for (const std::string& file : loaded.files)
        if ((loaded.origins.at("secret_key") == file || settings.secret_key_file == file) &&
            is_readable_by_others(file))
            problems.push_back(file + " holds the secret key and can be read by others: chmod 600 " + file);
    // Every other secret of the settings, also of a program's own: each row says whether it is one.
    for (const SettingValue& value : values_of(*loaded.table, settings)) {
        const Setting& setting = *value.setting;
        if (!setting.secret || setting.name == "secret_key" || setting.show(value.object).empty()) continue;
        const std::string& file = origin_of(loaded, value);
        if (std::ranges::find(loaded.files, file) == loaded.files.end() || !is_readable_by_others(file)) continue;
        problems.push_back(file + " holds " + value.name + " and can be read by others: chmod 600 " + file);
    }
    if (!secret_signs(settings) && is_readable_by_others(settings.key_file))
        problems.push_back(settings.key_file + " can be read by others: chmod 600 " + settings.key_file);

    const std::string& origin = loaded.origins.at("database_url");
    // Only if there is a password in it.
    if (store::without_password(settings.database_url) != settings.database_url) {
        if (origin == "flag")
            problems.push_back(problem_with_flag_of_database(settings.database_url));
        else if (std::ranges::find(loaded.files, origin) != loaded.files.end() && is_readable_by_others(origin))
            problems.push_back(origin + " holds the database's password and can be read by others: chmod 600 " +
                               origin);
    }
    if (const std::string& file = mail_of(settings).password_file; !file.empty() && is_readable_by_others(file))
        problems.push_back(file + " holds the mail server's password and can be read by others: chmod 600 " + file);
    for (const auto& [name, file] : {std::pair("mail_ca_file", mail_of(settings).ca_file),
                                     std::pair("oauth_ca_file", settings.sections.get<oauth::Settings>().ca_file)}) {
        if (file.empty()) continue;
        if (const auto checked = check_authorities(file); !checked)
            problems.push_back(std::string(name) + ": " + std::string(checked.error().detail()));
    }
    if (auto problem = problem_with_url_of_issuer(settings); !problem.empty()) problems.push_back(std::move(problem));
    if (auto certificate = read_certificate(settings); !certificate)
        problems.emplace_back(certificate.error().detail());
    if (!settings.tls_key.empty() && is_readable_by_others(settings.tls_key))
        problems.push_back(settings.tls_key +
                           " holds the key of the certificate and can be read by others: chmod 600 " +
                           settings.tls_key);

    if (settings.bcrypt_cost < 10)  // OWASP's Password Storage Cheat Sheet: bcrypt with a work factor of 10 or more
        problems.push_back("bcrypt_cost = " + std::to_string(settings.bcrypt_cost) +
                           " is too cheap to guess against: set it to 12, at least 10");
    if (const auto written = crypto::WrittenHash::parse(settings.password_hash); written && written->is_cheap())
        problems.push_back("password_hash = " + settings.password_hash +
                           " is too cheap to guess against (OWASP's Password Storage Cheat Sheet): raise its number");
    if (settings.password_min_length < 8)  // NIST SP 800-63B-4 §3.1.1.2
        problems.push_back("password_min_length = " + std::to_string(settings.password_min_length) +
                           " lets short passwords in: set it to 8 or more");
    if (settings.password_min_score < 2)  // NIST SP 800-63B-4 §3.1.1.2: what is commonly used is refused
        problems.push_back("password_min_score = " + std::to_string(settings.password_min_score) +
                           " lets in the passwords that guessers try first: set it to 3, at least 2");
    return problems;
}

}  // namespace keyhold::server
