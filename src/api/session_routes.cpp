// SPDX-License-Identifier: Apache-2.0
// Sessions: refreshing them, looking at them, ending them.
#include "api/current_user.hpp"
#include "api/routes.hpp"
#include "api/signed_in.hpp"
#include "domain/errors.hpp"
#include "domain/sessions/sessions.hpp"

namespace keyhold::api {
namespace {

struct RefreshBody {
    static constexpr std::string_view schema_name = "RefreshRequest";
    static constexpr http::Notation notation = http::Notation::json_or_form;
    static constexpr std::string_view example = R"({"refresh_token": "khr_..."})";
    Secret refresh_token;
    std::optional<std::string> grant_type;
    std::optional<std::string> scope;  // fewer than the session has
};
KEYHOLD_FIELDS(RefreshBody, (refresh_token, about("Gets the next tokens, once")),
               (grant_type, about("What is shown for the token (RFC 6749)")),
               (scope, about("What the token may be used for: words with spaces between them (RFC 6749)")))

}  // namespace

// A refresh token from the body, or from the cookie of a page of ours.
struct RefreshRequest {
    Secret refresh_token;
    Carrier carrier;
    std::string scope = {};
};

// Who logs out: the bearer of a token. Or, in cookie mode, whose access token has run out by now: browsers drop its
// cookie then, and the session would live on in the other one.
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
        // A body wins: a program may send a token of its own from a browser that has cookies of ours.
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
        // Whoever sends a token means that one; the cookie of the browser around it is somebody else's session,
        // perhaps.
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
        // A person's own session; one of an OAuth client is refused here, as the client has to say who it is.
        domain::carry_on(request.refresh_token.reveal(), sessions, tokens, {.client_id = {}, .scope = request.scope});
    if (!refreshed) return std::move(refreshed).error();
    return signed_in(std::move(*refreshed), request.carrier);
}

SessionsOver<SignedOut> over(std::string msg, std::int64_t ended) { return {{std::move(msg), ended}}; }

// POST /logout: ends the session that the token belongs to. The tutorial's tokens belong to none: they end with all
// that the account was issued so until now.
Result<SessionsOver<SignedOut>> log_out(const LoggingOut& who, domain::Sessions& sessions) {
    if (!who.user) {
        const auto ended = sessions.end_by_token(who.refresh_token.reveal(), domain::logged_out);
        if (!ended || !*ended) return errors::refresh_token_invalid;
        return over("Logged out", 1);
    }
    const std::string id = who.user->session_id();
    if (id.empty()) {
        // There is no session that could end alone: all tokens without one that the account has are over.
        sessions.end_tokens(who.user->id());
        return over("Logged out", 0);
    }
    const auto ended = sessions.end(id, who.user->id(), domain::logged_out);
    if (!ended) return errors::token_not_live;  // another log-out was first
    return over("Logged out", 1);
}

// POST /logout/all: ends every session of the account.
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

// GET /sessions: where I am logged in.
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

// DELETE /sessions/{id}: ends one of my sessions.
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
    // Whoever logged in a thousand times waits for his list, and nobody else does.
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
