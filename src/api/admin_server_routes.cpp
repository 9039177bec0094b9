// SPDX-License-Identifier: Apache-2.0
// /admin/api/keys, /admin/api/outbox and /admin/api/settings: what the server itself works with.
#include "api/admin_shapes.hpp"
#include "api/routes.hpp"
#include "domain/outbox.hpp"
#include "domain/server_facts.hpp"
#include "http/errors.hpp"

namespace keyhold::api {
namespace {

using KeyName = http::Path<"kid", std::string, about("The key's name in tokens and in the JWK Set")>;
using MailId = http::Path<"id", std::string, about("The mail's id, from GET /admin/api/outbox")>;

struct ShownKey {
    static constexpr std::string_view schema_name = "AdminKey";
    std::string kid, algorithm, state, created_at;
    std::optional<std::string> signs_from, verifies_until, dropped_at;
};
KEYHOLD_FIELDS(ShownKey, (kid, about("Its name in tokens and in the JWK Set")), (algorithm, about("`ES256`, say")),
               (state, about("`next`, `signing`, `retired`, `expired` or `dropped`")),
               (created_at, about("RFC 3339, as the others")), (signs_from, about("Absent: never again")),
               (verifies_until, about("Absent: there is no successor yet")),
               (dropped_at, about("Since when its tokens are refused")))

struct KeyList {
    static constexpr std::string_view schema_name = "AdminKeys";
    std::vector<ShownKey> keys;
};
KEYHOLD_FIELDS(KeyList, (keys, about("Empty where SECRET_KEY signs")))

std::optional<std::string> shown_time(const std::optional<Time>& time) {
    return time ? std::optional(rfc3339(*time)) : std::nullopt;
}

ShownKey shown_key(const domain::Keys& keys, const domain::StoredKey& key, Time now) {
    return {.kid = key.kid,
            .algorithm = key.algorithm,
            .state = std::string(domain::name_of(domain::state_of(keys, key, now))),
            .created_at = rfc3339(key.created_at),
            .signs_from = shown_time(key.signs_from),
            .verifies_until = shown_time(key.verifies_until),
            .dropped_at = shown_time(key.dropped_at)};
}

// The key that was changed, as it is now.
// Read anew, because another process may have changed the keys since.
Result<ShownKey> shown_now(domain::KeyRing& ring, const Result<domain::StoredKey>& changed, Time now) {
    if (!changed) return changed.error();
    const domain::Keys keys = ring.list();
    const domain::StoredKey* const key = domain::find_key(keys, changed->kid);
    return shown_key(keys, key != nullptr ? *key : *changed, now);
}

// Where one shared SECRET_KEY signs, as the tutorial has it, there is no ring of keys to change: 409.
Error secret_signs() { return Error(errors::key_conflict, "SECRET_KEY signs here: there are no keys of our own"); }

// GET /admin/api/keys: none where SECRET_KEY signs.
KeyList list_keys(const Onlooker&, const domain::OwnKeyRing& own, const Clock& clock) {
    KeyList list;
    if (own.ring == nullptr) return list;
    const domain::Keys keys = own.ring->list();
    for (const domain::StoredKey& key : keys) list.keys.push_back(shown_key(keys, key, clock.now()));
    return list;
}

struct Rotation {
    static constexpr std::string_view schema_name = "AdminKeyRotation";
    bool at_once = false;
};
KEYHOLD_FIELDS(Rotation, (at_once,
                          about("For emergencies: sign at once; whoever keeps our public keys refuses its tokens until "
                                "he fetches them again"),
                          otherwise(false)))

// POST /admin/api/keys: a successor. It is published first and signs later, when everybody who keeps our public keys
// has fetched it; `at_once` does without the wait. Refused: key_conflict, if SECRET_KEY signs or a successor waits
// already.
Result<ShownKey> rotate_key(const Administrator&, const Rotation& wanted, const domain::OwnKeyRing& own,
                            const Clock& clock) {
    if (own.ring == nullptr) return secret_signs();
    const auto begins = wanted.at_once ? domain::Begins::at_once : domain::Begins::published;
    return shown_now(*own.ring, own.ring->rotate(begins), clock.now());
}

// POST /admin/api/keys/{kid}/retire: it does not sign once its successor does; what it has signed stays good until it
// expires. A key that waits for its time is withdrawn. Refused: key_not_found; key_conflict, if no other key signs.
Result<ShownKey> retire_key(const Administrator&, const KeyName& kid, const OptionalIfMatch& seen,
                            const domain::OwnKeyRing& own, const Clock& clock) {
    if (auto checked = seen.check_untagged(); !checked) return std::move(checked).error();
    if (own.ring == nullptr) return secret_signs();
    return shown_now(*own.ring, own.ring->retire(*kid), clock.now());
}

// DELETE /admin/api/keys/{kid}: for a key that somebody else may have. All its tokens are refused from the answer on,
// and its successor signs.
Result<ShownKey> drop_key(const Administrator&, const KeyName& kid, const OptionalIfMatch& seen,
                          const domain::OwnKeyRing& own, const Clock& clock) {
    if (auto checked = seen.check_untagged(); !checked) return std::move(checked).error();
    if (own.ring == nullptr) return secret_signs();
    const auto dropped = own.ring->drop(*kid);
    if (!dropped) return dropped.error();
    return shown_now(*own.ring, dropped->key, clock.now());
}

struct ShownMail {
    static constexpr std::string_view schema_name = "AdminMail";
    std::string id, state, kind, address, account_id, language, origin, created_at;
    std::optional<std::string> due_at, settled_at;
    std::string expires_at;
    std::int64_t attempts = 0;
    std::string said;
};
KEYHOLD_FIELDS(ShownMail, (id, about("Also its Message-ID")),
               (state, about("`waiting`, `sent`, `dead`, or `void`: nobody was to get it")),
               (kind, about("What it says: `reset`, `password_changed` ...")), (address, about("To whom")),
               (account_id, about("Whose address it was; empty: nobody's")), (language, about("Of the mail")),
               (origin, about("Who caused it")), (created_at, about("RFC 3339, as the others")),
               (due_at, about("The next try, if it waits")), (settled_at, about("When it was sent or given up")),
               (expires_at, about("Nobody tries it any more then")), (attempts, about("How often it was tried")),
               (said, about("What the mail server answered last")))

struct MailSearch {
    std::optional<std::string> state;
    int limit = 100;
    std::string cursor;
};
KEYHOLD_FIELDS(MailSearch, (state, about("Only those"), one_of("waiting", "sent", "dead", "void")),
               (limit, range(1, 1000), otherwise(100), about("How many a page has at most")),
               (cursor, about("`next` of the page before"), otherwise("")))

struct MailList {
    static constexpr std::string_view schema_name = "AdminOutbox";
    std::vector<ShownMail> mails;
    std::optional<std::string> next;
};
KEYHOLD_FIELDS(MailList, (mails, about("Newest first")),
               (next, about("The cursor of the next page; absent on the last")))

ShownMail shown_mail(const store::OutboxMail& mail) {
    const bool waits = mail.state == store::MailState::waiting;
    return {.id = mail.id,
            .state = std::string(store::name_of_state(mail.state)),
            .kind = mail.kind,
            .address = mail.address,
            .account_id = mail.account,
            .language = mail.language,
            .origin = mail.origin,
            .created_at = rfc3339(mail.created_at),
            .due_at = waits ? std::optional(rfc3339(mail.due_at)) : std::nullopt,
            .settled_at = shown_time(mail.settled_at),
            .expires_at = rfc3339(mail.expires_at),
            .attempts = mail.attempts,
            .said = mail.said};
}

Error there_is_no_such_mail() { return Error(errors::not_found, "There is no such mail in the outbox"); }

// GET /admin/api/outbox
MailList list_mails(const Onlooker&, const http::Query<MailSearch>& wanted, store::OutboxStore& outbox) {
    const auto page = outbox.list(store::find_mail_state(wanted->state.value_or("")), wanted->cursor, wanted->limit);
    MailList list;
    for (const store::OutboxMail& mail : page.mails) list.mails.push_back(shown_mail(mail));
    if (!page.next.empty()) list.next = page.next;
    return list;
}

Result<ShownMail> find_mail(store::OutboxStore& outbox, std::string_view id) {
    const auto mail = outbox.find(id);
    if (!mail) return there_is_no_such_mail();
    return shown_mail(*mail);
}

// GET /admin/api/outbox/{id}
Result<ShownMail> show_mail(const Onlooker&, const MailId& id, store::OutboxStore& outbox) {
    return find_mail(outbox, *id);
}

// POST /admin/api/outbox/{id}/retry: due now, and tried for 24 hours. Refused: not_found; key_conflict, if it was sent,
// or if its link has expired and would not work.
Result<ShownMail> retry_mail(const Administrator&, const MailId& id, const OptionalIfMatch& seen,
                             store::OutboxStore& outbox, const Clock& clock) {
    if (auto checked = seen.check_untagged(); !checked) return std::move(checked).error();
    if (auto done = domain::retry_mail(outbox, *id, clock.now()); !done) return std::move(done).error();
    return find_mail(outbox, *id);
}

// DELETE /admin/api/outbox/{id}: it is not sent. Refused: not_found; key_conflict, for a notice to somebody that his
// account was changed: an administrator must not suppress the news of what he has done.
Result<> drop_mail(const Administrator&, const MailId& id, const OptionalIfMatch& seen, store::OutboxStore& outbox) {
    if (auto checked = seen.check_untagged(); !checked) return checked;
    return domain::drop_mail(outbox, *id, domain::DroppedBy::an_administrator);
}

struct OneSetting {
    static constexpr std::string_view schema_name = "AdminSetting";
    std::string name, value, from;
};
KEYHOLD_FIELDS(OneSetting, (name, about("As in `keyhold config show`")), (value, about("`(set)` of a secret")),
               (from, about("`flag`, the variable, the file, or `default`")))

struct SettingList {
    static constexpr std::string_view schema_name = "AdminSettings";
    std::vector<OneSetting> settings;
};
KEYHOLD_FIELDS(SettingList, (settings, about("Those that the server was started with")))

// GET /admin/api/settings: those of the start, also where a reload has changed one. Secrets are
// "(set)". For administrators, not for support.
SettingList list_settings(const Administrator&, const domain::ShownSettings& shown) {
    SettingList list;
    for (const domain::ShownSetting& one : shown.all) list.settings.push_back({one.name, one.value, one.from});
    return list;
}

}  // namespace

void add_admin_server_routes(http::Mount& mount) {
    using enum http::Method;
    using enum http::On;
    constexpr Errc no_key = errors::key_not_found, in_the_way = errors::key_conflict, no_mail = errors::not_found;
    const std::string keys = "/admin/api/keys", key = keys + "/{kid}";
    mount.add(get, keys, about_route("The signing keys", looking_up, "Every key, and what it is good for now."),
              list_keys);
    mount.add(post, keys,
              about_route("Give the signing key a successor", storing,
                          "It is published at once, and signs when everybody has had time to fetch it.", {in_the_way}),
              rotate_key);
    mount.add(post, key + "/retire",
              about_route("Withdraw a key that waits for its time", storing,
                          "It will not sign; what it has signed verifies until it runs out.", {no_key, in_the_way}),
              retire_key);
    mount.add(
        delete_, key,
        about_route("Give a key up at once", storing,
                    "All its tokens are refused from the answer on, and its successor signs.", {no_key, in_the_way}),
        drop_key);
    const std::string outbox = "/admin/api/outbox", mail = outbox + "/{id}";
    mount.add(get, outbox,
              about_route("Mails that wait, were sent or could not be", looking_up, "Newest first, by pages."),
              list_mails);
    mount.add(get, mail, about_route("One mail", looking_up, "What became of it. A mail holds no secret.", {no_mail}),
              show_mail);
    mount.add(post, mail + "/retry",
              about_route("Try a mail again", storing, "It is due now, and for 24 hours.", {no_mail, in_the_way}),
              retry_mail);
    mount.add(delete_, mail,
              about_route("Forget a mail", storing,
                          "It is not sent. While it waits, a mail that tells of a change of an account cannot be "
                          "forgotten here.",
                          {no_mail, in_the_way}),
              drop_mail);
    mount.add(get, "/admin/api/settings",
              about_route("The settings", looking_up, "Each with where it comes from. Secrets are not shown."),
              list_settings);
}

}  // namespace keyhold::api
