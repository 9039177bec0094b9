// SPDX-License-Identifier: Apache-2.0
// keyhold version
#include <openssl/crypto.h>
#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <iomanip>
#include <optional>
#include <ostream>

#include "base/json.hpp"
#include "base/processors.hpp"
#include "cli/context.hpp"
#include "cli/program.hpp"
#include "crypto/bcrypt/lane_count.hpp"
#include "crypto/bcrypt/lane_rates.hpp"
#include "crypto/bcrypt/self_test.hpp"
#include "server/version.hpp"

namespace keyhold::cli {

// The versions of OpenSSL and SQLite are those of the libraries that are loaded, not of those we were compiled with:
// the operating system may have updated them since.
std::string version_line(std::string_view own) {
    return (own.empty() ? std::string() : std::string(own).append(", made of ")) + "keyhold " +
           std::string(server::version) + " (" + OpenSSL_version(OPENSSL_VERSION) + ", SQLite " + sqlite3_libversion() +
           ")";
}

namespace {

// What password hashing does here and now.
struct Hashing {
    double processors = keyhold::processors();
    // The self-test compares our bcrypt with published hashes; if it fails, libxcrypt computes all hashes.
    bool trusted = crypto::bcrypt::passes_self_test(crypto::bcrypt::published_answers(), crypto::bcrypt::max_lanes);
    std::size_t first_lanes = crypto::bcrypt::default_lanes();
    // Iterations of bcrypt per second of one processor, for 1, 2, 3 ... hashes at a time. Measuring takes a moment, so
    // it is done for --verbose alone.
    std::array<double, crypto::bcrypt::max_lanes> rates = crypto::bcrypt::measure_lanes();

    std::size_t best_lanes() const {
        return static_cast<std::size_t>(std::ranges::max_element(rates) - rates.begin()) + 1;
    }
    double best_rate() const { return std::ranges::max(rates); }
};

void write_hashing(std::ostream& out, const Hashing& hashing) {
    out << std::fixed << std::setprecision(2) << "Processors for this process: " << hashing.processors << '\n'
        << "bcrypt: " << (hashing.trusted ? "passes its self-test" : "FAILS its self-test; libxcrypt computes") << '\n'
        << std::setprecision(0) << "Iterations per second of a processor, by lanes:";
    for (const double rate : hashing.rates) out << ' ' << rate;
    out << "\nA server begins with " << hashing.first_lanes << " lanes and measures; now "
        << hashing.best_lanes()
        // A hash of cost 12 takes 2^12 = 4096 iterations.
        << " are the fastest: " << std::setprecision(1) << hashing.best_rate() / 4096
        << " hashes of cost 12 per second of a processor\n";
}

// The same facts as members of an object that the caller has begun.
void write_hashing(json::Writer& writer, const Hashing& hashing) {
    writer.name("processors");
    writer.raw(std::to_string(hashing.processors));
    writer.member("bcrypt_trusted", hashing.trusted);
    writer.member("bcrypt_first_lanes", static_cast<std::int64_t>(hashing.first_lanes));
    writer.member("bcrypt_best_lanes", static_cast<std::int64_t>(hashing.best_lanes()));
    writer.name("bcrypt_iterations_per_second");
    writer.begin_array();
    for (const double rate : hashing.rates) writer.value(static_cast<std::int64_t>(rate));
    writer.end_array();
}

// Results to standard output, as for every command.
void tell(Context& context, const Values& values) {
    const std::optional<Hashing> hashing = values.given("--verbose") ? std::optional<Hashing>(Hashing()) : std::nullopt;
    if (!context.json) {
        context.out << version_line(context.own_version) << '\n';
        if (hashing) write_hashing(context.out, *hashing);
        return;
    }
    std::string line;
    json::Writer writer(line);
    writer.begin_object();
    writer.member("version", server::version);
    writer.member("openssl", OpenSSL_version(OPENSSL_VERSION));
    writer.member("sqlite", sqlite3_libversion());
    if (hashing) write_hashing(writer, *hashing);
    writer.end_object();
    context.out << line << '\n';
}

}  // namespace

Command version_command() {
    return {.name = "version",
            .about = "What this is and what it was built with",
            .example = "keyhold version --verbose",
            .parameters = {{.name = "--verbose",
                            .help = "Also how fast bcrypt is here and now, on each number of lanes",
                            .takes = Takes::nothing}},
            .run = tell};
}

}  // namespace keyhold::cli
