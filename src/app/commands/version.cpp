// keyhold version
#include <openssl/crypto.h>
#include <sqlite3.h>

#include <ostream>

#include "app/commands/context.hpp"
#include "base/json.hpp"
#include "server/version.hpp"

namespace keyhold::app {

std::string version_line() {
    return "keyhold " + std::string(version) + " (" + OpenSSL_version(OPENSSL_VERSION) + ", SQLite " +
           sqlite3_libversion() + ")";
}

void add_version_command(CLI::App& app, Context& context) {
    CLI::App* command =
        add_command(app, "version", "What this is and what it was built with", "keyhold version --json");
    command->callback([&context] {
        if (!context.json) {
            context.out << version_line() << '\n';
            return;
        }
        std::string line;
        json::Writer writer(line);
        writer.begin_object();
        writer.member("version", version);
        writer.member("openssl", OpenSSL_version(OPENSSL_VERSION));
        writer.member("sqlite", sqlite3_libversion());
        writer.end_object();
        context.out << line << '\n';
    });
}

}  // namespace keyhold::app
