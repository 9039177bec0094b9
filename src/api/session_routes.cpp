// SPDX-License-Identifier: Apache-2.0
// Sessions: refreshing them, looking at them, ending them.
#include "api/current_user.hpp"
#include "api/routes.hpp"
#include "api/signed_in.hpp"
#include "domain/errors.hpp"
#include "domain/sessions/sessions.hpp"

namespace keyhold::api {
namespace {

// What /refresh takes, as JSON or as a form. The names are those of the refresh grant (RFC 6749 §6), so that OAuth
// libraries can be pointed here.
struct RefreshBody {
    static constexpr std::string_view schema_name = "RefreshRequest";
    static constexpr http::Notation notation = http::Notation::json_or_form;
    static constexpr std::string_view example = R"({"refresh_token": "khr_..."})";
    Secret refresh_token;
    std::optional<std::string> grant_type;
    std::optional<std::string> scope;  // fewer than the session has (RFC 6749 §6); empty: all of them
};
KEYHOLD_FIELDS(RefreshBody, (refresh_token, about("Gets the next tokens, once")),
               (grant_type, about("What is shown for the token (RFC 6749)")),
               (scope, about("What the token may be used for: words with spaces between them (RFC 6749)")))

}  // namespace

// A refresh token from the body, or from the cookie of a page of ours. Refused: cross_site, for a cookie that the page
// of another site has made the browser send; unsupported_grant_type.
struct RefreshRequest {
    Secret refresh_token;
    Carrier carrier;
    std::string scope = {};
};

// Who logs out: the bearer of an access token. In cookie mode the refresh token is taken too, because a browser deletes
// the cookie of an access token that has expired, and the session would live on by the refresh token's cookie.
struct LoggingOut {
    std::optional<User> user;  // of a client, too: it ends its own session
    Secret refresh_token;      // if there is no user
};

}  // namespace keyhold::api

namespace keyhold::http {

template <>
struct Extract<api::RefreshRequest> {
    static Result<api::RefreshRequest> from(const Request& request) {
        const auto cookie = api::find_cookie(request, api::refresh_cookie);
        // The body goes before the cookie, because a program in a browser may send a token of its own while the browser
        // adds our cookies by itself.
        if (cookie && request.body.empty()) {
            if (auto refused = api::refuse_other_sites(request); !refused) return std::move(refused).error();
            return api::RefreshRequest{Secret(*cookie), api::Carrier::cookie};
        }
        auto body = Extract<api::RefreshBody>::from(request);
        if (!body) return std::move(body).error();
        if (body->grant_type.value_or("refresh_token") != "refresh_token")
            return Error(errors::unsupported_grant_type, "The only grant_type understood here is 'refresh_token'");
        return api::RefreshRequest{std::move(body->refresh_token), api::Carrier::body, body->scope.value_or("")};
    }
    static void describe(Operation& operation) {
        Extract<api::RefreshBody>::describe(operation);
        operation.request_required = false;
        operation.refusals.insert(operation.refusals.end(), {errors::unsupported_grant_type});
    }
};

template <>
struct Extract<api::LoggingOut> {
    static Result<api::LoggingOut> from(const Request& request, const Authenticator& authenticator) {
        auto user = authenticator.authenticate(request);
        if (user) return api::LoggingOut{std::move(*user), {}};
        const auto cookie = api::find_cookie(request, api::refresh_cookie);
        // A request with an Authorization field is about the token in it. The cookie is not looked at then, because it
        // may belong to another session than the one that was meant.
        if (!cookie || request.find("Authorization")) return std::move(user).error();
        if (auto refused = api::refuse_other_sites(request); !refused) return std::move(refused).error();
        return api::LoggingOut{std::nullopt, Secret(*cookie)};
    }
    static void describe(Operation& operation) { Extract<User>::describe(operation); }
};

}  // namespace keyhold::http

namespace keyhold::api {
namespace {

// POST /refresh: the next refresh token and a new access token.
Result<SignedIn> refresh(const RefreshRequest& request, domain::Sessions& sessions, domain::Tokens& tokens) {
    auto refreshed =
        // Only sessions of a person's own. One that was given to an OAuth client is refused here, because the client
        // has to prove itself, which it does at /oauth/token (RFC 6749 §6).
        domain::carry_on(request.refresh_token.reveal(), sessions, tokens, {.client_id = {}, .scope = request.scope});
    if (!refreshed) return std::move(refreshed).error();
    return signed_in(std::move(*refreshed), request.carrier);
}

// A sentence and the number of sessions that ended, with cookies that are over.
SessionsOver<SignedOut> over(std::string msg, std::int64_t ended) { return {{std::move(msg), ended}}; }

// POST /logout: ends the session that the token belongs to. The tutorial's tokens belong to none: they end with all
// that the account was issued so until now.
Result<SessionsOver<SignedOut>> log_out(const LoggingOut& who, domain::Sessions& sessions) {
    if (!who.user) {
        // Also by a refresh token that was used already: its owner wants the session to end, and has no newer one.
        const auto ended = sessions.end_by_token(who.refresh_token.reveal(), domain::logged_out);
        if (!ended || !*ended) return errors::refresh_token_invalid;
        return over("Logged out", 1);
    }
    const std::string id = who.user->session_id();
    if (id.empty()) {
        // The token names no session (it is one of the tutorial's), so that it cannot end alone: all tokens of the
        // account that name none are refused from now on.
        sessions.end_tokens(who.user->id());
        return over("Logged out", 0);
    }
    const auto ended = sessions.end(id, who.user->id(), domain::logged_out);
    if (!ended) return errors::token_not_live;  // another log-out was first
    return over("Logged out", 1);
}

// POST /logout/all: ends every session of the account. Where there are more than 500, they end in several transactions;
// a log-in that comes in between ends with them (docs/architecture.md, Sessions).
Result<SessionsOver<SignedOut>> log_out_everywhere(const CurrentUser& who, domain::Sessions& sessions) {
    const std::string id = who.id();
    const auto ended = sessions.end_all({id}, domain::logged_out);
    return over("Logged out everywhere", static_cast<std::int64_t>(ended));
}

struct ShownSession {
    static constexpr std::string_view schema_name = "Session";
    std::string id;
    bool current;  // it is this request's own
    std::string device;
    std::string address;
    std::string created_at;  // RFC 3339, as the others
    std::string last_used_at;
    std::string expires_at;  // unless it is refreshed before
};
KEYHOLD_FIELDS(ShownSession, (id, about("Stays the same for good")),
               (current, about("Whether it is the one that asks")), (device, about("What the client says it is")),
               (address, about("Where the log-in came from")), (created_at, about("RFC 3339")),
               (last_used_at, about("The log-in or the last refresh; RFC 3339")), (expires_at, about("RFC 3339")))

struct SessionList {
    static constexpr std::string_view schema_name = "Sessions";
    std::vector<ShownSession> sessions;
    std::optional<std::string> next;  // the cursor of the next page; absent on the last
};
KEYHOLD_FIELDS(SessionList, (sessions, about("Those that are live, newest first")),
               (next, about("The cursor of the next page; absent on the last")))

// GET /sessions: where I am logged in. By pages, because an account may have thousands.
Result<SessionList> list_sessions(const CurrentUser& who, const http::Query<http::Page>& wanted,
                                  domain::Sessions& sessions) {
    auto page = sessions.list(who.id(), wanted->cursor, wanted->limit);
    SessionList list;
    if (!page.next.empty()) list.next = std::move(page.next);
    for (const domain::Session& session : page.sessions)
        list.sessions.push_back({session.id, session.id == who.session_id(), session.device, session.address,
                                 rfc3339(session.created_at), rfc3339(session.last_used_at),
                                 rfc3339(sessions.expires_at(session))});
    return list;
}

struct SessionEnded {
    static constexpr std::string_view schema_name = "SessionEnded";
    std::string msg;
};
KEYHOLD_FIELDS(SessionEnded, (msg, about("What was done, for people")))

// DELETE /sessions/{id}: ends one of my sessions. Somebody else's is refused as session_not_found, as one that does not
// exist, so that nobody learns which ids there are.
Result<SessionEnded> end_session(const CurrentUser& who,
                                 const http::Path<"id", std::string, about("The session's id, from GET /sessions")>& id,
                                 domain::Sessions& sessions) {
    const auto ended = sessions.end(*id, who.id(), domain::revoked);
    if (!ended) return ended.error();
    return SessionEnded{"Session ended"};
}

}  // namespace

void add_session_routes(http::Mount& mount) {
    using enum http::Method;
    constexpr auto storing = http::On::storing;
    mount.add(post, "/refresh",
              {.summary = "Get new tokens for a refresh token",
               .tag = "sessions",
               .on = storing,
               .no_store = true,
               .refusals = {errors::refresh_token_invalid, errors::invalid_scope, errors::store_unavailable},
               .description = "A refresh token is good for one use: the answer has the next one. Whoever asks again "
                              "with a used one, because an answer was lost, gets the same successor until that was "
                              "used; later it counts as stolen, and the session ends. In cookie mode the body is "
                              "empty."},
              refresh);
    mount.add(post, "/logout",
              {.summary = "Log out",
               .tag = "sessions",
               .on = storing,
               .no_store = true,
               .refusals = {errors::refresh_token_invalid},
               .description = "Ends the session that the token belongs to. Its tokens are refused from the moment "
                              "of the answer."},
              log_out);
    mount.add(post, "/logout/all",
              {.summary = "Log out everywhere",
               .tag = "sessions",
               .on = storing,
               .no_store = true,
               .description = "Ends every session of the account, this one too."},
              log_out_everywhere);
    // On the storing threads and not the looking-up ones: the list of an account with a thousand sessions takes long to
    // read, and requests that only look something up would wait behind it.
    mount.add(get, "/sessions",
              {.summary = "Where I am logged in",
               .tag = "sessions",
               .on = storing,
               .no_store = true,
               .description = "The live sessions of the account, the newest first, a page at a time: `next` is the "
                              "`cursor` of the page that follows."},
              list_sessions);
    mount.add(delete_, "/sessions/{id}",
              {.summary = "End one of my sessions",
               .tag = "sessions",
               .on = storing,
               .no_store = true,
               .refusals = {errors::session_not_found},
               .description = "Its tokens are refused from the moment of the answer. Somebody else's session is not "
                              "there for you."},
              end_session);
}

}  // namespace keyhold::api
