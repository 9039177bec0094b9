// SPDX-License-Identifier: Apache-2.0
#include "domain/sessions/sessions.hpp"

#include <algorithm>

#include "base/base64url.hpp"
#include "base/text.hpp"
#include "domain/clients/client_errors.hpp"
#include "domain/errors.hpp"
#include "domain/words.hpp"
#include "store/stores.hpp"

namespace keyhold::domain {

namespace {

// The longest name of a device in the list of sessions, in bytes. A longer one is cut and not refused, because some
// browsers send very long names.
constexpr std::size_t longest_device = 256;

// What the clocks of nodes may differ by (tokens.cpp).
constexpr std::chrono::seconds clocks_differ_by{60};

// One refusal for all reasons, so that a thief of a token does not learn which one it was.
constexpr Errc refused = errors::refresh_token_invalid;

}  // namespace

Sessions::Sessions(const store::Stores& stores, const Clock& clock, Random& random, SessionRules rules, Theft theft,
                   const Hooks& hooks, StatusNumbers* numbers)
    : stores_(stores),
      clock_(clock),
      random_(random),
      rules_(rules),
      theft_(std::move(theft)),
      hooks_(hooks),
      numbers_(numbers) {}

Secret Sessions::random_bytes() {
    std::string bytes(32, '\0');
    random_.fill({reinterpret_cast<unsigned char*>(bytes.data()), bytes.size()});
    return Secret(std::move(bytes));
}

Session Sessions::make(const store::Account& account, const Client& client) {
    const Time now = clock_.now();
    return {.id = make_id(now, random_),
            .account_id = account.id,
            .device = printable_ascii(client.device, longest_device),
            .address = printable_ascii(client.address, longest_device),
            .created_at = now,
            .last_used_at = now,
            .ends_at = now + rules_.lifetime,
            .ended = {},
            .end_reason = {},
            .refresh_digest = {},
            // Another one for each session, so that a key that became known makes no tokens of other sessions look
            // like ours.
            .family_key = base64url::encode(random_bytes().reveal()),
            .rotations = {},
            .status_index = numbers_ != nullptr ? std::optional(numbers_->take()) : std::nullopt};
}

Result<Sessions::Started> Sessions::begin(Session session, const store::Account& account,
                                          const store::SessionStore::Beside& beside) {
    const RefreshToken token = RefreshToken::make(*parse_id(session.id), random_bytes(), session.family_key);
    session.refresh_digest = token.digest();
    // The statement that inserts compares the generation: whoever changed the password after it was checked gets no
    // session of the old one begun.
    if (auto created = stores_.sessions->create(session, account.generation, beside); !created)
        return std::move(created).error();
    const Time expires = expires_at(session);
    return Started{std::move(session.id), token.text(), expires, expires - session.created_at, session.status_index};
}

Result<Sessions::Started> Sessions::start(const store::Account& account, const Client& client,
                                          std::string_view known_device, std::optional<std::string> scope,
                                          const store::OutboxMail* notice) {
    Session session = make(account, client);
    session.scope = std::move(scope);
    auto started = begin(std::move(session), account,
                         {.device = known_device,
                          .most_sessions = rules_.per_account,
                          .reason = too_many_sessions.code,
                          // A disabled account that came so far is one that its owner closed
                          // (Account::is_locked_out()).
                          .reopens = account.disabled,
                          .notice = notice});
    // Told after the transaction, as a hook may do what it likes.
    if (started) hooks_.tell(keyhold::SignedIn{account.id, account.username, started->id, client.address});
    return started;
}

Result<bool> Sessions::authenticate_again(const store::Account& account, std::string_view id) {
    return stores_.sessions->authenticate_again(id, account.id, account.generation, clock_.now());
}

Result<Sessions::Started> Sessions::start(const store::Account& account, const Client& client, const ForClient& given) {
    Session session = make(account, client);
    session.client_id = given.client_id;
    session.parent_id = given.parent_id;
    session.scope = std::string(given.scope);
    session.authenticated_at = given.authenticated_at;
    return begin(std::move(session), account,
                 {.most_sessions = rules_.per_account, .reason = too_many_sessions.code, .code = &given.code});
}

Result<Sessions::Started> Sessions::start(const store::Account& account, const Client& client,
                                          const ForClientByPassword& given) {
    Session session = make(account, client);
    session.client_id = given.client_id;
    session.scope = std::string(given.scope);
    session.authenticated_at = session.created_at;  // the password came with this very request
    auto started = begin(std::move(session), account,
                         {.device = given.known_device,
                          .most_sessions = rules_.per_account,
                          .reason = too_many_sessions.code,
                          .reopens = account.disabled,
                          .notice = given.notice});
    if (started) hooks_.tell(keyhold::SignedIn{account.id, account.username, started->id, client.address});
    return started;
}

Result<Sessions::Started> Sessions::start(const store::Account& account, const Client& client,
                                          const store::SecretUse& link, const store::OutboxMail* notice) {
    auto started = begin(
        make(account, client), account,
        {.most_sessions = rules_.per_account, .reason = too_many_sessions.code, .secret = &link, .notice = notice});
    if (started) hooks_.tell(keyhold::SignedIn{account.id, account.username, started->id, client.address});
    return started;
}

Time Sessions::expires_at(const Session& session) const {
    return std::min(session.ends_at, session.last_used_at + rules_.idle_time);
}

bool Sessions::is_over(const store::SessionOfAccount& found) const {
    return found.session.ended || found.account.disabled || expires_at(found.session) <= clock_.now();
}

// The row's token, line and time of last use in one step, if it has not been used by anybody since `session` was read.
bool Sessions::rotate(const Session& session, std::string_view next_digest, const RotationHistory& history, Time now) {
    const std::string rotations = history.format();
    return stores_.sessions->rotate({.id = session.id,
                                     .expected = session.refresh_digest,
                                     .next = next_digest,
                                     .rotations = rotations,
                                     .now = now,
                                     // The statement looks at the idle time too, because the look above may be a
                                     // while ago.
                                     .not_idle_since = now - rules_.idle_time});
}

Result<Sessions::Refreshed> Sessions::refresh(std::string_view refresh_token, const Refresher& who) {
    // What is no token of ours costs no look into the database.
    const auto token = parse_refresh_token(refresh_token);
    if (!token) return refused;
    const std::string id = to_text(token->session);
    // A lost race is looked at again: then the winner's rotation is there. It cannot be lost twice.
    for (int attempt = 0; attempt < 3; ++attempt) {
        auto found = stores_.sessions->find(id);
        // The family is compared before anything else is said of the session: an invented token with a session's id
        // must not end it.
        if (!found || !token->is_of_family(found->session.family_key) || is_over(*found)) return refused;
        Session& session = found->session;
        // RFC 6749 §10.4: a refresh token is good for the client that it was issued to, and so a person's own for no
        // registered client.
        if (session.client_id != who.client_id) return refused;
        if (!session.client_id.empty()) {
            const std::string& all = *session.scope;
            if (any_word(who.scope, [&](std::string_view word) { return !store::has_word(all, word); }))
                return Error(errors::invalid_scope, "The session was not given all of these scopes");
        }
        const Time now = clock_.now();
        RotationHistory history = RotationHistory::parse(session.rotations);
        const auto answer = [&](const RefreshToken& next) {
            return Refreshed{std::move(session), std::move(found->account), next.text()};
        };
        if (token->digest() == session.refresh_digest) {
            // Drawn anew and kept in the row: whoever has the used token alone cannot compute its successor.
            const std::string salt = base64url::encode(random_bytes().reveal());
            const RefreshToken next = token->successor(salt, session.family_key);
            history.add({now, salt}, rules_.grace);
            if (!rotate(session, next.digest(), history, now)) continue;
            session.last_used_at = now;
            return answer(next);
        }
        const auto again = find_successor(*token, history, session.family_key, session.refresh_digest);
        // Two tabs of one browser, or a request that was sent again: whoever has the predecessor gets the successor
        // that was made of it, and nothing is written.
        if (again && now - again->at <= rules_.grace) return answer(again->token);
        // RFC 9700 §4.14.2: a used token shows that two parties hold the line. If nobody has shown its successor, then
        // its own answer may have been lost with the connection or the database, however long ago.
        if (again && !again->was_shown && history.may_answer_late()) {
            history.answer_late(now);
            // The good token stays the same; only the history says when it was given again.
            if (!rotate(session, session.refresh_digest, history, now)) continue;
            session.last_used_at = now;
            return answer(again->token);
        }
        // RFC 9700 §4.14.2: nobody can tell who of the two is the thief, so neither has a session from now on.
        stores_.sessions->end(id, std::nullopt, refresh_token_reused.code, now);
        theft_(session);
        return refused;
    }
    return refused;
}

store::SessionPage Sessions::list(std::string_view account_id, std::string_view after, int limit) {
    const Time now = clock_.now();
    if (!after.empty() && !parse_id(after)) return {};  // nobody was given such a one
    return stores_.sessions->list({.account_id = account_id,
                                   .after = after,
                                   .limit = limit,
                                   .now = now,
                                   .not_idle_since = now - rules_.idle_time});
}

store::SessionPage Sessions::list_all(std::string_view after, int limit) {
    const Time now = clock_.now();
    if (!after.empty() && !parse_id(after)) return {};
    return stores_.sessions->list_all(
        {.account_id = {}, .after = after, .limit = limit, .now = now, .not_idle_since = now - rules_.idle_time});
}

Result<> Sessions::end(std::string_view id, std::string_view account_id, const EndReason& reason) {
    if (!parse_id(id) || !stores_.sessions->end(id, account_id, reason.code, clock_.now()))
        return errors::session_not_found;
    return {};
}

std::optional<store::SessionOfAccount> Sessions::find(std::string_view id) {
    return parse_id(id) ? stores_.sessions->find(id) : std::nullopt;
}

Result<> Sessions::end(std::string_view id, const EndReason& reason) {
    if (!parse_id(id) || !stores_.sessions->end(id, std::nullopt, reason.code, clock_.now()))
        return errors::session_not_found;
    return {};
}

std::size_t Sessions::end_all(const store::Whose& whose, const EndReason& reason) {
    return stores_.sessions->end_all(whose, reason.code, clock_.now());
}

void Sessions::end_tokens(std::string_view account_id) { stores_.accounts->end_tokens(account_id, clock_.now()); }

bool Sessions::look_after() {
    constexpr std::int64_t at_once = 500;  // a transaction that nobody has to wait for long
    const Time now = clock_.now();
    // A session that another node has begun a moment ago may end later than ours would, by as much as its clock is
    // ahead.
    return stores_.sessions->cap_ends(now + rules_.lifetime + clocks_differ_by, now, at_once) == at_once;
}

std::vector<Session> Sessions::children(std::string_view id) { return stores_.sessions->children(id); }

std::optional<store::SessionOfAccount> Sessions::find_by_token(std::string_view refresh_token) {
    const auto token = parse_refresh_token(refresh_token);
    auto found = token ? stores_.sessions->find(to_text(token->session)) : std::nullopt;
    if (!found || !token->is_of_family(found->session.family_key) || is_over(*found)) return std::nullopt;
    // Only the one that is good now; one of the grace is not introspected as active.
    if (token->digest() != found->session.refresh_digest) return std::nullopt;
    return found;
}

Result<bool> Sessions::end_by_token(std::string_view refresh_token, const EndReason& reason,
                                    std::string_view client_id) {
    const auto token = parse_refresh_token(refresh_token);
    const auto found = token ? stores_.sessions->find(to_text(token->session)) : std::nullopt;
    if (!found || !token->is_of_family(found->session.family_key)) return false;
    if (!found->session.client_id.empty() && found->session.client_id != client_id) return errors::unauthorized_client;
    return stores_.sessions->end(found->session.id, std::nullopt, reason.code, clock_.now());
}

std::string_view sentence_of(std::string_view end_reason) {
    const auto row = std::find_if(end_reasons.begin(), end_reasons.end(),
                                  [&](const EndReason& reason) { return reason.code == end_reason; });
    return row != end_reasons.end() ? row->sentence : end_reason;
}

}  // namespace keyhold::domain
