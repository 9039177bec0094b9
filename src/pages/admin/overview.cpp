// SPDX-License-Identifier: Apache-2.0
// /admin: how many there are, what happened in the last days, and what somebody should look after.
#include <chrono>

#include "base/command_names.hpp"
#include "domain/activity.hpp"
#include "domain/backups.hpp"
#include "domain/outbox.hpp"
#include "domain/passwords/stored_hashes.hpp"
#include "domain/server_facts.hpp"
#include "pages/admin/chart.hpp"
#include "pages/admin/routes.hpp"

namespace keyhold::pages {
namespace {

using domain::Activity;

// In hours, as the report counts by the hour.
constexpr std::size_t day = 24, week = 7 * day, month = 30 * day;

// The newest hour is the last one.
Activity::Hour sum_of_last(const Activity::Report& report, std::size_t hours) {
    Activity::Hour sum;
    for (std::size_t i = Activity::hours - hours; i < Activity::hours; ++i) sum += report.by_hour[i];
    return sum;
}

// The last `hours`, so many of them in a bar.
Values chart(const Visit& visit, const Activity::Report& report, std::string_view title, std::size_t hours,
             std::size_t in_a_bar) {
    std::vector<Bar> bars;
    for (std::size_t begin = Activity::hours - hours; begin < Activity::hours; begin += in_a_bar) {
        Activity::Hour sum;
        for (std::size_t i = begin; i < begin + in_a_bar; ++i) sum += report.by_hour[i];
        bars.push_back(
            {report.begin + std::chrono::hours(static_cast<std::int64_t>(begin)), sum.signed_in, sum.refused});
    }
    return chart_of(visit.text(title), bars);
}

// A number of the last day, beside those of a week and a month.
Values tile(const Visit& visit, std::string_view label, std::int64_t of_day, std::int64_t of_week,
            std::int64_t of_month) {
    return {{"label", visit.text(label)},
            {"number", std::to_string(of_day)},
            {"more", visit.text("admin_overview.week_month",
                                {{"week", std::to_string(of_week)}, {"month", std::to_string(of_month)}})}};
}

// What needs attention, the more pressing first: a sentence and the page that helps.
class Attention {
public:
    explicit Attention(const Visit& visit) : visit_(visit) {}
    void say(std::string_view key, std::string path, const Values& values = {}) {
        list_.push_back({{"sentence", visit_.text(std::string("admin_attention.").append(key), values)},
                         {"path", std::move(path)}});
    }
    // What settings are unsafe is said by the server, in English.
    void add(std::string sentence, std::string path) {
        name_commands(sentence, visit_.site().program);
        list_.push_back({{"sentence", std::move(sentence)}, {"path", std::move(path)}, {"is_english", true}});
    }
    std::vector<Values> take() { return std::move(list_); }

private:
    const Visit& visit_;
    std::vector<Values> list_;
};

// A shared secret is no fault, but verifiers could sign with it; no key at all means that nobody can log in.
void look_at_keys(Attention& attention, const domain::OwnKeyRing& own, Time now) {
    constexpr std::chrono::days old{365};  // four times the time after which a key gets a successor by itself
    if (own.ring == nullptr) return attention.say("shared_secret", "/keys");
    const domain::Keys keys = own.ring->list();
    const domain::StoredKey* const signer = domain::find_signer(keys, now);
    if (signer == nullptr) return attention.say("no_key", "/keys");
    const auto age = std::chrono::duration_cast<std::chrono::days>(now - signer->created_at);
    if (age >= old) attention.say("old_key", "/keys", {{"days", std::to_string(age.count())}});
}

// Accounts whose hashes are weaker than ours; the next log-in makes each of them anew.
void look_at_hashes(Attention& attention, const domain::StoredHashes& hashes) {
    if (const auto weak = hashes.count_of_weak().value_or(0); weak > 0)
        attention.say("weak_hashes", "", {{"count", std::to_string(weak)}});
}

// Backups are made by owners; others are told nothing of them.
void look_at_backups(Attention& attention, domain::Backups& backups, Time now) {
    constexpr std::chrono::days old{7};
    if (!backups.are_possible()) return;
    const auto last = backups.last();
    if (!last) return attention.say("no_backup", "/backups");
    const auto age = std::chrono::duration_cast<std::chrono::days>(now - *last);
    if (age >= old) attention.say("old_backup", "/backups", {{"days", std::to_string(age.count())}});
}

// GET /admin
Answer show_overview(const SupportVisit& visit, domain::Activity& activity, store::OutboxStore& outbox,
                     const domain::OwnKeyRing& own, const domain::ShownSettings& settings,
                     const domain::StoredHashes& hashes, domain::Backups& backups) {
    const Activity::Report report = activity.report();
    const auto of_day = sum_of_last(report, day), of_week = sum_of_last(report, week),
               of_month = sum_of_last(report, month);
    Attention attention(visit);
    if (visit.may_change())  // who may not see the settings is told nothing of them either
        for (const std::string& doubt : settings.doubts) attention.add(doubt, "/settings");
    if (const auto dead = outbox.count(store::MailState::dead); dead > 0)
        attention.say("dead_mails", "/outbox?state=dead", {{"count", std::to_string(dead)}});
    look_at_keys(attention, own, visit.site().clock.now());
    look_at_hashes(attention, hashes);
    if (visit.level() == Level::owner) look_at_backups(attention, backups, visit.site().clock.now());
    auto list = attention.take();
    return visit.show(
        "overview",
        {{"tiles",
          std::vector<Values>{
              {{"label", visit.text("admin_users.title")},
               {"number", std::to_string(report.users)},
               {"more", visit.text("admin_overview.new_users", {{"day", std::to_string(of_day.registered)},
                                                                {"week", std::to_string(of_week.registered)},
                                                                {"month", std::to_string(of_month.registered)}})}},
              tile(visit, "admin_overview.signed_in", of_day.signed_in, of_week.signed_in, of_month.signed_in),
              tile(visit, "admin_overview.refused", of_day.refused, of_week.refused, of_month.refused)}},
         {"has_attention", !list.empty()},
         {"attention", std::move(list)},
         {"is_counting", !report.is_complete},
         {"charts", std::vector<Values>{chart(visit, report, "admin_overview.day", day, 1),
                                        chart(visit, report, "admin_overview.week", week, 6),
                                        chart(visit, report, "admin_overview.month", month, day)}}});
}

}  // namespace

void add_admin_overview_routes(http::Mount& mount) {
    mount.add(http::Method::get, "/admin", admin_route("How the server is", http::On::looking_up), show_overview);
}

}  // namespace keyhold::pages
