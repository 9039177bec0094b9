// SPDX-License-Identifier: Apache-2.0
// `keyhold config check`: looks for everything that would keep `keyhold serve` from starting, without starting it. It
// writes nothing and makes no database, so that it can be run on a machine in use.
#include "cli/tools/config_check.hpp"

#include <linux/magic.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "base/exceptions.hpp"
#include "base/text.hpp"
#include "crypto/random.hpp"
#include "domain/accounts/registration.hpp"
#include "http/connection/listening_socket.hpp"
#include "server/components.hpp"
#include "server/files.hpp"
#include "server/process/bind.hpp"
#include "server/settings/issuer.hpp"
#include "server/settings/safety.hpp"
#include "server/signing_keys.hpp"
#include "store/database/database_info.hpp"

namespace keyhold::cli {
namespace {

namespace fs = std::filesystem;

bool is_in_word(char c) { return is_ascii_alphanumeric(c) || c == '_'; }

// Whether the word stands in the text by itself, and not within a longer one.
bool names(std::string_view text, std::string_view word) {
    if (word.empty()) return false;
    for (std::size_t at = text.find(word); at != text.npos; at = text.find(word, at + 1)) {
        const bool begins = at == 0 || !is_in_word(text[at - 1]);
        const std::size_t end = at + word.size();
        if (begins && (end == text.size() || !is_in_word(text[end]))) return true;
    }
    return false;
}

// A finding behind the line of the file that has the setting which it is about: the first that it names, or whose path.
std::string located(const server::Loaded& loaded, std::string_view text) {
    std::string_view found;
    std::size_t first = text.npos;
    for (const server::Setting& setting : loaded.table->rows_with_flags()) {
        // The secret itself is in another file; where that is named somebody has to look.
        const bool in_other_file = setting.name == "secret_key" && !loaded.settings.secret_key_file.empty();
        const std::string_view written_as = in_other_file ? "secret_key_file" : setting.name;
        if (!loaded.lines.contains(written_as)) continue;
        const std::string path = setting.in_folder != nullptr ? server::shown(setting, loaded.settings) : std::string();
        for (const std::string_view word : {setting.name, setting.variable, std::string_view(path)})
            if (names(text, word) && text.find(word) < first) {
                first = text.find(word);
                found = written_as;
            }
    }
    if (found.empty()) return std::string(text);
    return loaded.origins.at(found) + ":" + std::to_string(loaded.lines.at(found)) + ": " + std::string(text);
}

// With the rights of whoever runs this check, which may not be the account of the service. Empty if files can be made.
std::string why_nothing_can_be_made_in(const std::string& folder) {
    if (::access(folder.c_str(), W_OK | X_OK) != 0) return std::strerror(errno);
    // root is allowed everything, and yet /proc takes no file.
    struct statfs found {};
    if (::statfs(folder.c_str(), &found) != 0) return std::strerror(errno);
    constexpr std::array<decltype(found.f_type), 3> of_the_kernel{PROC_SUPER_MAGIC, SYSFS_MAGIC, CGROUP2_SUPER_MAGIC};
    return std::ranges::find(of_the_kernel, found.f_type) == of_the_kernel.end() ? "" : "no files can be made there";
}

// Collects all problems instead of stopping at the first, so that an operator can mend them together.
class Check {
public:
    explicit Check(const server::Sources& sources) {
        std::vector<Error> findings;
        // With the list of findings, so that all of them are told and not the first alone.
        loaded_ = server::load_settings(server::Mode::serve, sources, findings);
        for (const Error& error : findings) {
            const std::string_view text = error.detail();
            // What a single row refused says where it stands; what a section found does not.
            const bool says_where = std::ranges::any_of(loaded_.lines, [&](const auto& line) {
                return text.find(loaded_.origins.at(line.first)) != text.npos;
            });
            found_.problems.push_back(says_where ? std::string(text) : located(loaded_, text));
        }
    }

    ConfigCheck run() {
        const auto wrong = server::wrong_settings(settings());
        for (const Error& error : wrong) problem(error.detail());
        for (const std::string& unsafe : server::unsafe_settings(loaded_)) problem(unsafe);
        if (auto secret = server::check_secret(settings()); !secret)
            problem("SECRET_KEY: " + std::string(secret.error().detail()));
        check_addresses();
        check_paths();
        check_database();
        if (domain::parse_registration_policy(settings().registration))
            found_.notes.push_back(server::registration_sentence(settings()));
        // Two checks may find the same problem, which is then said once.
        std::vector<std::string> once;
        for (std::string& text : found_.problems)
            if (std::ranges::find(once, text) == once.end()) once.push_back(std::move(text));
        found_.problems = std::move(once);
        return std::move(found_);
    }

private:
    const server::Settings& settings() const { return loaded_.settings; }
    void problem(std::string_view text) { found_.problems.push_back(located(loaded_, text)); }
    void note(std::string_view text) { found_.notes.push_back(located(loaded_, text)); }

    // The addresses to listen at, and whether the issuer that tokens name leads to them.
    void check_addresses() {
        std::vector<http::Address> addresses;
        for (const std::string& text : settings().bind)
            if (auto address = server::parse_bind("bind", text)) addresses.push_back(*std::move(address));
        if (addresses.empty()) problem("bind is empty: nobody could reach the server");
        if (const std::string text = server::problem_with_addresses(settings().bind, settings().admin_bind);
            !text.empty())
            problem(text);
        if (const std::string text = server::problem_with_issuer(settings(), addresses); !text.empty())
            problem(text);
        else if (const std::string doubt = server::doubt_about_issuer(settings()); !doubt.empty())
            note(doubt);
        for (const http::Address& address : addresses) check_socket("bind", address);
        if (settings().admin_bind.empty()) return;
        if (const auto address = server::parse_bind("admin_bind", settings().admin_bind))
            check_socket("admin_bind", *address);
    }

    void check_socket(const std::string& setting, const http::Address& address) {
        if (address.is_unix()) return check_socket_path(setting, address.path);
        // The server that runs now holds it, perhaps: no reason to fail.
        if (http::ListeningSocket::is_taken(address))
            return note(setting + ": a program listens at " + to_text(address) +
                        " already; if that is not the Keyhold that runs, `keyhold serve` will not start");
        // Opened and closed again: nobody listens there yet, so nobody is turned away.
        if (auto opened = http::ListeningSocket::open(address, 1); !opened)
            problem(setting + ": " + std::string(opened.error().detail()));
    }

    // A socket that is there is the running server's, or was left behind; nothing else is taken away for one.
    void check_socket_path(const std::string& setting, const std::string& path) {
        std::error_code unused;
        const fs::file_type there = fs::symlink_status(path, unused).type();
        if (there != fs::file_type::not_found && there != fs::file_type::socket)
            return problem(setting + ": " + path + " is there already, and is no socket");
        check_folder_of(setting, path);
    }

    // Where a file or a socket has to be made.
    void check_folder_of(const std::string& setting, const std::string& path) {
        const fs::path folder = fs::path(path).parent_path();
        if (const std::string reason = why_nothing_can_be_made_in(folder.empty() ? "." : folder.string());
            !reason.empty())
            problem(setting + ": nothing can be made at " + path + ": " + reason);
    }

    // Folders must be writable, or the first start could not make the key file and the sockets.
    void check_paths() {
        if (!settings().handover_socket.empty()) check_socket_path("handover_socket", settings().handover_socket);
        std::error_code unused;  // a link that leads nowhere is no folder either
        if (!settings().state_dir.empty() && !fs::is_directory(settings().state_dir, unused))
            problem("state_dir: there is no folder " + settings().state_dir);
        if (server::secret_signs(settings())) return;
        const std::string& key_file = settings().key_file;
        if (server::is_absent(key_file))
            check_folder_of("key_file", key_file);
        else if (const auto content = server::read_text_file(key_file); !content)
            problem("key_file: " + std::string(content.error().detail()));
    }

    // A database that is not there yet is no problem, if its folder can take a file.
    void check_database() {
        const auto location = store::parse_url(settings().database_url);
        if (!location) return;  // told already
        try {
            if (location->driver->exists(location->target)) return look_at_database();
            check_folder_of("database_url", location->target);
            check_new_database();
            note("there is no database at " + location->shown + " yet: the first start makes it");
        } catch (const Unavailable& error) {
            problem("database_url: " + std::string(error.what()));
        }
    }

    // What is asked of an application that was adopted, where none can have been.
    void check_new_database() {
        if (auto adopted = server::check_without_adoption(settings()); !adopted) problem(adopted.error().detail());
    }

    // In the order of a start: the schema first, because tables of another schema cannot be read; then the adoption and
    // the keys, which are in the database.
    void look_at_database() {
        const auto info = store::look_at_database(settings().database_url);
        if (!info) return problem(info.error().detail());
        for (const std::string& doubt : info->doubts) note(doubt);
        if (info->schema > info->newest)
            return problem("database_url: the database has schema " + std::to_string(info->schema) +
                           ", which a newer Keyhold made: run that one");
        if (info->schema == 0) check_new_database();
        if (info->schema < info->newest)
            return note("the database has schema " + std::to_string(info->schema) + ": the next start brings it to " +
                        std::to_string(info->newest));
        // Makes and migrates nothing (store::Make::nothing is the default).
        const auto stores = store::open_stores(settings().database_url, {.connections = 1});
        if (!stores) return problem(stores.error().detail());
        if (auto adopted = server::check_adoption(settings(), *stores); !adopted) problem(adopted.error().detail());
        const SystemClock clock;
        crypto::SystemRandom random;
        if (auto keys = server::check_keys(settings(), *stores, clock, random); !keys)
            problem("key_file: " + std::string(keys.error().detail()));
    }

    server::Loaded loaded_;
    ConfigCheck found_;
};

}  // namespace

ConfigCheck check_configuration(const server::Sources& sources) { return Check(sources).run(); }

}  // namespace keyhold::cli
