// SPDX-License-Identifier: Apache-2.0
// /admin/outbox: mails that wait, were sent, or could not be.
#include "domain/outbox.hpp"

#include <array>

#include "domain/errors.hpp"
#include "pages/admin/routes.hpp"
#include "pages/own_path.hpp"

namespace keyhold::pages {
namespace {

constexpr std::array<std::string_view, 3> states{"waiting", "sent", "dead"};  // by MailState

struct Search {
    static constexpr std::string_view schema_name = "AdminOutboxWay";
    std::string state, cursor, done;
};
KEYHOLD_FIELDS(Search, (state, may_be_absent()), (cursor, may_be_absent()), (done, may_be_absent()))

std::optional<store::MailState> state_of(std::string_view word) {
    for (std::size_t i = 0; i < states.size(); ++i)
        if (word == states[i]) return static_cast<store::MailState>(i);
    return std::nullopt;
}

Values values_of(const AdminVisit& visit, const Search& wanted, store::OutboxStore& outbox) {
    constexpr int on_a_page = 50;
    const auto page = outbox.list(state_of(wanted.state), wanted.cursor, on_a_page);
    std::vector<Values> list, choices{{{"value", std::string()}, {"label", visit.text("admin_users.any")}}};
    for (const store::OutboxMail& mail : page.mails) {
        const auto state = states[static_cast<std::size_t>(mail.state)];
        list.push_back({{"mail", mail.id},
                        {"kind", mail.kind},
                        {"to", mail.address},
                        {"state", visit.text(std::string("admin_outbox.").append(state))},
                        {"is_dead", mail.state == store::MailState::dead},
                        {"is_open", mail.state != store::MailState::sent},
                        {"at", rfc3339(mail.created_at)},
                        {"due", mail.state == store::MailState::waiting ? rfc3339(mail.due_at) : std::string()},
                        {"attempts", std::to_string(mail.attempts)},
                        {"said", mail.said}});
    }
    for (const std::string_view state : states)
        choices.push_back({{"value", std::string(state)},
                           {"label", visit.text(std::string("admin_outbox.").append(state))},
                           {"chosen", state == wanted.state}});
    Values values{
        {"has_mails", !list.empty()},
        {"mails", std::move(list)},
        {"choices", std::move(choices)},
        {"how", how(visit, {{"admin_outbox.retry", "keyhold outbox retry ID", "POST", "/admin/api/outbox/ID/retry"},
                            {"admin_outbox.drop", "keyhold outbox drop ID", "DELETE", "/admin/api/outbox/ID"}})}};
    const std::string state = "state=" + encoded(wanted.state);
    if (!page.next.empty()) values.emplace_back("next", state + "&cursor=" + encoded(page.next));
    if (!wanted.cursor.empty()) add_first(values, state);
    return values;
}

// GET /admin/outbox
Answer show_outbox(const SupportVisit& visit, const http::Query<Search>& wanted, store::OutboxStore& outbox) {
    Values values = values_of(visit, *wanted, outbox);
    add_done(values, visit, "admin_outbox", wanted->done);
    return visit.show("outbox", std::move(values));
}

struct MailAct {
    static constexpr std::string_view schema_name = "AdminMailForm";
    static constexpr http::Notation notation = http::Notation::form;
    std::string action, mail;
};
KEYHOLD_FIELDS(MailAct, (action), (mail))

// POST /admin/outbox
Answer change_mail(const ManagerForm<MailAct>& form, store::OutboxStore& outbox) {
    const auto& [visit, fields] = form;
    const Time now = visit.site().clock.now();
    const bool is_drop = fields.action == "drop";
    const bool done = is_drop ? outbox.drop(fields.mail) : outbox.retry(fields.mail, now, now + domain::mail_life);
    if (done) return visit.go_to(is_drop ? "/admin/outbox?done=drop" : "/admin/outbox?done=retry");
    return visit.show_error("outbox", values_of(visit, {}, outbox),
                            Error(errors::key_conflict, visit.text("admin_outbox.gone")));
}

}  // namespace

void add_admin_outbox_routes(http::Mount& mount) {
    mount.add(http::Method::get, "/admin/outbox", admin_route("The outbox", http::On::looking_up), show_outbox);
    mount.add(http::Method::post, "/admin/outbox", admin_route("Change a mail", http::On::storing), change_mail);
}

}  // namespace keyhold::pages
