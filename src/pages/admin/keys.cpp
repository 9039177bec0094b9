// SPDX-License-Identifier: Apache-2.0
// /admin/keys: the signing keys, what each is good for now, and their change. /admin/settings: what the server was
// started with.
#include "domain/errors.hpp"
#include "domain/server_facts.hpp"
#include "pages/admin/routes.hpp"

namespace keyhold::pages {
namespace {

// Empty for a moment that has not come, which the page does not show.
Value shown(const std::optional<Time>& time) { return time ? Value(*time) : Value(std::string()); }

// No keys where SECRET_KEY signs. Buttons that would be refused are not shown.
Values values_of(const AdminVisit& visit, const domain::OwnKeyRing& own) {
    std::vector<Values> list;
    const Time now = visit.site().clock.now();
    const domain::Keys keys = own.ring != nullptr ? own.ring->list() : domain::Keys();
    const domain::StoredKey* const last = domain::find_last_signer(keys);
    for (const domain::StoredKey& key : keys) {
        const auto state = domain::state_of(keys, key, now);
        const std::string name(domain::name_of(state));
        list.push_back({{"kid", key.kid},
                        {"algorithm", key.algorithm},
                        {"state", visit.text("admin_keys." + name)},
                        {"is_signing", state == domain::KeyState::signing},
                        // The only one that signs is retired by its successor alone: a button would be refused.
                        {"may_retire", state == domain::KeyState::next ||
                                           (state == domain::KeyState::signing && key.kid != last->kid)},
                        {"may_drop", state != domain::KeyState::dropped && state != domain::KeyState::expired},
                        {"since", key.created_at},
                        {"signs_from", shown(key.signs_from)},
                        {"verifies_until", shown(key.verifies_until)}});
    }
    return {{"has_keys", !list.empty()},
            {"keys", std::move(list)},
            {"how", how(visit, {{"admin_keys.rotate", "keyhold key rotate", "POST", "/admin/api/keys", "{}"},
                                {"admin_keys.retire", "keyhold key retire KID", "POST", "/admin/api/keys/KID/retire"},
                                {"admin_keys.drop", "keyhold key drop KID", "DELETE", "/admin/api/keys/KID"}})}};
}

// GET /admin/keys
Answer show_keys(const SupportVisit& visit, const http::Query<AdminDone>& way, const domain::OwnKeyRing& own) {
    Values values = values_of(visit, own);
    add_done(values, visit, "admin_keys", way->done);
    return visit.show("keys", std::move(values));
}

// `kid` is empty for "rotate", which is about no key in particular.
struct KeyAct {
    static constexpr std::string_view schema_name = "AdminKeyForm";
    static constexpr http::Notation notation = http::Notation::form;
    std::string action, kid;
};
KEYHOLD_FIELDS(KeyAct, (action, one_of("rotate", "retire", "drop")), (kid, may_be_absent()))

// POST /admin/keys
Answer change_keys(const DangerForm<KeyAct>& form, const domain::OwnKeyRing& own) {
    const auto& [visit, fields] = form;
    Result<> changed = Error(errors::key_conflict, "SECRET_KEY signs here: there are no keys of our own");
    const auto take = [&](const auto& result) { changed = result ? Result<>() : Result<>(result.error()); };
    if (own.ring != nullptr) {
        changed = Result<>();
        if (fields.action == "rotate") take(own.ring->rotate(domain::Begins::published));
        if (fields.action == "retire") take(own.ring->retire(fields.kid));
        if (fields.action == "drop") take(own.ring->drop(fields.kid));
    }
    if (!changed) return visit.show_error("keys", values_of(visit, own), changed.error());
    return visit.go_to("/admin/keys?done=" + fields.action);
}

// GET /admin/settings. Secrets are "(set)" in the list already.
Answer show_settings(const ManagerVisit& visit, const domain::ShownSettings& settings) {
    std::vector<Values> list;
    for (const domain::ShownSetting& one : settings.all)
        list.push_back({{"name", one.name},
                        {"value", one.value},
                        {"from", word_of_code(visit, "admin_settings.from", one.from)},
                        {"is_own", one.from != "default"}});
    return visit.show(
        "settings",
        {{"settings", std::move(list)},
         {"how", how(visit, {{"admin_settings.title", "keyhold config show", "GET", "/admin/api/settings"}})}});
}

}  // namespace

void add_admin_key_routes(http::Mount& mount) {
    mount.add(http::Method::get, "/admin/keys", admin_route("The signing keys", http::On::looking_up), show_keys);
    mount.add(http::Method::post, "/admin/keys", admin_route("Change the signing keys", http::On::storing),
              change_keys);
}

void add_admin_setting_routes(http::Mount& mount) {
    mount.add(http::Method::get, "/admin/settings", admin_route("The settings", http::On::looking_up), show_settings);
}

}  // namespace keyhold::pages
