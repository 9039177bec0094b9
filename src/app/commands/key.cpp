// keyhold key list|rotate|retire|drop|import|export-jwks: the signing keys of our own; a running server learns of each
// change at once.
#include <filesystem>
#include <functional>
#include <memory>
#include <ostream>

#include "app/commands/context.hpp"
#include "base/json.hpp"
#include "server/components.hpp"
#include "server/files.hpp"
#include "server/signing_keys.hpp"

namespace keyhold::app {
namespace {

using domain::Keys;
using domain::StoredKey;

struct KeyOptions {
    std::string kid, file, algorithm;
    bool at_once = false;
    domain::Begins begins() const { return at_once ? domain::Begins::at_once : domain::Begins::published; }
};

// What a command works on.
struct Ring {
    Context& context;
    const KeyOptions& options;
    const Clock& clock;
    domain::KeyRing& ring;
};

std::string shown(const std::optional<Time>& time) { return time ? rfc3339(*time) : std::string("-"); }

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

void list(const Ring& on) {
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

void rotate(const Ring& on) { report(on, on.ring.rotate(on.options.begins())); }
void retire(const Ring& on) { report(on, on.ring.retire(on.options.kid)); }

void drop(const Ring& on) {
    const auto dropped = on.ring.drop(on.options.kid);
    if (!dropped) return on.context.fail(dropped.error());
    if (dropped->signs_instead) on.context.err << "key " << dropped->signs_instead->kid << " signs instead\n";
    report(on, dropped->key);
}

void import_key(const Ring& on) {
    const jose::Algorithm* named = nullptr;
    if (!on.options.algorithm.empty()) {
        named = jose::find_algorithm(on.options.algorithm);
        if (named == nullptr) return on.context.fail(Error(Errc::validation_failed, "--algorithm: none of ours"));
    }
    const auto text = read_text_file(on.options.file);
    if (!text) return on.context.fail(text.error());
    const bool is_pem = text->reveal().find("-----BEGIN ") != std::string_view::npos;
    const auto keys =
        is_pem ? jose::KeySet::parse_pem(text->reveal(), named) : jose::KeySet::parse(text->reveal(), named);
    if (!keys) return on.context.fail(keys.error());
    report(on, on.ring.import_key(keys->signing(), on.options.begins()));
}

void export_jwks(const Ring& on) {
    domain::SigningKeys keys(on.ring, std::nullopt, 0, [](std::string_view) {});
    keys.reload();
    on.context.out << keys.published(on.clock.now()).json << '\n';
}

struct KeyCommand {
    const char* name;
    const char* about;
    const char* example;
    void (*run)(const Ring&);
    bool takes_kid = false, takes_file = false, begins = false;
};

constexpr std::array key_commands{
    KeyCommand{"list", "Every key, and what it is good for now", "keyhold key list", list},
    KeyCommand{"rotate", "Make a successor: published at once, it signs when everybody has had time to fetch it",
               "keyhold key rotate", rotate, false, false, true},
    KeyCommand{"retire", "Withdraw a key that waits for its time", "keyhold key retire KID", retire, true},
    KeyCommand{"drop", "Give a key up at once: all its tokens are refused from now on", "keyhold key drop KID", drop,
               true},
    KeyCommand{"import", "Take in a private key, PEM or JWK, as the successor",
               "keyhold key import key.pem --algorithm ES256", import_key, false, true, true},
    KeyCommand{"export-jwks", "The public keys, as /.well-known/jwks.json has them", "keyhold key export-jwks",
               export_jwks},
};

void run(Context& context, const KeyCommand& row, const KeyOptions& options) {
    const auto loaded = context.settings(Mode::serve);
    if (!loaded) return;
    if (secret_signs(loaded->settings))
        return context.fail(Error(Errc::configuration,
                                  "SECRET_KEY signs: set ALGORITHM=ES256 to sign with keys of our own "
                                  "(tokens under the secret stay good)"));
    const auto warn = [&context](std::string_view text) { context.err << "keyhold: " << text << '\n'; };
    auto house = Components::open(loaded->settings, 1, warn);
    if (!house) return context.fail(house.error());
    auto own = open_own_keys(loaded->settings, (*house)->stores, (*house)->clock, (*house)->random);
    if (!own) return context.fail(own.error());
    row.run({context, options, (*house)->clock, (*own)->ring});
}

}  // namespace

void add_key_commands(CLI::App& app, Context& context) {
    CLI::App* group = add_command(app, "key", "Look after the signing keys", "keyhold key rotate");
    group->require_subcommand(1);
    for (const KeyCommand& row : key_commands) {
        CLI::App* command = add_command(*group, row.name, row.about, row.example);
        auto options = std::make_shared<KeyOptions>();
        if (row.takes_kid) command->add_option("kid", options->kid, "Which key")->required();
        if (row.takes_file) {
            command->add_option("file", options->file, "A private key: PEM or JWK")->required();
            command->add_option("--algorithm", options->algorithm, "Of a key that names none, as of RSA in PEM");
        }
        if (row.begins)
            command->add_flag(
                "--at-once", options->at_once,
                "For emergencies: sign at once; whoever keeps our public keys refuses its tokens until he "
                "fetches them again");
        command->callback([&context, &row, options] { run(context, row, *options); });
    }
}

}  // namespace keyhold::app
