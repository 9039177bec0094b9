// SPDX-License-Identifier: Apache-2.0
#include "domain/accounts/recovery.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/id.hpp"
#include "domain/accounts/email_address.hpp"
#include "domain/accounts/roles.hpp"
#include "domain/errors.hpp"
#include "domain/sessions/sessions.hpp"
#include "store/stores.hpp"

namespace keyhold::domain {

namespace {

using namespace std::chrono_literals;

constexpr std::string_view reset_kind = "reset", verify_kind = "verify", change_new_kind = "change_new",
                           change_old_kind = "change_old", address_changed_kind = "address_changed",
                           not_me_purpose = "not_me", undo_purpose = "undo_change";

enum class Code : std::uint8_t { none, too };

// What a kind of mail (web/mails) lets its reader do.
struct Kind {
    std::string_view name;
    std::string_view purpose = {};  // of its link and code; empty: it has neither
    std::string_view page = {};     // that the link leads to
    std::chrono::seconds life = {};
    Code code = Code::none;      // beside the link
    bool may_be_denied = false;  // it has a link for whoever did not ask for it
};
constexpr std::array kinds{
    Kind{reset_kind, reset_kind, "/reset", 20min, Code::too, true},
    Kind{verify_kind, verify_kind, "/verify", 24h, Code::too},
    Kind{change_new_kind, change_new_kind, "/confirm-address", 24h, Code::too},
    Kind{change_old_kind, change_old_kind, "/agree-address", 24h, Code::too, true},
    Kind{address_changed_kind, undo_purpose, "/undo-address", undo_life},
    Kind{.name = "password_changed", .may_be_denied = true},
    Kind{.name = "new_device", .may_be_denied = true},
};
constexpr std::string_view invited_kind = "invited", invited_page = "/invited";
constexpr std::string_view not_me_page = "/not-me";
constexpr std::chrono::hours not_me_life{7 * 24};  // somebody reads his mails once a week

constexpr std::int64_t requests_per_minute = 10;  // of a client's requests, so many come back
// Of 1,000 mails an hour one network gets 200, ten get 893 of them together, and everybody else still gets theirs.
constexpr std::int64_t parts_of_network = 4;

const Kind* find_kind(std::string_view name) {
    const auto* const found = std::ranges::find(kinds, name, &Kind::name);
    return found == kinds.end() ? nullptr : found;
}

// Of whom a mail's link and code are.
std::string subject_of(const store::OutboxMail& mail) { return mail.account.empty() ? mail.address : mail.account; }

// To whom, as it was typed. A mail to an address that somebody else has typed is kept under the address's key, so that
// all its spellings are counted as one (store::MailLimits::of_recipient).
const std::string& recipient_of(const store::OutboxMail& mail) {
    return mail.kind == change_new_kind && !mail.other_address.empty() ? mail.other_address : mail.address;
}

// What a link is about: the address that is asked for, verified, or to be restored.
std::string address_in(const store::OutboxMail& mail, const Account* account) {
    if (mail.kind == change_new_kind) return recipient_of(mail);
    if (mail.kind == address_changed_kind) return mail.address;
    if (mail.kind == change_old_kind) return mail.other_address;
    return account != nullptr ? account->email_key.value_or("") : mail.address;
}

// Somebody may register another person's address and choose any username. So until the address is verified, no mail
// repeats the username.
const std::string& name_in_mails(const Account& account) {
    return account.email && !account.email_verified ? *account.email : account.username;
}

}  // namespace

std::optional<std::chrono::seconds> life_of_links(std::string_view kind) {
    const Kind* const found = find_kind(kind);
    return found != nullptr && !found->purpose.empty() ? std::optional(found->life) : std::nullopt;
}

const Section& recovery_section() {
    static const Section section = make_section<RecoverySettings>(
        "recovery", "How many mails may be asked for: [recovery.md](recovery.md).", recovery_setting_rows);
    return section;
}

Recovery::Recovery(const store::Stores& stores, Accounts& accounts, OneTimeLinks& links, const Clock& clock,
                   Random& random, Rules rules)
    : store_(stores.database),
      secrets_(stores.database),
      profiles_(stores.database),
      accounts_(accounts),
      links_(links),
      clock_(clock),
      random_(random),
      rules_(std::move(rules)),
      clients_(rules_.settings.requests_per_client, requests_per_minute) {}

Result<> Recovery::check_client(std::string_view address) {
    if (!is_available()) return errors::no_mail;
    return clients_.spend(address, clock_.now(), errors::too_many_mails, "mails");
}

Result<> Recovery::write(store::OutboxMail mail, std::optional<store::OutboxMail> also, std::string_view for_account) {
    mail.expires_at = mail.created_at + find_kind(mail.kind)->life;
    const Time since = mail.created_at - store::mails_count_for;
    const auto recipient = parse_email_address(mail.address);
    // Ids begin with their time; what is behind it is random.
    constexpr std::size_t size_of_time = 13;
    const std::string first_id = make_id(since, random_).substr(0, size_of_time);
    if (store_.ask(mail,
                   {.since = since,
                    .first_id = first_id,
                    .of_recipient = rules_.settings.mails_per_recipient,
                    .of_account = rules_.settings.mails_per_recipient,
                    .of_all = rules_.settings.mails_per_hour,
                    .recipient_key = recipient ? std::string_view(recipient->key) : std::string_view(),
                    // Where addresses are not looked at, everybody comes from one: the application's own.
                    .parts_of_network = rules_.settings.requests_per_client > 0 ? parts_of_network : 0},
                   also ? &*also : nullptr, for_account))
        return {};
    // By then the last of them counts no more, whichever of the limits it was.
    const std::chrono::seconds window = store::mails_count_for;
    return Error(errors::too_many_mails, Quota{"mails", rules_.settings.mails_per_recipient, window, window});
}

// Looks for nobody: what happens here is the same whether somebody has the address or not.
Result<> Recovery::ask_reset(std::string_view email, const Cause& cause, std::string_view for_account) {
    const auto address = parse_email_address(email);
    if (!address) return address.error();
    if (auto checked = check_client(cause.origin); !checked) return checked;
    return write(make_mail(reset_kind, {}, address->key, cause, clock_.now(), random_), {}, for_account);
}

Result<> Recovery::ask_verify(std::string_view account_id, const Cause& cause) {
    const auto account = accounts_.find_by_id(account_id);
    if (!account || !account->email || account->email_verified) return errors::nothing_to_verify;
    if (auto checked = check_client(cause.origin); !checked) return checked;
    return write(make_mail(verify_kind, account->id, *account->email, cause, clock_.now(), random_));
}

bool Recovery::is_usable(std::string_view purpose, std::string_view token) {
    return store_.find_usable({OneTimeLinks::digest_of(token), std::string(purpose), clock_.now()}).has_value();
}

std::optional<Recovery::About> Recovery::find_about(std::string_view purpose, std::string_view token) {
    const auto secret = store_.find_usable({OneTimeLinks::digest_of(token), std::string(purpose), clock_.now()});
    if (!secret) return std::nullopt;
    // A link for a new password is of an address, whoever has it; the others are of an account.
    auto account =
        purpose == reset_kind ? accounts_.find_by_email_key(secret->subject) : accounts_.find_by_id(secret->subject);
    if (!account) return std::nullopt;
    return About{*std::move(account), secret->address};
}

std::optional<store::OneTimeSecret> Recovery::find(std::string_view purpose, std::string_view subject,
                                                   const Shown& shown) {
    const Time now = clock_.now();
    if (!shown.token.empty())
        return store_.find_usable({OneTimeLinks::digest_of(shown.token), std::string(purpose), now});
    links_.make_key();
    return store_.try_code({purpose, subject, now}, [&](const store::OneTimeSecret& secret) {
        return links_.opens(shown.code, secret.mail_id, purpose);
    });
}

Result<> Recovery::reset(const Shown& shown, const Secret& new_password, const Cause& cause) {
    std::string key;
    if (shown.token.empty()) {
        auto address = parse_email_address(shown.email);
        if (!address) return std::move(address).error();
        key = std::move(address->key);
    }
    const auto secret = find(reset_kind, key, shown);
    if (!secret) return errors::one_time_secret_invalid;
    const auto account = accounts_.find_by_email_key(secret->subject);
    if (!account) return errors::one_time_secret_invalid;
    const store::SecretUse use{secret->digest, secret->purpose, clock_.now()};
    return accounts_.reset_password(*account, new_password, use, cause, store_);
}

Result<> Recovery::verify(std::string_view account_id, const Shown& shown) {
    const auto secret = find(verify_kind, account_id, shown);
    // Somebody else's link is not used up by whoever it was not sent to.
    if (!secret || secret->subject != account_id) return errors::one_time_secret_invalid;
    if (!store_.verify_email({secret->digest, secret->purpose, clock_.now()}, account_id, secret->address))
        return errors::one_time_secret_invalid;
    return {};
}

Result<> Recovery::ask_change(std::string_view account_id, std::string_view email, const Cause& cause) {
    const auto address = parse_email_address(email);
    if (!address) return address.error();
    const auto account = accounts_.find_by_id(account_id);
    if (!account) return errors::nothing_to_change;
    if (account->email_key == address->key) return errors::nothing_to_change;
    // Otherwise whoever registers with an address of the list could leave the list the next minute.
    if (!rules_.domains.empty() && std::ranges::find(rules_.domains, address->domain) == rules_.domains.end())
        return errors::address_domain_refused;
    if (auto checked = Accounts::check_change(*account, *address); !checked) return checked;
    if (auto checked = check_client(cause.origin); !checked) return checked;
    const Time now = clock_.now();
    const auto to_new = make_mail(change_new_kind, account->id, address->key, cause, now, random_, address->shown);
    if (!account->email || !account->email_verified) return write(to_new);
    auto to_old = make_mail(change_old_kind, account->id, *account->email, cause, now, random_, address->shown);
    return write(to_new, std::move(to_old));
}

Result<bool> Recovery::confirm_change(std::string_view account_id, const Shown& shown, const Cause& cause) {
    const auto secret = find(change_new_kind, account_id, shown);
    if (!secret || secret->subject != account_id) return errors::one_time_secret_invalid;
    return consent(*secret, change_old_kind, cause);
}

Result<bool> Recovery::agree_to_change(const Shown& shown, const Cause& cause) {
    std::string subject;
    if (shown.token.empty()) {
        const auto address = parse_email_address(shown.email);
        if (!address) return address.error();
        const auto account = accounts_.find_by_email_key(address->key);
        subject = account ? account->id : address->key;  // of nobody, of whom there is no code
    }
    const auto secret = find(change_old_kind, subject, shown);
    if (!secret) return errors::one_time_secret_invalid;
    return consent(*secret, change_new_kind, cause);
}

Result<bool> Recovery::consent(const store::OneTimeSecret& secret, std::string_view other_purpose, const Cause& cause) {
    const auto account = accounts_.find_by_id(secret.subject);
    const auto address = parse_email_address(secret.address);
    if (!account || account->disabled || !address) return errors::one_time_secret_invalid;
    const Time now = clock_.now();
    std::optional<store::OutboxMail> notice;
    if (account->email && account->email_verified)
        notice = make_mail(address_changed_kind, account->id, *account->email, cause, now, random_, address->shown);
    const auto name = accounts_.name_after_change(*account, *address);
    if (!name) return name.error();
    auto wanted = name->with(account->id, *address, now);
    wanted.notice = notice ? &*notice : nullptr;
    wanted.held_until = now + undo_life;
    auto done = store_.consent({.use = {secret.digest, secret.purpose, now},
                                .other_purpose = other_purpose,
                                .agreed = secret.address,
                                .address = std::move(wanted)});
    if (done) return *done == store::Consented::both;
    if (done.error().errc() == errors::account_not_found) return errors::one_time_secret_invalid;
    return std::move(done).error();
}

Result<> Recovery::undo_change(const Shown& shown) {
    if (shown.token.empty()) return errors::one_time_secret_invalid;
    const auto secret = find(undo_purpose, {}, shown);
    if (!secret) return errors::one_time_secret_invalid;
    const auto account = accounts_.find_by_id(secret->subject);
    const auto address = parse_email_address(secret->address);
    if (!account || !address) return errors::one_time_secret_invalid;
    const Time now = clock_.now();
    const auto name = accounts_.name_after_change(*account, *address);
    if (!name) return name.error();
    auto done = store_.undo_change({secret->digest, secret->purpose, now}, name->with(account->id, *address, now),
                                   address_restored.code);
    if (!done && done.error().errc() == errors::account_not_found) return errors::one_time_secret_invalid;
    return done;
}

// What came of it is decided here: the link is made again when the mail is sent.
Result<Invitation> Recovery::invite(const InvitationWanted& wanted) {
    if (!is_available()) return errors::no_mail;
    const auto address = parse_email_address(wanted.email);
    if (!address) return address.error();
    const Time now = clock_.now();
    auto mail = make_mail(invited_kind, {}, address->shown, {}, now, random_);
    Invitation made{links_.token(mail.id, invite_purpose), now + wanted.life};
    secrets_.add({.digest = OneTimeLinks::digest_of(made.code.reveal()),
                  .purpose = std::string(invite_purpose),
                  .account_id = {},
                  .address = address->key,
                  .attempts = 0,
                  .expires_at = made.expires_at,
                  .used_at = {},
                  .roles = text_of(wanted.roles)},
                 &mail);
    return made;
}

std::variant<MailContent, NotSent> Recovery::prepare_invitation(const store::OutboxMail& mail) {
    const Secret token = links_.token(mail.id, invite_purpose);
    const auto secret = secrets_.find(OneTimeLinks::digest_of(token.reveal()), invite_purpose);
    if (!secret || secret->used_at || secret->expires_at <= clock_.now())
        return NotSent{"the invitation was used, or it is over"};
    MailContent content{.to = mail.address, .name = {}, .until = secret->expires_at, .expires_at = mail.expires_at};
    content.link = link(invited_page, token);
    if (content.link.empty()) content.code = std::string(token.reveal());
    return content;
}

// As its owner has said it in the profile: "pt-BR", or as OpenID Connect Core §5.1 lets applications write it, "pt_BR".
std::string Recovery::language_of(const Account& account) {
    const auto profile = profiles_.find(account.id);
    std::string language = profile ? profile->locale.value_or("") : std::string();
    std::ranges::replace(language, '_', '-');
    return language;
}

Result<> Recovery::deny(const Shown& shown) {
    if (shown.token.empty()) return errors::one_time_secret_invalid;
    const auto secret = find(not_me_purpose, {}, shown);
    if (!secret) return errors::one_time_secret_invalid;
    // Of the mail for a new password, the account is whoever has the address.
    auto account = accounts_.find_by_id(secret->subject);
    if (!account) account = accounts_.find_by_email_key(secret->subject);
    if (!account) return errors::one_time_secret_invalid;
    if (!store_.end_everything({secret->digest, secret->purpose, clock_.now()}, account->id, not_me.code))
        return errors::one_time_secret_invalid;
    return {};
}

std::optional<Account> Recovery::find_recipient(const store::OutboxMail& mail) {
    auto account =
        mail.account.empty() ? accounts_.find_by_email_key(mail.address) : accounts_.find_by_id(mail.account);
    // A locked account gets no mails, except notices: a thief who changed the account could disable it to suppress the
    // notice.
    if (account && !is_notice(mail.kind) && account->is_locked_out(clock_.now())) account.reset();
    return account;
}

std::string Recovery::link(std::string_view page, const Secret& token) const {
    if (rules_.links_begin_with.empty()) return {};
    return rules_.links_begin_with + std::string(page) + "?token=" + std::string(token.reveal());
}

std::variant<MailContent, NotSent> Recovery::prepare(const store::OutboxMail& mail) {
    MailContent content{.to = recipient_of(mail), .name = {}, .expires_at = mail.expires_at};
    const Kind* const kind = find_kind(mail.kind);
    if (mail.kind == invited_kind) return prepare_invitation(mail);
    if (mail.account.empty() && (kind == nullptr || is_notice(mail.kind))) {
        // A notice that outlived its account has nothing to undo, and knows nobody's name.
        content.name = mail.address;
        return content;
    }
    const auto account = find_recipient(mail);
    if (!account && !mail.account.empty()) return NotSent{"the account is gone"};
    if (account) content.language = language_of(*account);
    if (kind == nullptr) {
        content.name = name_in_mails(*account);
        if (mail.kind != "account_closed") return content;
        if (!account->erase_at) return NotSent{"the account is open again"};
        content.until = account->erase_at;
        return content;
    }

    content.old_is_asked = kind->name == change_new_kind && account->email && account->email_verified;
    // What is offered is for the address that the mail goes to, whatever the account has by now.
    const bool is_of_address = kind->name == verify_kind || kind->name == change_old_kind;
    if (is_of_address && (!account || account->email != mail.address)) return NotSent{"the address was changed"};
    std::vector<store::OneTimeSecret> offered;
    const auto offer = [&](std::string_view purpose, Time until) {
        Secret token = links_.token(mail.id, purpose);
        offered.push_back({.digest = OneTimeLinks::digest_of(token.reveal()),
                           .purpose = std::string(purpose),
                           .account_id = {},
                           .address = address_in(mail, account ? &*account : nullptr),
                           .attempts = 0,
                           .expires_at = until,
                           .used_at = {},
                           .subject = subject_of(mail),
                           // Each notice has a link that is good beside those of others.
                           .mail_id = purpose == not_me_purpose || purpose == undo_purpose ? std::string() : mail.id});
        return token;
    };
    if (!kind->purpose.empty()) {
        content.until = mail.created_at + kind->life;
        content.expires_at = std::min(content.expires_at, *content.until);
        content.link = link(kind->page, offer(kind->purpose, *content.until));
        if (kind->code == Code::too) content.code = links_.code(mail.id, kind->purpose);
    }
    if (kind->may_be_denied) content.not_me = link(not_me_page, offer(not_me_purpose, mail.created_at + not_me_life));
    // The code is offered also for an address that nobody has, so that guessing codes gives the same answers for it.
    if (!store_.offer(offered, clock_.now())) return NotSent{"a newer one was asked for, or it was used"};
    if (!account) return NotSent{"nobody has this address"};
    content.name = name_in_mails(*account);
    if (mail.account.empty()) content.to = *account->email;
    return content;
}

}  // namespace keyhold::domain
