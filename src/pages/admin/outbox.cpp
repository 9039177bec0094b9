// SPDX-License-Identifier: Apache-2.0
// /admin/outbox: mails that wait, were sent, or could not be.
#include "domain/outbox.hpp"

#include "domain/errors.hpp"
#include "pages/admin/routes.hpp"
#include "pages/own_path.hpp"

namespace keyhold::pages {
namespace {

// What the query of the page asks for.
struct OutboxSearch {
    static constexpr std::string_view schema_name = "AdminOutboxWay";
    std::string state, cursor, done;
};
KEYHOLD_FIELDS(OutboxSearch, (state, may_be_absent()), (cursor, may_be_absent()), (done, may_be_absent()))

// Without a state the page shows mails that somebody may have to look after (OutboxStore::list_of_interest). Buttons
// that would be refused are not shown.
Values values_of(const AdminVisit& visit, const OutboxSearch& wanted, store::OutboxStore& outbox) {
    constexpr int on_a_page = 50;
    const auto state = store::find_mail_state(wanted.state);
    const auto page =
        state ? outbox.list(state, wanted.cursor, on_a_page) : outbox.list_of_interest(wanted.cursor, on_a_page);
    std::vector<Values> list, choices{{{"value", std::string()}, {"label", visit.text("admin_users.any")}}};
    for (const store::OutboxMail& mail : page.mails) {
        list.push_back({{"mail", mail.id},
                        {"kind", word_of_code(visit, "admin_mail", mail.kind)},
                        {"to", mail.address},
                        {"state", visit.text(std::string("admin_outbox.").append(store::name_of_state(mail.state)))},
                        {"is_dead", mail.state == store::MailState::dead},
                        {"is_open", mail.state != store::MailState::sent},
                        {"may_be_dropped", mail.state != store::MailState::waiting || !domain::is_notice(mail.kind)},
                        {"at", mail.created_at},
                        {"due", mail.state == store::MailState::waiting ? Value(mail.due_at) : Value(std::string())},
                        {"attempts", std::to_string(mail.attempts)},
                        {"said", mail.said}});
    }
    for (const std::string_view name : store::mail_states)
        choices.push_back({{"value", std::string(name)},
                           {"label", visit.text(std::string("admin_outbox.").append(name))},
                           {"chosen", name == wanted.state}});
    Values values{
        {"has_mails", !list.empty()},
        {"mails", std::move(list)},
        {"choices", std::move(choices)},
        {"how", how(visit, {{"admin_outbox.retry", "keyhold outbox retry ID", "POST", "/admin/api/outbox/ID/retry"},
                            {"admin_outbox.drop", "keyhold outbox drop ID", "DELETE", "/admin/api/outbox/ID"}})}};
    const std::string query = "state=" + encoded(wanted.state);
    if (!page.next.empty()) values.emplace_back("next", query + "&cursor=" + encoded(page.next));
    if (!wanted.cursor.empty()) add_first(values, query);
    return values;
}

// GET /admin/outbox
Answer show_outbox(const SupportVisit& visit, const http::Query<OutboxSearch>& wanted, store::OutboxStore& outbox) {
    Values values = values_of(visit, *wanted, outbox);
    add_done(values, visit, "admin_outbox", wanted->done);
    return visit.show("outbox", std::move(values));
}

// The buttons beside a mail.
struct MailAct {
    static constexpr std::string_view schema_name = "AdminMailForm";
    static constexpr http::Notation notation = http::Notation::form;
    std::string action, mail;
};
KEYHOLD_FIELDS(MailAct, (action, one_of("retry", "drop")), (mail))

// POST /admin/outbox
Answer change_mail(const ManagerForm<MailAct>& form, store::OutboxStore& outbox) {
    const auto& [visit, fields] = form;
    const bool is_drop = fields.action == "drop";
    const Result<> done = is_drop ? domain::drop_mail(outbox, fields.mail, domain::DroppedBy::an_administrator)
                                  : domain::retry_mail(outbox, fields.mail, visit.site().clock.now());
    if (done) return visit.go_to(is_drop ? "/admin/outbox?done=drop" : "/admin/outbox?done=retry");
    // The refusal says why: the mail is gone, must not be dropped, or its link has expired.
    const bool is_gone = done.error().errc() != errors::key_conflict;
    const char* const why = is_gone ? "admin_outbox.gone" : is_drop ? "admin_outbox.notice" : "admin_outbox.over";
    Values values = values_of(visit, {}, outbox);
    values.emplace_back("error", visit.text(why));
    return visit.show_error("outbox", std::move(values), Error(errors::key_conflict));
}

}  // namespace

void add_admin_outbox_routes(http::Mount& mount) {
    mount.add(http::Method::get, "/admin/outbox", admin_route("The outbox", http::On::looking_up), show_outbox);
    mount.add(http::Method::post, "/admin/outbox", admin_route("Change a mail", http::On::storing), change_mail);
}

}  // namespace keyhold::pages
