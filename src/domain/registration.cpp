// SPDX-License-Identifier: Apache-2.0
#include "domain/registration.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/base64url.hpp"
#include "base/id.hpp"
#include "crypto/digest.hpp"
#include "domain/errors.hpp"
#include "store/errors.hpp"

namespace keyhold::domain {

namespace {

constexpr std::string_view invitation_prefix = "khi_";  // lets scanners for leaked secrets find it
constexpr std::string_view invite_purpose = "invite";
constexpr std::size_t code_size = 32;

constexpr std::array policies{
    std::pair{std::string_view("open"), RegistrationPolicy::open},
    std::pair{std::string_view("closed"), RegistrationPolicy::closed},
    std::pair{std::string_view("invite"), RegistrationPolicy::invite},
    std::pair{std::string_view("domains"), RegistrationPolicy::domains},
};

std::string digest_of(std::string_view code) { return base64url::encode(crypto::sha256(code)); }

}  // namespace

std::optional<RegistrationPolicy> parse_registration_policy(std::string_view text) {
    for (const auto& [name, policy] : policies)
        if (name == text) return policy;
    return std::nullopt;
}

Invitation invite(store::SecretStore& secrets, Time now, std::chrono::seconds life, Random& random) {
    std::string bytes(code_size, '\0');
    random.fill({reinterpret_cast<unsigned char*>(bytes.data()), bytes.size()});
    std::string code = std::string(invitation_prefix) + base64url::encode(bytes);
    const Time expires_at = now + life;
    secrets.add({.digest = digest_of(code),
                 .purpose = std::string(invite_purpose),
                 .account_id = {},
                 .address = {},
                 .attempts = 0,
                 .expires_at = expires_at,
                 .used_at = {}});
    return {Secret(std::move(code)), expires_at};
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
    if (rules_.policy == RegistrationPolicy::closed)
        return Error(errors::registration_refused, "Nobody can register here: accounts are made by whoever runs this");
    if (rules_.policy == RegistrationPolicy::invite && request.invitation.empty())
        return Error(errors::registration_refused, "An invitation is needed to register here: send it as 'invitation'");
    if (auto checked = check_domain(request); !checked) return std::move(checked).error();
    // Each attempt counts, whatever comes out: asking for names that are taken is limited too.
    if (const auto address = IpAddress::parse(request.address)) {
        const Time now = clock_.now();
        if (addresses_.take(*address, now) == AddressAllowance::Took::nothing)
            return Error(errors::too_many_registrations,
                         Quota{"registrations", addresses_.burst(), addresses_.window(),
                               std::max(addresses_.wait(*address, now), std::chrono::seconds(1))});
    }
    const auto use = check_invitation(request.invitation);
    if (!use) return use.error();
    auto made = accounts_.create({.username = request.username, .email = request.email, .asks = &request.cause},
                                 request.password, *use);
    if (made || !mailing_) return made;
    const Errc why = made.error().errc();
    const bool has_address =
        why == errors::email_taken || (why == errors::username_taken && looks_like_address(request.username));
    if (!has_address) return made;
    return tell_the_owner(request);
}

// A few mails an hour: whoever registers an address again and again shall not fill a mailbox.
Account Registration::tell_the_owner(const Request& request) {
    const Time now = clock_.now();
    accounts_.spend_hash(request.password);
    const auto address = parse_email_address(request.email ? *request.email : request.username);
    const auto owner = address ? accounts_.find_by_email_key(address->key) : std::nullopt;
    if (owner && !owner->is_locked_out(clock_.now())) {
        const store::MailLimits limits{
            .since = now - std::chrono::hours(1), .first_id = {}, .of_recipient = 3, .of_account = 3, .of_all = 0};
        mailing_->store.ask(make_mail("taken", owner->id, *owner->email, request.cause, now, mailing_->random), limits);
    }
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

// Looked at before the hash is paid for; what decides is the transaction.
Result<std::optional<store::SecretUse>> Registration::check_invitation(std::string_view code) {
    if (rules_.policy != RegistrationPolicy::invite) return std::optional<store::SecretUse>();
    const Time now = clock_.now();
    store::SecretUse use{digest_of(code), std::string(invite_purpose), now};
    const auto found = secrets_.find(use.digest, use.purpose);
    if (!found || found->used_at || found->expires_at <= now)
        return Error(errors::registration_refused, "This invitation is unknown, used or expired");
    return std::optional(std::move(use));
}

}  // namespace keyhold::domain
