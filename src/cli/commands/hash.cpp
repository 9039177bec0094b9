// SPDX-License-Identifier: Apache-2.0
// keyhold hash identify|verify|make|calibrate: the password hashes themselves, without a database.
#include <algorithm>
#include <bit>
#include <chrono>
#include <iomanip>
#include <istream>
#include <ostream>
#include <thread>

#include "base/json.hpp"
#include "cli/context.hpp"
#include "cli/program.hpp"
#include "crypto/bcrypt/engine.hpp"
#include "crypto/bcrypt/lane_count.hpp"
#include "crypto/bcrypt/lanes.hpp"
#include "crypto/bcrypt/libxcrypt.hpp"
#include "crypto/password_formats.hpp"
#include "crypto/password_hasher.hpp"
#include "crypto/random.hpp"
#include "server/settings/password_settings.hpp"
#include "store/errors.hpp"

namespace keyhold::cli {
namespace {

using crypto::Strength;

// What the hasher stands on when there is one hash to do: no threads.
struct Bench {
    explicit Bench(const Settings& settings)
        : hasher(crypto::make_password_hasher(server::password_settings(settings).value(), libxcrypt, random, speeds)) {
    }
    crypto::SystemRandom random;
    crypto::bcrypt::Libxcrypt libxcrypt;
    crypto::MeasuredSpeeds speeds;
    std::unique_ptr<crypto::PasswordHasher> hasher;
};

// `passes` of bcrypt are the 2^cost iterations; KiB only for formats that are hard on memory.
std::string describe(const Strength& strength) {
    if (strength.kind == Strength::Kind::bcrypt) return "cost " + std::to_string(std::bit_width(strength.passes) - 1);
    if (strength.memory == 0) return std::to_string(strength.passes) + " iterations";
    return std::to_string(strength.memory) + " KiB, " + std::to_string(strength.passes) + " passes";
}

// One line for each line of `in`. Never the hash itself: outputs end up in tickets.
void identify(Context& context, const Settings& settings) {
    Bench bench(settings);
    for (std::string stored; std::getline(context.in, stored);) {
        if (stored.ends_with('\r')) stored.pop_back();
        const crypto::PasswordFormat* format = crypto::find_password_format(stored);
        const auto strength = format == nullptr ? std::nullopt : format->parse(stored);
        // Also of one that can be read and takes longer than a log-in may: no password opens it.
        const std::string refusal = format == nullptr ? "" : bench.hasher->why_refused(stored);
        if (!strength || !refusal.empty()) context.exit = Exit::problems_found;
        const std::string cost = strength ? describe(*strength) : "";
        if (context.json) {
            std::string line;
            json::Writer out(line);
            out.begin_object();
            out.member("known", strength.has_value());
            if (format != nullptr) out.member("format", format->name);
            if (strength) out.member("cost", cost);
            if (strength) out.member("needs_rehash", bench.hasher->needs_rehash(stored));
            if (!refusal.empty()) out.member("refused", refusal);
            out.end_object();
            context.out << line << '\n';
        } else if (format == nullptr) {
            context.out << "unknown\n";
        } else if (!refusal.empty()) {
            context.out << "refused: " << refusal << '\n';
        } else {
            context.out << format->name << ", " << cost
                        << (bench.hasher->needs_rehash(stored) ? ", is hashed anew at the next log-in\n" : "\n");
        }
    }
}

// Exit code 0 if the password is the one of the hash.
void verify(Context& context, const Settings& settings) {
    // The hash first and from standard input too: arguments are seen by everybody on the machine (ps).
    const auto stored = context.read_secret("Hash: ");
    if (!stored) return context.fail(Error(errors::validation_failed, "no hash came on standard input"));
    const auto password = context.read_secret("Password: ");
    if (!password) return context.fail(password.error());
    const crypto::PasswordFormat* format = crypto::find_password_format(stored->reveal());
    if (format == nullptr) return context.fail(Error(errors::malformed, "this is no hash that Keyhold reads"));
    Bench bench(settings);
    // Said apart from a wrong password: no password at all opens such a hash.
    if (const std::string why = bench.hasher->why_refused(stored->reveal()); !why.empty())
        return context.fail(Error(errors::malformed, why));
    if (!bench.hasher->verify(password->reveal(), stored->reveal()))
        return context.fail(Error(errors::invalid_credentials, "the password is not the one of this hash"));
    context.out << (context.json ? "{\"ok\":true}" : "ok") << '\n';
}

// Makes a hash as a server with these settings would.
void make(Context& context, const Settings& settings) {
    const auto password = context.read_new_password();
    if (!password) return context.fail(password.error());
    // A password of bcrypt ends at a NUL, so what follows would count for nothing.
    if (password->reveal().find('\0') != std::string_view::npos)
        return context.fail(Error(errors::validation_failed, "a password cannot hold a NUL"));
    Bench bench(settings);
    const std::string hash = bench.hasher->hash(password->reveal());
    if (!context.json) {
        context.out << hash << '\n';
        return;
    }
    std::string line;
    json::Writer out(line);
    out.begin_object();
    out.member("hash", hash);
    out.end_object();
    context.out << line << '\n';
}

// The best of seven, in microseconds: what else the machine does only ever adds.
template <class Work>
std::int64_t microseconds(const Work& work) {
    auto best = std::chrono::steady_clock::duration::max();
    for (int i = 0; i < 7; ++i) {
        const auto start = std::chrono::steady_clock::now();
        work();
        best = std::min(best, std::chrono::steady_clock::now() - start);
    }
    return std::chrono::duration_cast<std::chrono::microseconds>(best).count();
}

// What a log-in costs on this machine at each cost, from 64 iterations of the kernel (a log-in has 2^cost).
void calibrate(Context& context, std::int64_t target_milliseconds) {
    // Enough that the clock's resolution is small beside it, and few enough that the whole answer takes no time that
    // a person waits for.
    constexpr std::uint32_t iterations = 64;
    const std::size_t lanes = crypto::bcrypt::default_lanes();
    crypto::bcrypt::Lanes kernel;
    // The work is the same whatever the password and the salt are.
    for (std::size_t lane = 0; lane < lanes; ++lane) kernel.start(lane, {"calibration", {}, 12, {}});
    // One lane: what one person waits for on an idle server. All lanes together: what a core does when many log in.
    const std::int64_t alone = microseconds([&] { kernel.run(1, iterations); });
    const std::int64_t together = microseconds([&] { kernel.run(lanes, iterations); });

    std::string line;
    json::Writer out(line);
    out.begin_object();
    out.member("cores", static_cast<std::int64_t>(std::thread::hardware_concurrency()));
    out.member("lanes_per_core", static_cast<std::int64_t>(lanes));
    out.name("costs");
    out.begin_array();
    if (!context.json) context.out << "cost   one log-in   log-ins per second and core\n";
    int suggested = 10;  // OWASP's least
    // The range that log-ins use in practice; each cost takes twice as long as the one before.
    for (int cost = 10; cost <= 14; ++cost) {
        // 2^cost iterations, of which 2^6 were measured.
        const std::int64_t log_in = alone << cost >> 6;
        const double rate =
            1e6 * static_cast<double>(lanes) / static_cast<double>(std::max<std::int64_t>(1, together << cost >> 6));
        if (log_in <= 1000 * target_milliseconds) suggested = cost;
        out.begin_object();
        out.member("cost", cost);
        out.member("microseconds", log_in);
        out.member("log_ins_per_minute_and_core", static_cast<std::int64_t>(60 * rate));
        out.end_object();
        if (!context.json)
            context.out << std::setw(4) << cost << std::setw(10) << log_in / 1000 << " ms" << std::setw(13)
                        << std::fixed << std::setprecision(1) << rate << '\n';
    }
    out.end_array();
    out.member("suggested_cost", suggested);
    out.end_object();
    if (context.json)
        context.out << line << '\n';
    else
        context.out << "\nThe highest that stays within " << target_milliseconds << " ms: --bcrypt-cost " << suggested
                    << '\n';
}

}  // namespace

Command hash_command() {
    return {.name = "hash",
            .about = "Look at password hashes: identify, verify, make, calibrate",
            .example = "keyhold hash identify < hashes.txt",
            .reads = {server::Topic::passwords},
            .commands = {
                {.name = "identify",
                 .about = "Say what each line of standard input is, and whether it is still strong enough",
                 .example = "sqlite3 app.db 'select password from users' | keyhold hash identify",
                 .run = with_settings(Mode::dev, identify)},
                {.name = "verify",
                 .about = "Check a password: the hash on the first line of standard input, the password on the second",
                 .example = "keyhold hash verify < hash-and-password.txt",
                 .run = with_settings(Mode::dev, verify)},
                {.name = "make",
                 .about = "Hash a password from standard input as the server would",
                 .example = "keyhold hash make",
                 .run = with_settings(Mode::dev, make)},
                {.name = "calibrate",
                 .about = "Measure what a log-in costs here, and suggest a bcrypt cost",
                 .example = "keyhold hash calibrate --target 250",
                 .parameters = {{.name = "--target",
                                 .help = "Milliseconds that one log-in may take on an idle server",
                                 .takes = Takes::number,
                                 .otherwise = "250",
                                 .least = 1,
                                 .most = 60'000}},
                 .run = [](Context& context, const Values& values) { calibrate(context, values.number("--target")); }},
            }};
}

}  // namespace keyhold::cli
