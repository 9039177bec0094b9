// SPDX-License-Identifier: Apache-2.0
#include "domain/accounts/registration.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/base64url.hpp"
#include "base/id.hpp"
#include "crypto/digest.hpp"
#include "domain/accounts/roles.hpp"
#include "domain/errors.hpp"
#include "store/errors.hpp"

namespace keyhold::domain {

namespace {

constexpr std::string_view invitation_prefix = "khi_";  // lets scanners for leaked secrets find it
// Bytes: 256 bits, so that guessing needs no limit, and a plain SHA-256 is enough for what is kept.
constexpr std::size_t invitation_size = 32;

constexpr std::array policies{
    std::pair{std::string_view("open"), RegistrationPolicy::open},
    std::pair{std::string_view("closed"), RegistrationPolicy::closed},
    std::pair{std::string_view("invite"), RegistrationPolicy::invite},
    std::pair{std::string_view("domains"), RegistrationPolicy::domains},
};

constexpr std::string_view needs_invitation = "An invitation is needed to register here: send it as 'invitation'";

Error nobody_can() {
    return {errors::registration_refused, "Nobody can register here: accounts are made by whoever runs this"};
}

std::string digest_of_invitation(std::string_view code) { return base64url::encode(crypto::sha256(code)); }

}  // namespace

std::optional<RegistrationPolicy> parse_registration_policy(std::string_view text) {
    for (const auto& [name, policy] : policies)
        if (name == text) return policy;
    return std::nullopt;
}

Invitation invite(store::SecretStore& secrets, Time now, const InvitationWanted& wanted, Random& random) {
    std::string bytes(invitation_size, '\0');
    random.fill({reinterpret_cast<unsigned char*>(bytes.data()), bytes.size()});
    std::string code = std::string(invitation_prefix) + base64url::encode(bytes);
    const Time expires_at = now + wanted.life;
    // Only the digest is kept: who reads the database gets no invitation that he can use.
    secrets.add({.digest = digest_of_invitation(code),
                 .purpose = std::string(invite_purpose),
                 .account_id = {},
                 .address = {},
                 .attempts = 0,
                 .expires_at = expires_at,
                 .used_at = {},
                 .roles = text_of(wanted.roles)});
    return {Secret(std::move(code)), expires_at};
}

InvitationPage list_invitations(store::SecretStore& secrets, Time now, std::string_view cursor, int limit) {
    auto found = secrets.list_invitations(now, cursor, limit);
    InvitationPage page{{}, std::move(found.next)};
    for (store::OneTimeSecret& secret : found.secrets) {
        auto roles = parse_scopes(secret.roles);  // words with spaces between them, as scopes are
        page.invitations.push_back({std::move(secret.digest),
                                    roles ? std::move(roles).value() : std::vector<std::string>(),
                                    std::move(secret.address), secret.expires_at});
    }
    return page;
}

Result<> revoke_invitation(store::SecretStore& secrets, Time now, std::string_view id) {
    if (secrets.revoke_invitation(id, now)) return {};
    return Error(errors::not_found, "There is no such invitation: it was used or taken back, or it is over");
}

Registration::Registration(Accounts& accounts, store::SecretStore& secrets, const Clock& clock, RegistrationRules rules,
                           std::optional<Mailing> mailing)
    : accounts_(accounts),
      secrets_(secrets),
      clock_(clock),
      rules_(std::move(rules)),
      addresses_(rules_.of_address, rules_.of_address_per_minute),
      mailing_(mailing) {}

Result<Account> Registration::create(const Request& request) {
    // What is refused here says nothing of any account, so it needs no counting.
    if (rules_.policy == RegistrationPolicy::closed) return nobody_can();
    if (rules_.policy == RegistrationPolicy::invite && request.invitation.empty())
        return Error(errors::registration_refused, std::string(needs_invitation));
    if (auto checked = check_domain(request); !checked) return std::move(checked).error();
    if (auto counted = count(request); !counted) return std::move(counted).error();
    const auto invited = check_invitation(request);
    if (!invited) return invited.error();
    return make(request, *invited);
}

Result<Account> Registration::create_from_form(const Request& request) {
    if (rules_.policy == RegistrationPolicy::closed) return nobody_can();
    const auto invited = check_form(request);
    if (!invited) return invited.error();
    if (auto counted = count(request); !counted) return std::move(counted).error();
    return make(request, *invited);
}

// Each attempt counts, whatever comes out: asking for names that are taken is limited too.
Result<> Registration::count(const Request& request) {
    return addresses_.spend(request.address, clock_.now(), errors::too_many_registrations, "registrations");
}

Result<Account> Registration::make(const Request& request, const Invited& invited) {
    auto roles = Roles::to_give(invited.roles, Roles::whoever_runs_the_server);
    roles.reason = "invitation";
    roles.may_be_gone = true;
    // The invitation is used up in the transaction that makes the account, so of two who come with the same one only
    // one gets in.
    const bool is_new_to_us = invited.address.empty();
    std::optional<std::string_view> email = request.email;
    // Whoever gives no address has shown one by the link.
    if (!is_new_to_us && !email && !looks_like_address(request.username)) email = invited.address;
    auto made = accounts_.create({.username = request.username,
                                  .email = email,
                                  .is_verified = !is_new_to_us,
                                  .asks = is_new_to_us && may_be_asked(request) ? &request.cause : nullptr,
                                  .roles = &roles},
                                 request.password, invited.use);
    if (made || !keeps_silent(request)) return made;
    const Errc why = made.error().errc();
    // An address that is taken must look like one that is free (OWASP: account enumeration): its owner is told by
    // mail, and the asker gets the answer of a success.
    const bool is_taken =
        why == errors::email_taken || (why == errors::username_taken && looks_like_address(request.username));
    if (!is_taken) return made;
    return tell_the_owner(request);
}

Result<Registration::Invited> Registration::check_form(const Request& request) {
    auto wrong = accounts_.mistakes({.username = request.username, .email = request.email}, request.password);
    const std::size_t of_fields = wrong.size();
    auto invited = check_invitation(request);
    if (rules_.policy == RegistrationPolicy::invite && request.invitation.empty())
        wrong.push_back({"missing", {"body", "invitation"}, std::string(needs_invitation), std::nullopt});
    else if (!invited)
        wrong.push_back({"value_error", {"body", "invitation"}, std::string(invited.error().detail()), std::nullopt});
    const bool is_in_name = !request.email && looks_like_address(request.username);
    // An address that cannot be read is among them already.
    if (const auto of_domain = check_domain(request); !of_domain && of_domain.error().fields().empty())
        wrong.push_back({"value_error",
                         {"body", is_in_name ? "username" : "email"},
                         std::string(of_domain.error().detail()),
                         std::nullopt});
    if (wrong.empty()) return invited;
    const Errc why = wrong.size() > of_fields ? Errc(errors::registration_refused) : Errc(errors::validation_failed);
    return Error(why, std::move(wrong));
}

bool Registration::keeps_silent(const Request& request) const {
    return mailing_ && (request.email || looks_like_address(request.username));
}

std::chrono::milliseconds Registration::time_step(const Request& request) const {
    constexpr std::chrono::milliseconds step{50};  // the ways differ by less than 1 ms on SQLite, a few over a network
    return keeps_silent(request) ? step : std::chrono::milliseconds();
}

// Whoever registers an address, has the account erased and registers it again shall not fill a mailbox either. The
// account is made, and its owner asks for the mail later.
bool Registration::may_be_asked(const Request& request) const {
    const auto address = parse_email_address(request.email ? *request.email : request.username);
    if (!mailing_ || !address) return true;
    return !mailing_->store.is_enough("verify", address->shown,
                                      {.since = clock_.now() - store::mails_count_for,
                                       .first_id = {},
                                       .of_recipient = mailing_->mails_per_recipient,
                                       .of_account = 0,
                                       .of_all = 0,
                                       .recipient_key = address->key});
}

// A few mails an hour: whoever registers an address again and again shall not fill a mailbox.
Account Registration::tell_the_owner(const Request& request) {
    const Time now = clock_.now();
    // The time of a registration that works, nearly all of which is the hash.
    accounts_.spend_hash(request.password);
    const auto address = parse_email_address(request.email ? *request.email : request.username);
    const auto owner = address ? accounts_.find_by_email_key(address->key) : std::nullopt;
    const store::MailLimits limits{.since = now - store::mails_count_for,
                                   .first_id = {},
                                   .of_recipient = 3,
                                   .of_account = 3,
                                   .of_all = 0,
                                   .recipient_key = address ? std::string_view(address->key) : std::string_view()};
    const auto mail =
        make_mail("taken", owner ? owner->id : std::string(), owner ? *owner->email : std::string(request.username),
                  request.cause, now, mailing_->random);
    const bool may_be_told = owner && !owner->is_locked_out(now);
    // If nobody is told, the same write to the disk is done, so that the time does not show whether the address is
    // taken.
    if (!may_be_told || !mailing_->store.ask(mail, limits))
        mailing_->store.add_void(mail, now,
                                 may_be_told ? "too many of these were asked for" : "there is nobody to tell");
    // An account that is nowhere, with what the answer of a success shows.
    const auto name = parse_name(request.username);
    return {.id = make_id(now, mailing_->random), .username = name ? name->shown : std::string(request.username)};
}

// Says nothing of whether mail reaches whoever asks: that is for verifying the address.
Result<> Registration::check_domain(const Request& request) const {
    if (rules_.policy != RegistrationPolicy::domains) return {};
    const bool is_called_by_it = looks_like_address(request.username);
    if (!request.email && !is_called_by_it)
        return Error(errors::registration_refused, "An e-mail address is needed to register here: send it as 'email'");
    const auto address =
        request.email ? parse_email_address(*request.email) : parse_email_address(request.username, "username");
    if (!address) return address.error();
    if (std::ranges::find(rules_.domains, address->domain) != rules_.domains.end()) return {};
    return Error(errors::registration_refused, "Nobody can register here with an address of this domain");
}

// Looked at before the hash is paid for; what decides is the transaction. Where nobody needs one, one that is sent is
// used all the same, for what comes with it, and one that is no good is refused: whoever brings it believes that it
// counts. That of a mail is good for the address that it went to, and shows that mail arrives there.
Result<Registration::Invited> Registration::check_invitation(const Request& request) {
    const std::string_view code = request.invitation;
    if (code.empty()) return Invited();  // where one is needed, that was refused before
    const Time now = clock_.now();
    store::SecretUse use{digest_of_invitation(code), std::string(invite_purpose), now};
    const auto found = secrets_.find(use.digest, use.purpose);
    if (!found || found->used_at || found->expires_at <= now)
        return Error(errors::registration_refused, "This invitation is unknown, used or expired");
    const bool has_address = request.email || looks_like_address(request.username);
    if (!found->address.empty() && has_address) {
        const auto address = parse_email_address(request.email ? *request.email : request.username);
        if (address && address->key != found->address)
            return Error(errors::registration_refused,
                         "This invitation is for another e-mail address: register with the one that it was sent to");
    }
    auto roles = parse_scopes(found->roles);
    if (!roles) return std::move(roles).error();
    return Invited{std::move(use), *std::move(roles), found->address};
}

}  // namespace keyhold::domain
