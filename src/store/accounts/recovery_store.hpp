// SPDX-License-Identifier: Apache-2.0
// What the domain asks of a database about mails that somebody asks for, the links and codes in them, and what those
// are good for. Every function may throw Unavailable and may be called from any thread. What returned is on disk.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "store/access/secret_store.hpp"
#include "store/accounts/account_store.hpp"
#include "store/events/outbox_store.hpp"

namespace keyhold::store {

class Database;

// So many wrong codes, and the one that was sent is worth nothing.
// A code is short enough to be typed, so it is the number of tries that keeps it from being guessed.
inline constexpr std::int64_t code_attempts = 5;

// How many mails may be asked for since then. Those that ask in the same moment on several nodes do not see each other,
// so there may be as many more as there are nodes.
struct MailLimits {
    Time since;
    std::string_view first_id;  // that a mail of that moment may have (base/id.hpp)
    std::int64_t of_recipient;  // to one address
    std::int64_t of_account;
    std::int64_t of_all;  // 0: any number
    // The key of the recipient's address, by which other mails to it may be kept; empty: as the mail has it.
    std::string_view recipient_key = {};
    // A network (IpAddress::network()) has at most one of so many parts of what is left of `of_all`, or `of_recipient`
    // if that is more; so each leaves something to the others, however many mails it asks for. 0: it may have all. What
    // comes from no address, as a command does, may too.
    std::int64_t parts_of_network = 0;
};

// Of whom a code was asked for.
// `subject` as of OneTimeSecret: by it the newest secret of a purpose is found, as a code alone finds none.
struct CodeTry {
    std::string_view purpose, subject;
    Time now;
};

// What ends with a link or code that was used: `use` is used up in the same transaction.
struct PasswordReset {
    SecretUse use;
    std::string_view account_id, email_key;  // the account has to have that address still
    std::string_view hash, reason;
    PasswordForm form = PasswordForm::nfc;
    const OutboxMail* notice = nullptr;
};

// One side's consent to another address of the account.
struct AddressConsent {
    SecretUse use;
    std::string_view other_purpose;  // of the other side's link
    std::string_view agreed;         // the new address, as both links name it
    AccountStore::NewAddress address;
};
enum class Consented : std::uint8_t { one_side, both };

class RecoveryStore {
public:
    explicit RecoveryStore(std::shared_ptr<Database> database) : database_(std::move(database)) {}

    // Writes the mail, and another one that belongs to it, if there is one. False if there were as many as there may
    // be; what counts is that they were asked for, whether they were sent or not.
    // `for_account`: an administrator asks for it, which is an event of that account.
    bool ask(const OutboxMail& mail, const MailLimits& limits, const OutboxMail* also = nullptr,
             std::string_view for_account = {});
    // Whether as many mails of this kind to the address were asked for as may be.
    bool is_enough(std::string_view kind, std::string_view address, const MailLimits& limits);
    // A mail that nobody gets, so that whoever causes it waits for the disk as if somebody did.
    void add_void(OutboxMail mail, Time now, std::string_view why);

    // Before a mail is sent that they are in: they are good from now on, and older ones of the same purpose and subject
    // are not any more, if they have codes. Asked again, as a mail is tried again, it changes nothing. False if the
    // first of them is not good any more: the mail is not to be sent.
    bool offer(const std::vector<OneTimeSecret>& secrets, Time now);

    // One that could be used now.
    std::optional<OneTimeSecret> find_usable(const SecretUse& use);

    // The one that a code is tried at, if `opens` says that it is its code. Else, and after so many that were not
    // (code_attempts), it is none, and the try is counted on disk before anybody learns about it.
    std::optional<OneTimeSecret> try_code(const CodeTry& attempt,
                                          const std::function<bool(const OneTimeSecret&)>& opens);

    // These return false, and change nothing, if the secret was used up by somebody else, or the account is gone,
    // disabled or has another address by now.

    // Another password; the address is verified, all sessions, tokens and devices are over, and so is every other link
    // that was sent for a new password, or that signs in, and what clients were allowed. Whoever closed the account has
    // it back.
    bool reset_password(const PasswordReset& reset);
    // Marks the address as verified, as the person has shown that mail reaches them there.
    bool verify_email(const SecretUse& use, std::string_view account_id, std::string_view email_key);
    // For "this was not me": ends all sessions, tokens and devices, links for a new password or address and those that
    // sign in, and what clients were allowed.
    bool end_everything(const SecretUse& use, std::string_view account_id, std::string_view reason);
    // The account has the new address, verified, once the links of both sides were used; that of the old one is not
    // needed where it was never verified. Refused: email_taken, and the link stays as it is; account_not_found, if the
    // link is not good any more.
    Result<Consented> consent(const AddressConsent& consent);
    // The address is what it was, and all is over as in end_everything(), with every other link to undo a change.
    // Refused as consent(); with email_taken all is over nevertheless, and the link stays good for another try.
    Result<> undo_change(const SecretUse& use, const AccountStore::NewAddress& address, std::string_view reason);

private:
    std::shared_ptr<Database> database_;
};

}  // namespace keyhold::store
