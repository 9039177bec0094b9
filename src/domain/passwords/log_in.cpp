// SPDX-License-Identifier: Apache-2.0
#include "domain/passwords/log_in.hpp"

#include <algorithm>
#include <iterator>

#include "domain/accounts/login_name.hpp"
#include "domain/accounts/roles.hpp"
#include "domain/errors.hpp"

namespace keyhold::domain {

namespace {

using Scopes = std::optional<std::vector<std::string>>;

// What a session keeps of them.
Scopes words_of(const std::optional<std::string>& scope) {
    if (!scope) return std::nullopt;
    auto words = parse_scopes(*scope);
    return words ? std::move(words).value() : Scopes::value_type();
}

// Both are sorted (parse_scopes()).
Scopes::value_type in_both(const Scopes::value_type& one, const Scopes::value_type& other) {
    Scopes::value_type both;
    std::ranges::set_intersection(one, other, std::back_inserter(both));
    return both;
}

// RFC 6749 §5.1: an answer has to name its scope where it is another than was asked for, and §3.3 knows no empty one.
Error nothing_is_left() { return Error(errors::invalid_scope, "The account has none of these scopes"); }

std::optional<store::OutboxMail> new_device(Accounts& accounts, const Account& account, const Client& client) {
    return accounts.notice("new_device", account,
                           {.origin = client.address, .device = client.device, .language = client.language});
}

// Who the name and the password prove somebody to be.
struct Proven {
    Account account;               // as it is stored
    Throttle::DeviceToken device;  // of the browser or program that asked
    store::Subject subject;        // as the session that begins makes it
};

Result<Proven> prove_password(const LogInAttempt& attempt, Accounts& accounts, Throttle& throttle) {
    auto account = accounts.authenticate(attempt.username, attempt.password,
                                         {.address = attempt.client.address, .device_token = attempt.device_token});
    if (!account) return account.error();
    auto device = throttle.device_token(*account, attempt.device_token, accounts.login_key(attempt.username));
    store::Subject subject = subject_of(*account);
    subject.disabled = false;  // if it was closed, the session opens it
    return Proven{std::move(account).value(), std::move(device), std::move(subject)};
}

}  // namespace

Result<LoggedIn> log_in(const LogInAttempt& attempt, Accounts& accounts, Throttle& throttle, Sessions& sessions,
                        Tokens& tokens) {
    // Before the password is hashed, as this says nothing of anybody and costs nothing.
    const auto scopes = parse_scopes(attempt.scope);
    if (!scopes) return scopes.error();
    auto proven = prove_password(attempt, accounts, throttle);
    if (!proven) return std::move(proven).error();
    auto& [account, device, subject] = *proven;
    // Another account than the session's begins a session of its own, and the old one stays.
    if (attempt.present && attempt.present->account_id == account.id) {
        const auto goes_on = sessions.authenticate_again(account, attempt.present->id);
        if (!goes_on) return goes_on.error();
        // False if the session has ended meanwhile: then a new one begins, as without it.
        if (*goes_on) {
            auto access = tokens.issue({subject, attempt.present->id, attempt.present->ends_at,
                                        attempt.present->status_index, words_of(attempt.present->scope)});
            if (!access) return std::move(access).error();
            LoggedIn again{*std::move(access), Secret(), std::chrono::seconds(0), std::move(device.token)};
            again.goes_on = true;
            return again;
        }
    }
    std::optional<std::string> granted;
    // Kept in the session: later refreshes never get more than was granted here, whatever the account is granted
    // later.
    if (!scopes->empty()) granted = tokens.granted(subject, *scopes);
    if (granted && granted->empty() && attempt.nothing_left == NothingLeft::refused) return nothing_is_left();
    const auto notice = new_device(accounts, account, attempt.client);
    auto session = sessions.start(account, attempt.client, device.id, granted, notice ? &*notice : nullptr);
    if (!session) return std::move(session).error();
    auto access = tokens.issue({subject, session->id, session->ends_at, session->status_index, words_of(granted)});
    if (!access) return std::move(access).error();
    LoggedIn made{std::move(access).value(), std::move(session->refresh_token), session->left, std::move(device.token)};
    // As it was read before the session opened it.
    made.came_back = account.disabled;
    return made;
}

Result<LoggedIn> log_in_to_client(const LogInAttempt& attempt, const RegisteredClient& client, std::string_view scope,
                                  Accounts& accounts, Throttle& throttle, Sessions& sessions, Tokens& tokens) {
    auto proven = prove_password(attempt, accounts, throttle);
    if (!proven) return std::move(proven).error();
    auto& [account, device, subject] = *proven;
    if (attempt.nothing_left == NothingLeft::refused && !words_of(std::string(attempt.scope))->empty() &&
        tokens.granted_to_client(subject, *words_of(std::string(scope))).empty())
        return nothing_is_left();
    const auto notice = new_device(accounts, account, attempt.client);
    auto session = sessions.start(account, attempt.client,
                                  ForClientByPassword{client.id, scope, device.id, notice ? &*notice : nullptr});
    if (!session) return std::move(session).error();
    auto access = tokens.issue(
        {subject, session->id, session->ends_at, session->status_index, words_of(std::string(scope)), client.id});
    if (!access) return std::move(access).error();
    GivenToClient given{subject,
                        client.id,
                        session->id,
                        access->scope.value_or(""),
                        session->ends_at - session->left,  // when it began
                        {}};
    const bool refreshes = store::has_word(client.grants, "refresh_token");
    LoggedIn made{std::move(access).value(), refreshes ? std::move(session->refresh_token) : Secret(), session->left,
                  std::move(device.token)};
    made.client = std::move(given);
    made.came_back = account.disabled;
    return made;
}

Result<LoggedIn> log_in_by_link(std::string_view token, const Client& client, Accounts& accounts, Recovery& recovery,
                                Sessions& sessions, Tokens& tokens) {
    const auto link = recovery.find_sign_in_link(token);
    if (!link) return link.error();
    if (auto asked = accounts.ask_to_sign_in(link->account, client.address); !asked) return std::move(asked).error();
    const auto notice = new_device(accounts, link->account, client);
    auto session = sessions.start(link->account, client, link->use, notice ? &*notice : nullptr);
    // Somebody else was first with the link, or the account has changed since it was looked up.
    if (!session) return errors::one_time_secret_invalid;
    auto access = tokens.issue({subject_of(link->account), session->id, session->ends_at, session->status_index});
    if (!access) return std::move(access).error();
    return LoggedIn{std::move(access).value(), std::move(session->refresh_token), session->left, Secret()};
}

// What an OAuth client gets for its refresh token: the scope of its session, or the part of it that it asks for.
Result<LoggedIn> carry_on_client(Sessions::Refreshed refreshed, const Scopes::value_type& asked, NothingLeft rule,
                                 Sessions& sessions, Tokens& tokens) {
    const Session& session = refreshed.session;
    auto access = tokens.issue({refreshed.account, session.id, sessions.expires_at(session), session.status_index,
                                asked.empty() ? words_of(session.scope) : asked, session.client_id});
    if (!access) return std::move(access).error();
    if (!asked.empty() && !access->scope && rule == NothingLeft::refused) return nothing_is_left();
    GivenToClient given{refreshed.account,          session.client_id,        session.id,
                        access->scope.value_or(""), session.authenticated_at, {}};
    LoggedIn logged_in{std::move(access).value(), std::move(refreshed.refresh_token), sessions.left(session), Secret()};
    logged_in.client = std::move(given);
    return logged_in;
}

Result<LoggedIn> carry_on(std::string_view refresh_token, Sessions& sessions, Tokens& tokens, const Refresher& who) {
    auto scopes = parse_scopes(who.scope);
    if (!scopes) return std::move(scopes).error();
    auto refreshed = sessions.refresh(refresh_token, who);
    if (!refreshed) return std::move(refreshed).error();
    if (!refreshed->session.client_id.empty())
        return carry_on_client(std::move(refreshed).value(), *scopes, who.nothing_left, sessions, tokens);
    const Session& session = refreshed->session;
    // Empty means all that the account has; otherwise a part of the session's scope, so that a refresh narrows and
    // never widens (RFC 6749 §6).
    auto limit = words_of(session.scope);
    if (!scopes->empty()) limit = limit ? in_both(*limit, *scopes) : *scopes;
    auto access = tokens.issue(
        {refreshed->account, session.id, sessions.expires_at(session), session.status_index, std::move(limit)});
    if (!access) return std::move(access).error();
    // The token that was shown gets the same successor when it comes again, so that nothing is lost by a refusal here.
    if (!scopes->empty() && !access->scope && who.nothing_left == NothingLeft::refused) return nothing_is_left();
    return LoggedIn{std::move(access).value(), std::move(refreshed->refresh_token), sessions.left(session), Secret()};
}

std::string owner_of_device(std::string_view username, std::string_view device_token, Throttle& throttle) {
    LoginName login = parse_login_name(username);
    if (throttle.is_known_device(login.key, device_token)) return std::move(login.key);
    if (login.name && throttle.is_known_device(*login.name, device_token)) return *std::move(login.name);
    return {};
}

}  // namespace keyhold::domain
