// SPDX-License-Identifier: Apache-2.0
// Who may make an account over HTTP, and how often from one address (docs/decisions/0061-registration.md). Commands of
// whoever looks after the server go to Accounts directly.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "domain/accounts/accounts.hpp"
#include "domain/passwords/address_allowance.hpp"
#include "store/access/secret_store.hpp"
#include "store/accounts/recovery_store.hpp"

namespace keyhold::domain {

enum class RegistrationPolicy : std::uint8_t { open, closed, invite, domains };

// "open", "closed", "invite", "domains"; empty for anything else.
std::optional<RegistrationPolicy> parse_registration_policy(std::string_view text);

struct RegistrationRules {
    RegistrationPolicy policy = RegistrationPolicy::open;
    std::vector<std::string> domains = {};   // whose addresses may, in lower-case A-labels; where the policy is domains
    std::int64_t of_address = 0;             // at once from one address (IPv6: one /64); 0: any number
    std::int64_t of_address_per_minute = 1;  // of which so many come back
};

struct Invitation {
    Secret code;  // khi_...: shown once, its digest is all that is kept
    Time expires_at;
};

struct InvitationWanted {
    std::chrono::seconds life;
    std::vector<std::string> roles = {};  // that there are, and that the giver may give (Roles::check())
    std::string email = {};               // to whom a mail goes (Recovery::invite()); empty: nobody
};
inline constexpr std::string_view invite_purpose = "invite";

// A new invitation, which makes one account.
Invitation invite(store::SecretStore& secrets, Time now, const InvitationWanted& wanted, Random& random);

// One that nobody has used yet. Its id is the digest of its code, by which nobody can register.
struct OpenInvitation {
    std::string id;
    std::vector<std::string> roles;
    std::string email;  // to which it was mailed, and which alone may be registered by it; empty: any
    Time expires_at;
};
struct InvitationPage {
    std::vector<OpenInvitation> invitations;
    std::string next;  // the cursor of the next page; empty: there is none
};
// Those that could be used now, those first that end first.
InvitationPage list_invitations(store::SecretStore& secrets, Time now, std::string_view cursor, int limit);
// Nobody can register with it any more, and where its mail still waits, it is not sent. Refused: not_found, also for
// one that is used or over.
Result<> revoke_invitation(store::SecretStore& secrets, Time now, std::string_view id);

// Any thread.
class Registration {
public:
    // Where mails are sent, whoever has an address that somebody else registers is told by one, and nobody learns from
    // the answer that it is taken. Null: they are not, and the answer says so.
    struct Mailing {
        store::RecoveryStore& store;
        Random& random;
        std::int64_t mails_per_recipient = 5;  // RecoverySettings
    };
    Registration(Accounts& accounts, store::SecretStore& secrets, const Clock& clock, RegistrationRules rules,
                 std::optional<Mailing> mailing = {});

    struct Request {
        std::string_view username;
        const Secret& password;
        std::string_view invitation;  // empty: none
        std::string_view address;     // IP address; empty: nobody's
        std::optional<std::string_view> email = {};
        Cause cause = {};  // of the mail to verify the address
    };
    // Refused: registration_refused, if nobody may or the invitation is missing, unknown, used or expired (nobody is
    // told which of the three), or was mailed to another address, or the address is of no domain that may;
    // too_many_registrations; and what Accounts::create() refuses. With `mailing`, an address that is taken is answered
    // as one that was free, after the same work, by an account that is not there. An invitation is used up in the
    // transaction that makes the account. Hashes.
    Result<Account> create(const Request& request);
    // The same for forms: what is wrong with what was typed is refused by field and all at once, by
    // registration_refused if the rules of registration are among it, by validation_failed otherwise. That asks for the
    // invitation, whose codes nobody guesses, and for no account, so it is not counted.
    Result<Account> create_from_form(const Request& request);
    RegistrationPolicy policy() const { return rules_.policy; }
    const std::vector<std::string>& domains() const { return rules_.domains; }
    // To which people may change their addresses; empty: to any.
    std::vector<std::string> domains_of_changes() const {
        return rules_.policy == RegistrationPolicy::domains ? rules_.domains : std::vector<std::string>();
    }
    // Whether it is answered as if the address were free. Then nobody may be let in by it either: who has the address
    // already would be asked for the password that somebody else has typed.
    bool keeps_silent(const Request& request) const;
    // By what steps of time it is answered then (docs/decisions/0115-the-time-of-a-registration.md); 0: at once.
    std::chrono::milliseconds time_step(const Request& request) const;

private:
    Result<> check_domain(const Request& request) const;
    struct Invited {
        std::optional<store::SecretUse> use = {};
        std::vector<std::string> roles = {};
        std::string address = {};  // to which it was mailed, and which alone may be registered; empty: any
    };
    Result<Invited> check_invitation(const Request& request);
    Result<Invited> check_form(const Request& request);
    Result<> count(const Request& request);
    // What both ways have in common, once the request is checked and counted.
    Result<Account> make(const Request& request, const Invited& invited);
    bool may_be_asked(const Request& request) const;  // to verify the address
    Account tell_the_owner(const Request& request);

    Accounts& accounts_;
    store::SecretStore& secrets_;
    const Clock& clock_;
    const RegistrationRules rules_;
    AddressAllowance addresses_;
    std::optional<Mailing> mailing_;
};

}  // namespace keyhold::domain
