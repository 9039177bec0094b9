// SPDX-License-Identifier: Apache-2.0
// Registering, logging in, looking after one's own account.
#include "api/cause.hpp"
#include "api/current_user.hpp"
#include "api/if_match.hpp"
#include "api/routes.hpp"
#include "api/signed_in.hpp"
#include "domain/accounts/account_closing.hpp"
#include "domain/accounts/accounts.hpp"
#include "domain/accounts/profiles.hpp"
#include "domain/accounts/registration.hpp"
#include "domain/errors.hpp"
#include "domain/passwords/log_in.hpp"
#include "domain/passwords/log_in_counters.hpp"
#include "oauth/client.hpp"

namespace keyhold::api {
namespace {

// What /login takes, as JSON or as the OAuth2 password form (RFC 6749 §4.3.2). No client is needed, as the tutorial's
// service needs none; one that shows a secret has to show the right one (oauth/client.hpp).
struct Credentials {
    static constexpr std::string_view schema_name = "Credentials";
    static constexpr http::Notation notation = http::Notation::json_or_form;
    static constexpr std::string_view example = R"({"username": "testuser", "password": "testpass"})";
    std::string username;
    Secret password;
    std::optional<std::string> grant_type;
    std::optional<std::string> scope;    // fewer than the account has (RFC 6749 §3.3); empty: all of them
    std::optional<std::string> mode;     // "bearer" or "cookie"
    std::optional<Secret> device_token;  // of an earlier log-in; browsers have a cookie instead
};
KEYHOLD_FIELDS(Credentials, (username, about("The name of the account, or its address")),
               (password, about("The account's password")),
               (grant_type, about("What is shown for the token (RFC 6749)")),
               (scope, about("What the token may be used for: words with spaces between them (RFC 6749)")),
               (mode, one_of("bearer", "cookie"),
                about("`bearer`: tokens in the answer; `cookie`: in cookies that no script can read")),
               (device_token,
                about("Of an earlier log-in: who brings it is known, and others' wrong guesses do not keep it out")))

// What /register takes, in the same notations.
struct NewAccount {
    static constexpr std::string_view schema_name = "NewAccount";
    static constexpr http::Notation notation = http::Notation::json_or_form;
    static constexpr std::string_view example = R"({"username": "testuser", "password": "testpass"})";
    std::string username;
    Secret password;
    std::optional<std::string> email;
    std::optional<Secret> invitation;  // khi_..., where registration is by invitation
};
KEYHOLD_FIELDS(NewAccount, (username, about("What the account is to be called")),
               (password, about("At least as long and as hard to guess as the server asks for")),
               (email, about("Its e-mail address, if it has one")),
               (invitation, about("A code that begins with khi_, where registration is by invitation")))

struct Registered {
    static constexpr std::string_view schema_name = "Registered";
    std::string msg;
    std::string id;
    std::string username;
};
KEYHOLD_FIELDS(Registered, (msg, about("What was done, for people")), (id, about("Stays the same for good")),
               (username, about("What the account is called")))

// POST /register: a new account. Refused: what Registration::create() refuses. Where mails are sent, a taken address
// gets the same answer as a free one, so that nobody can find out who has an account here.
Result<http::InTimeSteps<Registered>> register_account(const NewAccount& wanted, const http::Request& request,
                                                       domain::Registration& registration) {
    const domain::Registration::Request registering{
        .username = wanted.username,
        .password = wanted.password,
        .invitation = wanted.invitation ? wanted.invitation->reveal() : std::string_view(),
        .address = request.remote_address,
        .email = wanted.email,
        .cause = cause_of(request)};
    auto account = registration.create(registering);
    if (!account) return std::move(account).error();
    return http::InTimeSteps<Registered>{{"User created successfully", account->id, account->username},
                                         registration.time_step(registering)};
}

// Where the tokens of a log-in go. Refused: cross_site, for cookies that a page of another site asks for. It could log
// its visitor in as the attacker (login CSRF), who would then read what the visitor does there.
Result<Carrier> carrier_of(const Credentials& credentials, const http::Request& request) {
    if (credentials.mode.value_or("bearer") == "bearer") return Carrier::body;
    if (auto refused = refuse_other_sites(request); !refused) return std::move(refused).error();
    return Carrier::cookie;
}

// Of the body, or else of the browser's cookie; empty: the device is not known.
std::string_view device_token_of(const std::optional<Secret>& in_body, const http::Request& request) {
    if (in_body) return in_body->reveal();
    return find_cookie(request, device_cookie).value_or("");
}

// A longer body is not read by device_owner(), because that runs on the I/O thread, and other connections of the thread
// would wait. In bytes.
constexpr std::size_t short_body = 4096;

// Whose turn in the queue for hashing the request gets: the key of the name, if a device that the account knows comes
// with it; empty: a stranger's. Decides nothing else: log_in() checks the device again.
std::string device_owner(const http::Request& request, domain::Throttle& throttle) {
    // The text of every device token begins with this prefix. A body without it cannot hold a token, and is not parsed.
    const bool may_be_known = request.body.find(domain::device_prefix) != std::string_view::npos ||
                              find_cookie(request, device_cookie).has_value();
    if (!may_be_known || request.body.size() > short_body) return {};
    const auto body = http::IncomingBody::read(request, Credentials::notation);
    if (!body) return {};
    const auto credentials = http::read_struct<Credentials>(body->root(), "body");
    if (!credentials) return {};
    return domain::owner_of_device(credentials->username, device_token_of(credentials->device_token, request),
                                   throttle);
}

// Refused: unsupported_grant_type; cross_site; what domain::log_in() refuses. An unknown name, a wrong password and a
// disabled account are all invalid_credentials, and take equally long, because each of them is hashed.
Result<SignedIn> try_log_in(const Credentials& credentials, const http::Request& request, domain::Accounts& accounts,
                            domain::Throttle& throttle, domain::Sessions& sessions, domain::Tokens& tokens) {
    // RFC 6749 §4.3.2 asks the form for grant_type=password; JSON may leave it out.
    if (credentials.grant_type.value_or("password") != "password")
        return Error(errors::unsupported_grant_type, "The only grant_type understood here is 'password'");
    const auto carrier = carrier_of(credentials, request);
    if (!carrier) return carrier.error();
    auto logged_in = domain::log_in({.username = credentials.username,
                                     .password = credentials.password,
                                     .device_token = device_token_of(credentials.device_token, request),
                                     .client = client_of(request),
                                     .scope = credentials.scope ? std::string_view(*credentials.scope) : ""},
                                    accounts, throttle, sessions, tokens);
    if (!logged_in) return std::move(logged_in).error();
    return signed_in(std::move(*logged_in), *carrier);
}

// POST /login: a session and its tokens, for a name and a password. On a hashing thread. The client that is not used
// here is a check: a client that shows a wrong secret is refused before anything is hashed.
Result<SignedIn> log_in(const oauth::PossibleClient&, const Credentials& credentials, const http::Request& request,
                        domain::Accounts& accounts, domain::Throttle& throttle, domain::Sessions& sessions,
                        domain::Tokens& tokens, domain::LogInCounters& counters) {
    auto outcome = try_log_in(credentials, request, accounts, throttle, sessions, tokens);
    // Counted once for each answer, whatever came of it.
    counters.count(outcome);
    return outcome;
}

struct Me {
    static constexpr std::string_view schema_name = "Me";
    std::string id;
    std::string username;
    std::optional<std::string> email;
    std::optional<bool> email_verified;  // there if `email` is
    std::string created_at;              // RFC 3339
    std::vector<std::string> roles;
    std::vector<std::string> scopes;  // of the token that asks
};
KEYHOLD_FIELDS(Me, (id, about("Stays the same for good")), (username, about("What the account is called")),
               (email, about("The e-mail address")),
               (email_verified, about("Whether it was shown that mail reaches its owner there")),
               (created_at, about("RFC 3339")), (roles, about("The roles of the account")),
               (scopes, about("What the token that asks may be used for")))

// GET /me: who the token stands for.
Result<Me> show_me(const CurrentUser& who, domain::Accounts& accounts) {
    // Asked of the database, because what is kept in memory of an account has neither its address nor its date.
    const auto account = accounts.find_by_id(who.id());
    // The account was deleted after the token was checked.
    if (!account) return errors::token_not_live;
    return Me{account->id,
              account->username,
              account->email,
              account->email ? std::optional(account->email_verified) : std::nullopt,
              rfc3339(account->created_at),
              who.roles(),
              who.scopes()};
}

// GET /me/profile: what applications are told that ask for the scope `profile`.
TaggedProfile show_profile(const CurrentUser& who, domain::Profiles& profiles) { return {profiles.find(who.id())}; }

// PUT /me/profile: replaces the whole profile. Refused: precondition_required without If-Match (RFC 6585 §3), and
// precondition_failed if another request has changed it since (RFC 9110 §15.5.13).
Result<TaggedProfile> replace_profile(const CurrentUser& who, const IfMatch& seen, const domain::Profile& profile,
                                      domain::Profiles& profiles) {
    return with_tag(
        profiles.replace_seen(who.id(), seen.seen_of(domain::version_of(profiles.find(who.id()))), profile));
}

struct PasswordChange {
    static constexpr std::string_view schema_name = "PasswordChange";
    static constexpr http::Notation notation = http::Notation::json_or_form;
    static constexpr std::string_view example = R"({"current_password": "testpass", "new_password": "a better one"})";
    Secret current_password;
    Secret new_password;
    std::optional<Secret> device_token;  // of this device: it stays known; browsers have a cookie instead
};
KEYHOLD_FIELDS(PasswordChange, (current_password, about("The password until now")),
               (new_password, about("The password from now on")),
               (device_token,
                about("Of an earlier log-in: who brings it is known, and others' wrong guesses do not keep it out")))

struct PasswordChanged {
    static constexpr std::string_view schema_name = "PasswordChanged";
    std::string msg;
};
KEYHOLD_FIELDS(PasswordChanged, (msg, about("What was done, for people")))

// POST /password: another password; all other sessions end, in the same transaction. Refused: wrong_password;
// too_many_attempts, because a stolen session could be used to guess the password.
Result<PasswordChanged> change_password(const CurrentUser& who, const PasswordChange& change,
                                        const http::Request& request, domain::Accounts& accounts) {
    // The session decides which counter of failures the current password is held against
    // (domain/passwords/throttle.hpp), and it is the one that stays.
    const std::string session = who.session_id();
    const auto changed = accounts.change_password(who.username(), change.current_password, change.new_password,
                                                  {.address = request.remote_address,
                                                   .device_token = device_token_of(change.device_token, request),
                                                   .session_id = session},
                                                  cause_of(request));
    if (!changed) return changed.error();
    return PasswordChanged{"Password changed; all other sessions have ended"};
}

struct Close {
    static constexpr std::string_view schema_name = "AccountClosing";
    static constexpr http::Notation notation = http::Notation::json_or_form;
    static constexpr std::string_view example = R"({"current_password": "testpass"})";
    Secret current_password;
};
KEYHOLD_FIELDS(Close, (current_password, about("The password until now")))

struct Closed {
    static constexpr std::string_view schema_name = "AccountClosed";
    std::string msg;
    std::string erase_at;  // RFC 3339
};
KEYHOLD_FIELDS(Closed, (msg, about("What was done, for people")),
               (erase_at, about("When the account is erased if nobody logs in before; RFC 3339")))

// POST /me/close: all sessions end at once, and the account is erased some days later (`days` in `[closing]`) unless
// its owner logs in before. The current password is asked for, because an unlocked machine must not be enough for this.
Result<SessionsOver<Closed>> close_account(const CurrentUser& who, const Close& close, const http::Request& request,
                                           domain::AccountClosing& closing) {
    const std::string session = who.session_id();
    const auto erase_at = closing.close(who.username(), close.current_password,
                                        {.address = request.remote_address, .session_id = session}, cause_of(request));
    if (!erase_at) return erase_at.error();
    // With `days` = 0 nothing stays: there is no way back, so the answer does not speak of one.
    const bool is_erased = closing.stays().count() == 0;
    return SessionsOver<Closed>{
        {is_erased ? "The account is erased" : "The account is closed; until then whoever logs in has it back",
         rfc3339(*erase_at)}};
}

}  // namespace

void add_account_routes(http::Mount& mount) {
    using enum http::Method;
    mount.add(
        post, "/register",
        {.summary = "Register a user",
         .tag = "accounts",
         .on = http::On::hashing,
         .refusals = {errors::username_taken, errors::email_taken, errors::registration_refused,
                      errors::too_many_registrations},
         .description =
             "Where `registration` lets whoever asks. It answers the same whether an address is taken, where mails are "
             "sent."},
        register_account);
    mount.add(post, "/login",
              {.summary = "Log in: get tokens",
               .tag = "accounts",
               .on = http::On::hashing,
               .no_store = true,
               .refusals = {errors::invalid_credentials, errors::too_many_attempts, errors::unsupported_grant_type,
                            errors::invalid_scope},
               .description = "A session begins. An unknown name, a wrong password and a disabled account look alike."},
              // On the I/O thread: whose turn in the queue it is.
              log_in, device_owner);
    mount.add(get, "/me",
              {.summary = "Who I am",
               .tag = "accounts",
               .on = http::On::looking_up,
               .no_store = true,
               .description = "The account of the token, as it is now."},
              show_me);
    mount.add(get, "/me/profile",
              {.summary = "What applications may know of me",
               .tag = "accounts",
               .on = http::On::looking_up,
               .no_store = true,
               .description = "The claims of OpenID Connect Core 5.1 that somebody has said. Their ETag is what a "
                              "change says in If-Match."},
              show_profile);
    mount.add(put, "/me/profile",
              {.summary = "Change what applications may know of me",
               .tag = "accounts",
               .on = http::On::storing,
               .no_store = true,
               .refusals = {errors::account_not_found},
               .description = "All of it anew: what is absent is known no more."},
              replace_profile);
    mount.add(post, "/password",
              {.summary = "Change my password",
               .tag = "accounts",
               .on = http::On::hashing,
               .no_store = true,
               .refusals = {errors::wrong_password, errors::too_many_attempts},
               .description = "For whoever knows the current one. All other sessions end."},
              change_password, session_owner);
    mount.add(post, "/me/close",
              {.summary = "Close my account",
               .tag = "accounts",
               .on = http::On::hashing,
               .no_store = true,
               .refusals = {errors::wrong_password, errors::too_many_attempts, errors::last_administrator},
               .description = "All sessions end at once. Whoever logs in or sets a new password by a mail before "
                              "`erase_at` has the account back; then it is erased."},
              close_account, session_owner);
}

}  // namespace keyhold::api
