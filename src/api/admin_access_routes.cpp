// SPDX-License-Identifier: Apache-2.0
// /admin/api/users/{id}/sessions and what else lets somebody in or keeps him out: locks, links to sign in, mails for a
// new password.
#include "api/admin_shapes.hpp"
#include "api/routes.hpp"
#include "domain/sessions/sessions.hpp"
#include "http/errors.hpp"

namespace keyhold::api {
namespace {

using domain::Administration;

struct SessionOfUser {
    static constexpr std::string_view schema_name = "AdminSession";
    std::string id, device, address;
    std::string created_at, last_used_at;  // RFC 3339
    std::string expires_at;                // unless it is refreshed before
};
KEYHOLD_FIELDS(SessionOfUser, (id, about("Stands in its tokens as `sid`")),
               (device, about("What the client says it is")), (address, about("Where the log-in came from")),
               (created_at, about("RFC 3339, as the others")), (last_used_at, about("The log-in or the last refresh")),
               (expires_at, about("Unless it is refreshed before")))

struct SessionsOfUser {
    static constexpr std::string_view schema_name = "AdminSessions";
    std::vector<SessionOfUser> sessions;
    std::optional<std::string> next;
};
KEYHOLD_FIELDS(SessionsOfUser, (sessions, about("Those that are live, newest first")),
               (next, about("The cursor of the next page; absent on the last")))

// GET /admin/api/users/{id}/sessions: those that are live, newest first.
Result<SessionsOfUser> list_sessions_of_user(const Onlooker&, const UserId& id, const http::Query<http::Page>& wanted,
                                             Administration& administration, domain::Sessions& sessions) {
    const auto account = administration.find(*id);
    if (!account) return account.error();
    auto page = sessions.list(account->id, wanted->cursor, wanted->limit);
    SessionsOfUser list;
    if (!page.next.empty()) list.next = std::move(page.next);
    for (const domain::Session& one : page.sessions)
        list.sessions.push_back({one.id, one.device, one.address, rfc3339(one.created_at), rfc3339(one.last_used_at),
                                 rfc3339(sessions.expires_at(one))});
    return list;
}

struct SessionsEnded {
    static constexpr std::string_view schema_name = "AdminSessionsEnded";
    std::int64_t ended = 0;
};
KEYHOLD_FIELDS(SessionsEnded, (ended, about("How many there were")))

// DELETE /admin/api/users/{id}/sessions: all of them. A list of sessions has no entity tag, so that an If-Match that
// names one is refused: precondition_failed (OptionalIfMatch::check_untagged()).
Result<SessionsEnded> end_sessions(const Administrator& who, const UserId& id, const OptionalIfMatch& seen,
                                   Administration& administration) {
    if (auto checked = seen.check_untagged(); !checked) return std::move(checked).error();
    const auto ended = administration.end_sessions(*id, who.rights());
    if (!ended) return ended.error();
    return SessionsEnded{static_cast<std::int64_t>(*ended)};
}

// DELETE /admin/api/users/{id}/sessions/{session}. Refused: session_not_found, also for a session of another account.
Result<SessionsEnded> end_session_of_user(
    const Administrator& who, const UserId& id,
    const http::Path<"session", std::string, about("One of the account's sessions, by its id")>& session,
    const OptionalIfMatch& seen, Administration& administration) {
    if (auto checked = seen.check_untagged(); !checked) return std::move(checked).error();
    if (auto ended = administration.end_session(*session, who.rights(), *id); !ended) return std::move(ended).error();
    return SessionsEnded{1};
}

// DELETE /admin/api/users/{id}/lock: failed log-ins until now do not count any more, so that the account need not wait
// after wrong guesses. It does not enable a disabled account.
Result<> unlock_user(const Administrator& who, const UserId& id, const OptionalIfMatch& seen,
                     Administration& administration) {
    if (auto checked = seen.check_untagged(); !checked) return checked;
    return administration.unlock(*id, who.rights());
}

struct SignInLink {
    static constexpr std::string_view schema_name = "AdminSignInLink";
    std::string token, expires_at;
};
KEYHOLD_FIELDS(SignInLink,
               (token, about("For /sign-in-link?token=... or POST /login/link, once; only its digest is kept")),
               (expires_at, about("RFC 3339")))

// POST /admin/api/users/{id}/login-link: signs in as the account, once, within half an hour. Refused: rights_exceeded,
// if the account may do more than the administrator; account_not_found, if it is disabled.
Result<SignInLink> make_login_link(const Administrator& who, const UserId& id, const IfMatch& seen,
                                   Administration& administration) {
    const auto version = version_seen(*id, seen, administration);
    if (!version) return version.error();
    const auto link = administration.make_sign_in_link({*id, *version}, who.rights());
    if (!link) return link.error();
    return SignInLink{std::string(link->token.reveal()), rfc3339(link->expires_at)};
}

// POST /admin/api/users/{id}/reset-mail: the mail that its owner could ask for at /password/forgot. Refused:
// nothing_to_verify, if the account has no address.
Result<> mail_reset(const Administrator& who, const UserId& id, Administration& administration,
                    domain::Recovery& recovery) {
    return administration.mail_reset(*id, who.rights(), recovery);
}

}  // namespace

void add_admin_access_routes(http::Mount& mount) {
    using enum http::Method;
    using enum http::On;
    constexpr Errc nobody = errors::account_not_found, more = errors::rights_exceeded;
    const std::string one = "/admin/api/users/{id}";
    mount.add(delete_, one + "/lock",
              about_route("Lift the lock of a user", storing, "Failed log-ins until now do not count any more.",
                          {nobody, more}),
              unlock_user);
    mount.add(post, one + "/login-link",
              about_route("Make a link that signs in as a user", storing,
                          "Once, within half an hour; the newest alone is good.", {nobody, more}),
              make_login_link);
    mount.add(post, one + "/reset-mail",
              about_route("Send a user a mail for a new password", storing,
                          "To the address of the account, in its language. It says nothing of who asked for it.",
                          {nobody, more, errors::nothing_to_verify, errors::no_mail, errors::too_many_mails}),
              mail_reset);
    mount.add(get, one + "/sessions",
              about_route("Where a user is logged in", storing, "The live sessions, newest first, by pages.", {nobody}),
              list_sessions_of_user);
    mount.add(delete_, one + "/sessions",
              about_route("End all sessions of a user", storing,
                          "Their tokens are refused from the moment of the answer.", {nobody, more}),
              end_sessions);
    mount.add(delete_, one + "/sessions/{session}",
              about_route("End a session of a user", storing, "Its tokens are refused from the moment of the answer.",
                          {errors::session_not_found, more}),
              end_session_of_user);
}

}  // namespace keyhold::api
