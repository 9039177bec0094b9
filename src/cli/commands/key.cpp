// SPDX-License-Identifier: Apache-2.0
// keyhold key list|rotate|retire|drop|import|export-jwks: the signing keys of our own; a running server learns of each
// change at once.
#include <filesystem>
#include <ostream>

#include "base/json.hpp"
#include "cli/context.hpp"
#include "cli/program.hpp"
#include "cli/with_components.hpp"
#include "jose/algorithm.hpp"
#include "jose/key_text.hpp"
#include "server/files.hpp"
#include "server/signing_keys.hpp"

namespace keyhold::cli {
namespace {

using domain::Keys;
using domain::StoredKey;

// What a command works on.
struct Ring {
    Context& context;
    const Values& values;
    const Clock& clock;
    domain::KeyRing& ring;
};

// "-" for a moment that has not come yet, such as the end of a key that still signs.
std::string shown(const std::optional<Time>& time) { return time ? rfc3339(*time) : std::string("-"); }

// The private half is in no output. All keys are needed, as the state of one depends on which of them signs.
std::string json_of(const Keys& keys, const StoredKey& key, Time now) {
    std::string text;
    json::Writer out(text);
    const auto time = [&](const char* name, const std::optional<Time>& value) {
        out.name(name);
        value ? out.value(rfc3339(*value)) : out.null();
    };
    out.begin_object();
    out.member("kid", key.kid);
    out.member("algorithm", key.algorithm);
    out.member("state", domain::name_of(domain::state_of(keys, key, now)));
    time("created_at", key.created_at);
    time("signs_from", key.signs_from);
    time("verifies_until", key.verifies_until);
    time("dropped_at", key.dropped_at);
    out.end_object();
    return text;
}

// One line for a person; the caller puts commas and line ends between JSON objects.
void print(Context& context, const Keys& keys, const StoredKey& key, Time now) {
    if (context.json) {
        context.out << json_of(keys, key, now);
        return;
    }
    context.out << key.kid << "  " << key.algorithm << "  " << domain::name_of(domain::state_of(keys, key, now));
    if (key.dropped_at) {
        context.out << " at " << rfc3339(*key.dropped_at) << '\n';
        return;
    }
    context.out << "  signs from " << shown(key.signs_from) << "  verifies until " << shown(key.verifies_until) << '\n';
}

// Every key that is kept, also those that were dropped.
void list_keys(const Ring& on) {
    const Keys keys = on.ring.list();
    if (on.context.json) on.context.out << '[';
    for (const StoredKey& key : keys) {
        if (on.context.json && &key != &keys.front()) on.context.out << ",\n";
        print(on.context, keys, key, on.clock.now());
    }
    if (on.context.json) on.context.out << "]\n";
}

// Prints the key that a command was about, as it is now.
void report(const Ring& on, const Result<StoredKey>& result) {
    if (!result) return on.context.fail(result.error());
    const Keys keys = on.ring.list();
    const StoredKey* const key = domain::find_key(keys, result->kid);
    print(on.context, keys, key != nullptr ? *key : *result, on.clock.now());
    if (on.context.json) on.context.out << '\n';
}

// A new key is usually published for a while before it signs, so that verifiers have fetched it by then. --at-once
// skips that, for a key that has leaked.
domain::Begins begins(const Ring& on) {
    return on.values.given("--at-once") ? domain::Begins::at_once : domain::Begins::published;
}

// Makes a new key that takes over the signing; the old one still verifies until its last token has expired.
void rotate(const Ring& on) { report(on, on.ring.rotate(begins(on))); }
// Ends the use of a key for signing, and keeps it for verifying.
void retire(const Ring& on) { report(on, on.ring.retire(on.values.text("kid"))); }

// Drops a key at once: its tokens are refused from now on, as after a leak.
void drop_key(const Ring& on) {
    const auto dropped = on.ring.drop(on.values.text("kid"));
    if (!dropped) return on.context.fail(dropped.error());
    // Said for whoever keeps our public keys: he may not have fetched this one yet.
    if (dropped->signs_instead) on.context.err << "key " << dropped->signs_instead->kid << " signs instead\n";
    report(on, dropped->key);
}

// A private key from a file, as PEM or JWK. --algorithm is for a key that names none, such as RSA in PEM.
void import_key(const Ring& on) {
    const jose::Algorithm* named = nullptr;
    if (const std::string& name = on.values.text("--algorithm"); !name.empty()) {
        named = jose::find_algorithm(name);
        if (named == nullptr) return on.context.fail(Error(errors::validation_failed, "--algorithm: none of ours"));
    }
    const auto text = server::read_text_file(on.values.text("file"), server::patience_with_people);
    if (!text) return on.context.fail(text.error());
    const auto keys = jose::parse_private_key(text->reveal(), named);
    if (!keys)
        return on.context.fail(
            Error(keys.error().errc(), on.values.text("file") + ": " + std::string(keys.error().detail())));
    report(on, on.ring.import_key(keys->signing(), begins(on)));
}

// Prints the public keys as a JWK Set (RFC 7517 §5), for verifiers that cannot fetch them.
void export_jwks(const Ring& on) {
    // The route /.well-known/jwks.json uses the same class, so both publish the same keys. reload() makes the first key
    // if there is none.
    domain::SigningKeys keys(on.ring, std::nullopt, 0, [](std::string_view) {});
    keys.reload();
    on.context.out << keys.published(on.clock.now()).json << '\n';
}

// ID tokens have keys of their own, by algorithm (docs/decisions/0080-keys-of-id-tokens.md).
enum class Rings : std::uint8_t { of_access_tokens, of_choice };
domain::KeyRing* ring_of(server::OwnKeys& own, const Values& values, Rings rings) {
    if (rings == Rings::of_access_tokens || !values.given("--id-tokens")) return &own.ring;
    for (const auto& each : own.of_id_tokens)
        if (each->algorithm == values.text("--id-tokens")) return &each->ring;
    return nullptr;
}

// Runs the action on the signing keys of the settings.
Run on_ring(void (*action)(const Ring&), Rings rings = Rings::of_access_tokens) {
    return [action, rings](Context& context, const Values& values) {
        with_components(context, [&](const Settings& settings, server::Components& components) {
            if (server::secret_signs(settings))
                return context.fail(Error(errors::configuration,
                                          "SECRET_KEY signs: set ALGORITHM=ES256 to sign with keys of our own (tokens "
                                          "under the secret stay good)"));
            auto own = server::open_own_keys(settings, components.stores, components.clock, components.random);
            if (!own) return context.fail(own.error());
            domain::KeyRing* const ring = ring_of(**own, values, rings);
            if (ring == nullptr) return context.fail(Error(errors::validation_failed, "--id-tokens is RS256 or ES256"));
            action({context, values, components.clock, *ring});
        });
    };
}

}  // namespace

Command key_command() {
    const Parameter kid{.name = "kid", .help = "Which key", .required = true};
    const Parameter at_once{.name = "--at-once",
                            .help =
                                "For emergencies: sign at once; whoever keeps our public keys refuses its tokens until "
                                "he fetches them again",
                            .takes = Takes::nothing};
    const Parameter of_id_tokens{.name = "--id-tokens",
                                 .help =
                                     "The keys of ID tokens by this algorithm, RS256 or ES256, instead of those of "
                                     "access tokens"};
    return {.name = "key",
            .about = "Look after the signing keys",
            .example = "keyhold key rotate",
            .reads = {server::Topic::database, server::Topic::keys},
            .commands = {
                {.name = "list",
                 .about = "Every key, and what it is good for now",
                 .example = "keyhold key list",
                 .parameters = {of_id_tokens},
                 .run = on_ring(list_keys, Rings::of_choice)},
                {.name = "rotate",
                 .about = "Make a successor: published at once, it signs when everybody has had time to fetch it",
                 .example = "keyhold key rotate",
                 .parameters = {at_once, of_id_tokens},
                 .run = on_ring(rotate, Rings::of_choice)},
                {.name = "retire",
                 .about = "Withdraw a key that waits for its time",
                 .example = "keyhold key retire KID",
                 .parameters = {kid, of_id_tokens},
                 .run = on_ring(retire, Rings::of_choice)},
                {.name = "drop",
                 .about = "Give a key up at once: all its tokens are refused from now on",
                 .example = "keyhold key drop KID",
                 .parameters = {kid, of_id_tokens},
                 .run = on_ring(drop_key, Rings::of_choice)},
                {.name = "import",
                 .about = "Take in a private key, PEM or JWK, as the successor",
                 .example = "keyhold key import key.pem --algorithm ES256",
                 .parameters = {{.name = "file", .help = "A private key: PEM or JWK", .required = true},
                                {.name = "--algorithm", .help = "Of a key that names none, as of RSA in PEM"},
                                at_once},
                 .run = on_ring(import_key)},
                {.name = "export-jwks",
                 .about = "The public keys, as /.well-known/jwks.json has them",
                 .example = "keyhold key export-jwks",
                 .run = on_ring(export_jwks)},
            }};
}

}  // namespace keyhold::cli
