// SPDX-License-Identifier: Apache-2.0
#include "server/components.hpp"

#include "base/processors.hpp"
#include "domain/accounts/recovery.hpp"
#include "domain/passwords/password_strength.hpp"
#include "http/connection/worker_pool.hpp"
#include "oauth/settings.hpp"
#include "server/jobs/mail_client.hpp"
#include "server/settings/password_settings.hpp"
#include "server/settings/server_settings.hpp"

namespace keyhold::server {
namespace {

// The settings in the units of the domain: days and seconds become std::chrono.
domain::SessionRules session_rules(const Settings& settings) {
    return {.lifetime = std::chrono::days(settings.session_days),
            .idle_time = std::chrono::days(settings.refresh_token_idle_days),
            .grace = std::chrono::seconds(settings.refresh_token_grace),
            .per_account = settings.sessions_per_account};
}

domain::RegistrationRules registration_rules(const Settings& settings) {
    return {.policy = domain::parse_registration_policy(settings.registration).value(),
            .domains = settings.registration_domains,
            .of_address = settings.address_registrations,
            .of_address_per_minute = settings.address_registrations_per_minute};
}

domain::ThrottleRules throttle_rules(const Settings& settings) {
    return {.free_failures = settings.lockout_threshold,
            .address_failures = settings.address_failures,
            .address_per_minute = settings.address_failures_per_minute};
}

// An account is named by its id: what was typed as a name may be a password.
std::string sentence_of(const domain::Throttle::Lockout& lockout) {
    const std::string times = std::to_string(lockout.failures) + " failed log-ins";
    const std::string lasts = std::to_string(lockout.lasts.count()) + " s";
    const std::string from = lockout.address.empty() ? "an unknown address" : std::string(lockout.address);
    if (lockout.of_address) return times + " from " + from + ": it has to wait " + lasts + " for the next";
    if (lockout.of_client)
        return "client " + std::string(lockout.account_id) + " is locked for " + lasts + " after " + times +
               ", the last from " + from;
    return (lockout.account_id.empty() ? "a name that nobody has" : "account " + std::string(lockout.account_id)) +
           " is locked for " + lasts + " after " + times + ", the last from " + from;
}

// Another application reads the hashes that we write, and its bcrypt knows 72 bytes (decision 0035).
std::optional<std::size_t> most_bytes(const Settings& settings) {
    if (settings.password_hash == "bcrypt") return crypto::bcrypt::max_password_size;
    const auto written = crypto::WrittenHash::parse(settings.password_hash);
    return written ? std::optional(written->longest_password()) : std::nullopt;
}

// An adopted application reads our hashes too, so new passwords must fit into what it can verify.
domain::PasswordRules password_rules(const Settings& settings, bool is_adopted) {
    domain::PasswordRules rules{.min_characters = static_cast<std::size_t>(settings.password_min_length),
                                .min_score = static_cast<int>(settings.password_min_score),
                                .service = domain::words_of(settings.issuer)};
    rules.service.emplace_back("keyhold");
    if (const auto most = most_bytes(settings); is_adopted && most)
        rules.max_new_bytes = std::min(rules.max_new_bytes, *most);
    if (is_adopted) rules.form = domain::PasswordForm::typed;  // it compares what is typed
    return rules;
}

// 0 in the settings stands for one thread on each processor that we may use.
std::size_t hashing_threads(const Settings& settings) {
    return settings.hashing_threads > 0 ? static_cast<std::size_t>(settings.hashing_threads) : usable_processors();
}

crypto::PasswordSettings hasher_settings(const Settings& settings, const Components::Warn& warn) {
    auto made = password_settings(settings).value();
    // A hash whose client has gone is given up.
    made.gone = http::WorkerPool::gone;
    made.warn = warn;
    return made;
}

// A test's settings may be made by hand, without what defaults say.
bool are_the_tutorials(const Settings& settings) {
    return (settings.token_sub.empty() || settings.token_sub == "username") && settings.token_claims.empty();
}

std::unique_ptr<domain::AdoptedClaims> adopted_claims_of(const Settings& settings, domain::AdoptedAccounts* adopted) {
    if (adopted == nullptr || are_the_tutorials(settings)) return nullptr;
    return std::make_unique<domain::AdoptedClaims>(*adopted, old_token_rules(settings).sub,
                                                   domain::parse_token_claims(settings.token_claims).value());
}

Result<> check_claims(const Settings& settings, const store::Stores& stores) {
    if (!stores.adoption) return check_without_adoption(settings);
    if (are_the_tutorials(settings)) return {};
    const auto claims = domain::parse_token_claims(settings.token_claims);
    if (!claims) return claims.error();
    if (const auto problem = domain::AdoptedClaims::problem_with(*stores.adoption, *claims); !problem.empty())
        return Error(errors::configuration, problem);
    return {};
}

}  // namespace

Result<> check_without_adoption(const Settings& settings) {
    if (are_the_tutorials(settings)) return {};
    return Error(errors::configuration,
                 "token_sub and token_claims are for an application that `keyhold adopt` took over, and none was in "
                 "this database");
}

Result<> check_adoption(const Settings& settings, const store::Stores& stores) {
    if (auto checked = check_claims(settings, stores); !checked || !stores.adoption) return checked;
    if (!stores.adoption->is_complete())
        return Error(errors::configuration,
                     "the adoption of the application's users was broken off, or its triggers are gone: run `keyhold "
                     "adopt --apply` again");
    const std::string& reads = stores.adoption->written_hash();
    // The application has to be able to read every hash that is written here, as its people log in there too.
    if (crypto::written_name_of_setting(settings.password_hash) != reads)
        return Error(errors::configuration,
                     "password_hash = '" + settings.password_hash +
                         "' is nothing that the adopted application reads: " +
                         (reads == "bcrypt" || reads == "argon2id"
                              ? "leave it at " + reads
                              : "leave it as `keyhold adopt --apply` wrote it into keyhold.toml (" + reads + ")"));
    return {};
}

// What NTP keeps is far below; what tokens of other machines are allowed (domain/sessions/tokens.cpp) is above.
constexpr std::chrono::seconds skew_to_mention{5};

std::string doubt_of(const store::DatabaseClock& clock) {
    const auto ahead = clock.ahead();
    if (std::chrono::abs(ahead) < skew_to_mention) return {};
    return "the database's clock is " + std::to_string(std::chrono::abs(ahead).count()) + " s " +
           (ahead.count() > 0 ? "ahead of" : "behind") + " this machine's: the database's is used; set both by NTP";
}

Components::Components(const Settings& settings, store::Stores the_stores, Warn warn, const With& with)
    : hooks(with.hooks != nullptr ? *with.hooks : Hooks::none()),
      engine({.threads = hashing_threads(settings),
              .lanes = static_cast<std::size_t>(settings.hashing_lanes),
              .share = hashing_share(hashing_threads(settings), processor_quota()),
              .gone = http::WorkerPool::gone,
              .warn = warn}),
      stores(std::move(the_stores)),
      clock(with.clock != nullptr ? *with.clock : stores.database->clock()),
      // Replaces stores.accounts, so it comes before everything that is given that.
      adopted(domain::follow_adoption(stores, clock, random)),
      adopted_claims(adopted_claims_of(settings, adopted)),
      hasher(crypto::make_password_hasher(hasher_settings(settings, warn), engine, random, speeds)),
      stored_hashes(*stores.accounts, *hasher),
      throttle(stores, clock, random, throttle_rules(settings),
               [warn](const domain::Throttle::Lockout& lockout) { warn(sentence_of(lockout)); }),
      mails(with.shows_mails || mail_of(settings).is_set() ? domain::Mails::sent : domain::Mails::not_sent),
      accounts(*stores.accounts, *hasher, throttle, clock, random, password_rules(settings, adopted != nullptr), hooks,
               domain::parse_login_with(settings.login_with).value(), mails),
      closing(stores, accounts, clock, settings.sections.get<domain::ClosingSettings>()),
      recovery_store(stores.database),
      registration(
          accounts, *stores.secrets, clock, registration_rules(settings),
          // The inbox of `keyhold dev` is read by whoever asks: there the answer says what is so.
          mail_of(settings).is_set()
              ? std::optional(domain::Registration::Mailing{
                    recovery_store, random, settings.sections.get<domain::RecoverySettings>().mails_per_recipient})
              : std::nullopt),
      registered_clients(*stores.clients, clock, random),
      applications(stores.database, registered_clients, clock),
      status_numbers(settings.sections.get<oauth::Settings>().status_lists
                         ? std::make_optional<domain::StatusNumbers>(store::StatusListStore(stores.database), random)
                         : std::nullopt),
      sessions(
          stores, clock, random, session_rules(settings),
          [warn = std::move(warn)](const domain::Session& session) {
              warn("a refresh token of session " + session.id + " (account " + session.account_id +
                   ") was used twice: it was stolen, and the session is over");
          },
          hooks, status_numbers ? &*status_numbers : nullptr),
      roles(*stores.roles, clock),
      profiles(stores.database, clock) {}

Result<std::unique_ptr<Components>> Components::open(const Settings& settings, std::size_t connections, Warn warn,
                                                     With with) {
    auto stores = store::open_stores(
        settings.database_url,
        {.node = std::move(with.node), .connections = connections, .make = with.make, .clock = with.clock});
    if (!stores) return std::move(stores).error();
    // Before anything is built that would write: with settings that the application cannot live with, nothing is
    // written.
    if (auto checked = check_adoption(settings, *stores); !checked) return std::move(checked).error();
    for (const std::string& doubt : stores->doubts) warn(doubt);
    if (const auto doubt = doubt_of(stores->database->clock()); !doubt.empty()) warn(doubt);
    return std::unique_ptr<Components>(new Components(settings, std::move(*stores), std::move(warn), with));
}

}  // namespace keyhold::server
