// SPDX-License-Identifier: Apache-2.0
// keyhold version
#include <openssl/crypto.h>
#include <sqlite3.h>

#include <ostream>

#include "base/json.hpp"
#include "cli/context.hpp"
#include "cli/program.hpp"
#include "server/version.hpp"

namespace keyhold::cli {

std::string version_line(std::string_view own) {
    return (own.empty() ? std::string() : std::string(own).append(", made of ")) + "keyhold " +
           std::string(server::version) + " (" + OpenSSL_version(OPENSSL_VERSION) + ", SQLite " + sqlite3_libversion() +
           ")";
}

namespace {

void tell(Context& context, const Values&) {
    if (!context.json) {
        context.out << version_line(context.own_version) << '\n';
        return;
    }
    std::string line;
    json::Writer writer(line);
    writer.begin_object();
    writer.member("version", server::version);
    writer.member("openssl", OpenSSL_version(OPENSSL_VERSION));
    writer.member("sqlite", sqlite3_libversion());
    writer.end_object();
    context.out << line << '\n';
}

}  // namespace

Command version_command() {
    return {.name = "version",
            .about = "What this is and what it was built with",
            .example = "keyhold version --json",
            .run = tell};
}

}  // namespace keyhold::cli
