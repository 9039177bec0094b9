// SPDX-License-Identifier: Apache-2.0
// How somebody who has lost the password gets back to the account, and shows that an address is his: by links and codes
// in mails (docs/recovery.md, docs/decisions/0090-links-in-mails.md).
//
// Whoever asks for a mail writes one row, whatever the address is; who has it, and what the mail holds, is found out by
// the thread that sends it. So no answer tells by its bytes or its time whether there is such an account.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "base/setting.hpp"
#include "domain/accounts/accounts.hpp"
#include "domain/accounts/one_time_links.hpp"
#include "domain/accounts/registration.hpp"
#include "domain/outbox.hpp"
#include "domain/passwords/address_allowance.hpp"
#include "store/access/secret_store.hpp"
#include "store/accounts/profile_store.hpp"
#include "store/accounts/recovery_store.hpp"

namespace keyhold::domain {

// The table [recovery] of keyhold.toml.
struct RecoverySettings {
    std::int64_t mails_per_recipient = 0;  // of a kind, in an hour
    std::int64_t mails_per_hour = 0;       // that are asked for, of all who share the database
    std::int64_t requests_per_client = 0;  // from one network address at once; 0: any number
};
// One for each member: what it is called, what it is where nothing is said, and what it means.
// clang-format off
inline constexpr std::array recovery_setting_rows{
    number_setting<&RecoverySettings::mails_per_recipient, 1, 1000>("recovery_mails_per_recipient", "5", "Mails of one kind (a new password, to verify an address) that may be asked for in an hour for one address, and for one account"),
    number_setting<&RecoverySettings::mails_per_hour, 1, 1000000>("recovery_mails_per_hour", "1000", "Mails that may be asked for in an hour, of all servers on the database; one network address has at most a quarter of what is left of them"),
    number_setting<&RecoverySettings::requests_per_client, 0, 1000000>("recovery_requests_per_client", "20", "Mails that may be asked for from one network address (IPv6: one /64) at once, of which 10 come back in a minute; 0: any number"),
};
// clang-format on
const Section& recovery_section();

// What somebody shows of a mail: what its link holds, or its code, with the address that it was sent to.
struct Shown {
    std::string_view token = {};
    std::string_view email = {};
    std::string_view code = {};
};

// What a mail says to whoever gets it.
struct MailContent {
    std::string to;    // the address as its account has it, never as it was typed
    std::string name;  // of the account; empty: nobody's
    std::string link = {}, code = {};
    std::string not_me = {};         // the link of whoever did not ask for it
    std::optional<Time> until = {};  // the end of link and code, or of a closed account
    Time expires_at{};               // it is not sent later
    bool old_is_asked = false;       // beside the new address that this goes to
    std::string language = {};       // that its reader has chosen, a tag (RFC 5646); empty: as the row says
};
// Or why it is not sent: a sentence for an operator.
struct NotSent {
    std::string why;
};

// For how long the link and the code in a mail of this kind are good; nothing if it has neither.
std::optional<std::chrono::seconds> life_of_links(std::string_view kind);

// Any thread.
class Recovery {
public:
    struct Rules {
        const RecoverySettings& settings;
        Mails mails = Mails::not_sent;
        std::string links_begin_with = {};  // "https://id.example.org"; empty: mails have codes alone
        // To which whoever has an account may change its address, in lower-case A-labels: those that may register,
        // where registration = domains. Empty: to any.
        std::vector<std::string> domains = {};
    };
    Recovery(const store::Stores& stores, Accounts& accounts, OneTimeLinks& links, const Clock& clock, Random& random,
             Rules rules);

    bool is_available() const { return rules_.mails == Mails::sent; }

    // All that ask for a mail are refused: no_mail, where none is sent; too_many_mails. Each waits for the disk.

    // A mail for a new password to whoever has the address, if anybody does. Refused: validation_failed, for what is no
    // address.
    // `for_account`: an administrator asks for the one who has the address, which is an event.
    Result<> ask_reset(std::string_view email, const Cause& cause, std::string_view for_account = {});
    // A mail to the account's own address, to show that it is its own. Refused: nothing_to_verify.
    Result<> ask_verify(std::string_view account_id, const Cause& cause);

    // All that take what a mail held are refused: one_time_secret_invalid, if it is unknown, of something else, used,
    // expired, or one that a newer one took the place of, and if the account is gone, disabled or has another address.
    // Nobody is told which. A wrong code is counted; after five the right one is refused too.

    // Whether a link is still good, for a page that shows a form. Uses nothing up.
    bool is_usable(std::string_view purpose, std::string_view token);

    // The account that a link is for, and the address that it was made with: of a change, the one that the account is
    // to have. Absent if the link is not good, or the account is gone. Uses nothing up. Whoever has the link has a mail
    // that says both.
    struct About {
        Account account;
        std::string address;
    };
    std::optional<About> find_about(std::string_view purpose, std::string_view token);

    // Another password; the address is verified by it. All sessions end. Refused: as Accounts::reset_password(), and
    // then nothing is used up. Hashes, but only for whoever has shown the right thing.
    Result<> reset(const Shown& shown, const Secret& new_password, const Cause& cause);
    // By whoever is signed in as that account: the mail shows that the address is reached, the session whose account it
    // is. One alone does not do, or whoever registers an address of somebody else would have it verified by him.
    Result<> verify(std::string_view account_id, const Shown& shown);
    // Another address for the account: a mail to the new one, and where the old one is verified, one to it. It changes
    // when both have agreed. Refused: validation_failed; nothing_to_change, if it is the account's;
    // address_domain_refused, if it is of no domain of the rules.
    Result<> ask_change(std::string_view account_id, std::string_view email, const Cause& cause);
    // By whoever is signed in as that account, with the mail that the new address was sent: as verify(). True once the
    // address is changed. Refused also: email_taken.
    Result<bool> confirm_change(std::string_view account_id, const Shown& shown, const Cause& cause);
    // With the link that the old address was sent, or its code and that address. Refused also: validation_failed, for
    // what is no address.
    Result<bool> agree_to_change(const Shown& shown, const Cause& cause);
    // The old address again, with the link that it was sent when it was changed: all sessions end. Refused also:
    // email_taken, if somebody has it nevertheless (AccountStore::is_held()); then all sessions have ended, and the
    // link stays good.
    Result<> undo_change(const Shown& shown);

    // A mail with an invitation, for whoever reads it to make one account. Refused: no_mail; validation_failed, for
    // what is no address. Whether somebody has the address is not asked.
    Result<Invitation> invite(const InvitationWanted& wanted);

    // The account that a link to sign in is for (make_sign_in_link()), and how it is used up.
    struct SignInLink {
        Account account;
        store::SecretUse use;
    };
    Result<SignInLink> find_sign_in_link(std::string_view token);

    // "This was not me": all sessions of the account end, and so do links for a new password.
    Result<> deny(const Shown& shown);

    // For the thread that sends: what the mail says, the same each time, and what it holds is good from now on.
    std::variant<MailContent, NotSent> prepare(const store::OutboxMail& mail);

private:
    Result<> write(store::OutboxMail mail, std::optional<store::OutboxMail> also = {},
                   std::string_view for_account = {});
    Result<> check_client(std::string_view address);
    std::optional<store::OneTimeSecret> find(std::string_view purpose, std::string_view subject, const Shown& shown);
    Result<bool> consent(const store::OneTimeSecret& secret, std::string_view other_purpose, const Cause& cause);
    std::optional<Account> find_recipient(const store::OutboxMail& mail);
    std::variant<MailContent, NotSent> prepare_invitation(const store::OutboxMail& mail);
    std::string language_of(const Account& account);
    std::string link(std::string_view page, const Secret& token) const;

    store::RecoveryStore store_;
    store::SecretStore secrets_;
    store::ProfileStore profiles_;
    Accounts& accounts_;
    OneTimeLinks& links_;
    const Clock& clock_;
    Random& random_;
    const Rules rules_;
    AddressAllowance clients_;
};

// For whoever looks after the server: a link that signs in as this account, once, within half an hour. Its page is
// /sign-in-link. Older ones are over.
struct NewSignInLink {
    Secret token;
    Time expires_at;
};
NewSignInLink make_sign_in_link(const store::Stores& stores, const Account& account, Time now, Random& random);

}  // namespace keyhold::domain
