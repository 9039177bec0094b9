// SPDX-License-Identifier: Apache-2.0
// /admin/api/invitations: making one, those that are open, and taking one back.
#include <chrono>

#include "api/admin_shapes.hpp"
#include "api/routes.hpp"
#include "domain/accounts/recovery.hpp"
#include "domain/accounts/registration.hpp"
#include "http/errors.hpp"

namespace keyhold::api {
namespace {

struct InvitationWanted {
    static constexpr std::string_view schema_name = "AdminInvitationWanted";
    int days = 7;
    std::vector<std::string> roles;
    std::optional<std::string> email;
};
KEYHOLD_FIELDS(InvitationWanted, (days, about("How long it is good"), range(1, 365), otherwise(7)),
               (roles, about("Those that the account begins with"), length(0, 100), may_be_absent()),
               (email, about("To whom it is mailed, where mails are sent")))

struct MadeInvitation {
    static constexpr std::string_view schema_name = "AdminInvitation";
    std::string invitation, expires_at;
};
KEYHOLD_FIELDS(MadeInvitation, (invitation, about("For POST /register, once; only its digest is kept")),
               (expires_at, about("RFC 3339")))

// POST /admin/api/invitations: the code stands in this answer, and in the mail if there is to be one; stored is its
// digest. Refused: no_mail, if it is to be mailed and no mail is sent here.
Result<MadeInvitation> make_invitation(const Administrator& who, const InvitationWanted& wanted,
                                       domain::Administration& administration, domain::Recovery& recovery) {
    const auto made = administration.invite(
        {.life = std::chrono::days(wanted.days), .roles = wanted.roles, .email = wanted.email.value_or("")},
        who.rights(), recovery);
    if (!made) return made.error();
    return MadeInvitation{std::string(made->code.reveal()), rfc3339(made->expires_at)};
}

struct ShownInvitation {
    static constexpr std::string_view schema_name = "AdminOpenInvitation";
    std::string id;
    std::vector<std::string> roles;
    std::optional<std::string> email;
    std::string expires_at;
};
KEYHOLD_FIELDS(ShownInvitation, (id, about("Which it is; nobody can register with it")),
               (roles, about("Those that the account begins with")),
               (email, about("To whom it was mailed, who alone can use it; absent: it was mailed to nobody")),
               (expires_at, about("RFC 3339")))

struct InvitationList {
    static constexpr std::string_view schema_name = "AdminInvitations";
    std::vector<ShownInvitation> invitations;
    std::optional<std::string> next;
};
KEYHOLD_FIELDS(InvitationList, (invitations, about("Those that somebody could use, those first that end first")),
               (next, about("The cursor of the next page; absent on the last")))

// GET /admin/api/invitations: of whoever made them, also on the command line.
InvitationList list_open_invitations(const Onlooker&, const http::Query<http::Page>& wanted,
                                     domain::Administration& administration) {
    auto page = administration.list_invitations(wanted->cursor, wanted->limit);
    InvitationList list;
    for (domain::OpenInvitation& one : page.invitations)
        list.invitations.push_back({std::move(one.id), std::move(one.roles),
                                    one.email.empty() ? std::nullopt : std::optional(std::move(one.email)),
                                    rfc3339(one.expires_at)});
    if (!page.next.empty()) list.next = std::move(page.next);
    return list;
}

// DELETE /admin/api/invitations/{id}. It has no entity tag, so that an If-Match that names one is refused:
// precondition_failed. Refused also: not_found.
Result<> revoke_open_invitation(const Administrator&,
                                const http::Path<"id", std::string, about("As GET /admin/api/invitations says it")>& id,
                                const OptionalIfMatch& seen, domain::Administration& administration) {
    if (auto checked = seen.check_untagged(); !checked) return checked;
    return administration.revoke_invitation(*id);
}

}  // namespace

void add_admin_invitation_routes(http::Mount& mount) {
    using enum http::Method;
    using enum http::On;
    const std::string invitations = "/admin/api/invitations";
    mount.add(get, invitations,
              about_route("Invitations that nobody has used yet", looking_up,
                          "By pages. An invitation itself is shown "
                          "to whoever makes it, and to nobody afterwards."),
              list_open_invitations);
    mount.add(post, invitations,
              about_route("Make an invitation", storing,
                          "With it somebody makes one account, also where `registration` asks for none. The account "
                          "has the roles from the begin, of those that the administrator may give.",
                          {errors::rights_exceeded, errors::role_not_found, errors::rights_too_large, errors::no_mail}),
              make_invitation);
    mount.add(delete_, invitations + "/{id}",
              about_route("Take an invitation back", storing,
                          "Nobody can register with it any more. A mail with it that waits is not sent.",
                          {errors::not_found}),
              revoke_open_invitation);
}

}  // namespace keyhold::api
