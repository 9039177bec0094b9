// SPDX-License-Identifier: Apache-2.0
// /admin/users/new: an account for somebody, and invitations, with which somebody makes one.
#include <array>
#include <chrono>

#include "base/base64url.hpp"
#include "base/text.hpp"
#include "domain/accounts/administration.hpp"
#include "domain/accounts/recovery.hpp"
#include "domain/accounts/roles.hpp"
#include "domain/errors.hpp"
#include "pages/admin/routes.hpp"
#include "pages/own_path.hpp"

namespace keyhold::pages {
namespace {

using domain::Administration;

struct NewUser {
    static constexpr std::string_view schema_name = "AdminNewUserForm";
    static constexpr http::Notation notation = http::Notation::form;
    std::string username, email;
    Secret password;
};
KEYHOLD_FIELDS(NewUser, (username, may_be_absent()), (email, may_be_absent()), (password, may_be_absent()))

struct InvitationForm {
    static constexpr std::string_view schema_name = "AdminInvitationForm";
    static constexpr http::Notation notation = http::Notation::form;
    int days = 7;
    std::string role, invited_email;
};
KEYHOLD_FIELDS(InvitationForm, (days, range(1, 365), otherwise(7)), (role, may_be_absent()),
               (invited_email, may_be_absent()))

// Those that end first: whoever has more looks with the command, or by the API.
std::vector<Values> open_invitations(Administration& administration) {
    constexpr int on_the_page = 50;
    std::vector<Values> list;
    for (const domain::OpenInvitation& one : administration.list_invitations({}, on_the_page).invitations)
        list.push_back({{"id", one.id},
                        {"with_roles", joined(one.roles, ", ")},
                        {"mailed_to", one.email},
                        {"good_until", one.expires_at}});
    return list;
}

// What was typed into either form.
Values values_of(const AdminVisit& visit, const std::string& username, const std::string& email, domain::Roles& roles,
                 Administration& administration, const InvitationForm& invitation = {}) {
    std::vector<Values> choices;
    auto open = open_invitations(administration);
    for (const store::Role& role : roles_to_give(visit, roles))
        choices.push_back({{"value", role.name}, {"chosen", role.name == invitation.role}});
    return {{"username", username},
            {"email", email},
            {"days", std::to_string(invitation.days)},
            {"invited_email", invitation.invited_email},
            {"roles_to_choose", std::move(choices)},
            {"sends_mails", visit.site().sends_mails},
            {"has_open", !open.empty()},
            {"open", std::move(open)},
            {"by_invitation", visit.site().registration == domain::RegistrationPolicy::invite},
            {"how", how(visit, {{"admin_new_user.do", "keyhold user add NAME", "POST", "/admin/api/users",
                                 R"({"username":"NAME","password":"PASSWORD"})"},
                                {"admin_new_user.invite", "keyhold user invite --days 7 --role ROLE", "POST",
                                 "/admin/api/invitations", R"({"days":7,"roles":["ROLE"]})"},
                                {"admin_new_user.take_back", "keyhold user revoke-invitation ID", "DELETE",
                                 "/admin/api/invitations/ID"}})}};
}

// A password that nobody knows: its owner comes in by a link, or sets another one by a mail.
Secret unknown_password(Random& random) {
    std::array<unsigned char, 32> bytes;
    random.fill(bytes);
    return Secret(base64url::encode({reinterpret_cast<const char*>(bytes.data()), bytes.size()}));
}

// GET /admin/users/new
Answer show_new_user(const ManagerVisit& visit, const http::Query<AdminDone>& way, domain::Roles& roles,
                     Administration& administration) {
    Values values = values_of(visit, {}, {}, roles, administration);
    add_done(values, visit, "admin_new_user", way->done);
    return visit.show("new_user", std::move(values));
}

// POST /admin/users/new
Answer add_new_user(const ManagerForm<NewUser>& form, Administration& administration, domain::Roles& roles) {
    const auto& [visit, fields] = form;
    domain::Accounts::Called called{.username = fields.username};
    if (!fields.email.empty()) called.email = fields.email;
    const Secret unknown = unknown_password(visit.site().random);
    const Secret& password = fields.password.empty() ? unknown : fields.password;
    const auto made = administration.create(called, password, {}, visit.rights());
    if (!made)
        return visit.show_error("new_user", values_of(visit, fields.username, fields.email, roles, administration),
                                made.error());
    return visit.go_to("/admin/users/" + made->id + "?done=added");
}

// What is wrong with the address stands beside its field, which has another name than that of a new account.
Error of_invitation(const Error& error) {
    if (error.fields().empty()) return error;
    auto fields = error.fields();
    for (FieldError& field : fields) field.loc = {"body", "invited_email"};
    return Error(error.errc(), std::move(fields));
}

// POST /admin/users/invite: the code is in the answer, once, and nowhere else.
Result<Answer> invite(const ManagerForm<InvitationForm>& form, Administration& administration, domain::Roles& roles,
                      domain::Recovery& recovery) {
    const auto& [visit, fields] = form;
    // An invitation that gives a role asks for the administrator's password first.
    if (!fields.role.empty())
        if (auto recent = check_recent(visit); !recent) return std::move(recent).error();
    domain::InvitationWanted wanted{.life = std::chrono::days(fields.days), .email = fields.invited_email};
    if (!fields.role.empty()) wanted.roles.push_back(fields.role);
    const auto made = administration.invite(wanted, visit.rights(), recovery);
    Values values = values_of(visit, {}, {}, roles, administration, fields);
    if (!made) return visit.show_error("new_user", std::move(values), of_invitation(made.error()));
    const std::string code(made->code.reveal());
    values.emplace_back("invitation", code);
    values.emplace_back("link", links_begin_with(visit) + "/invited?invitation=" + encoded(code));
    values.emplace_back("until", made->expires_at);
    return visit.show("new_user", std::move(values));
}

struct RevokedInvitation {
    static constexpr std::string_view schema_name = "AdminRevokeInvitationForm";
    static constexpr http::Notation notation = http::Notation::form;
    std::string id;
};
KEYHOLD_FIELDS(RevokedInvitation, (id))

// POST /admin/users/invitations
Answer revoke_invitation(const ManagerForm<RevokedInvitation>& form, Administration& administration) {
    // One that is used, over or taken back already cannot be used, which is what was wanted.
    const bool is_new = administration.revoke_invitation(form.fields.id).ok();
    return form.visit.go_to(is_new ? "/admin/users/new?done=taken_back" : "/admin/users/new");
}

}  // namespace

void add_admin_new_user_routes(http::Mount& mount) {
    using enum http::Method;
    mount.add(get, "/admin/users/new", admin_route("The page to add a user", http::On::looking_up), show_new_user);
    mount.add(post, "/admin/users/new", admin_route("Add a user", http::On::hashing), add_new_user);
    mount.add(post, "/admin/users/invite", admin_route("Make an invitation", http::On::storing), invite);
    mount.add(post, "/admin/users/invitations", admin_route("Take an invitation back", http::On::storing),
              revoke_invitation);
}

}  // namespace keyhold::pages
