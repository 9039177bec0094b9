// SPDX-License-Identifier: Apache-2.0
// What the domain asks of a database about accounts. Every function may throw Unavailable (the database
// does not answer: 503, never 401) and may be called from any thread. What returned is on disk.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/exceptions.hpp"
#include "base/result.hpp"
#include "store/access/secret_store.hpp"
#include "store/accounts/role_store.hpp"
#include "store/database/row.hpp"
#include "store/events/outbox_store.hpp"
#include "store/subject.hpp"

namespace keyhold::store {

// The database is gone, busy for longer than we wait, read-only or full.
using keyhold::Unavailable;

class Database;

// What of a password was hashed: the bytes that were typed, as other applications do it, or their NFC.
enum class PasswordForm : std::uint8_t { typed, nfc };

struct Account {
    std::string id;             // a UUIDv7 that we make; never changes, never used again
    std::string username;       // as the person typed it, NFC
    std::string name_key;       // what makes it unique: domain/accounts/names.hpp
    std::string password_hash;  // modular crypt format
    bool disabled = false;
    Time created_at{};
    std::int64_t generation = 0;  // another one after each new password and each disabling
    PasswordForm password_form = PasswordForm::typed;
    // Access tokens that belong to no session (those of an application that shares its secret with us) are over if they
    // were issued before this second. It moves on with whatever ends sessions.
    Time tokens_valid_from{};
    std::optional<std::string> email;  // as the person typed it, NFC
    std::optional<std::string>
        email_key;                // what makes it unique, there if `email` is: domain/accounts/email_address.hpp
    bool email_verified = false;  // whoever has the account has shown that mail reaches him there
    RoleSet roles = {};           // what RoleStore writes; nobody is made with roles
    // When it is erased, if its owner closed it. It is disabled then, and has its owner back who logs in before.
    std::optional<Time> erase_at = {};

    // Nobody gets in, whatever he can show.
    bool is_locked_out(Time now) const { return disabled && !(erase_at && now < *erase_at); }
};
KEYHOLD_ROW(Account, (id), (username), (name_key), (password_hash), (disabled), (created_at), (generation),
            (password_form, column("password_nfc")), (tokens_valid_from), (email), (email_key), (email_verified),
            (roles), (erase_at, zero_is_none()))

// What memory keeps of an account.
Subject subject_of(const Account& account);

// What an administrator sees of an account. If it is another one meanwhile, what he asks for is refused: his page is
// told by a digest (domain::version_of), and the row is compared once more where it is written (hold_unchanged).
struct ShownAccount {
    std::string id;
    std::string username;
    std::string email;  // empty: none
    std::string roles;  // by name and not by what they grant: a role that grants more is no change of the account
    bool email_verified = false;
    bool disabled = false;
    std::int64_t generation = 0;  // changes with the password, whose hash is in no digest that leaves the server
};
ShownAccount shown_of(const Account& account);

// How new names and addresses are written, where an application that was adopted has to find them too.
struct Spelling {
    bool small_names = false;          // in small letters, as all that it has
    bool small_addresses = false;      // they too
    bool names_are_addresses = false;  // it calls people by their e-mail addresses, so nobody has another name
};

// One page of a list, ordered by name_key.
struct AccountPage {
    std::vector<Account> accounts;
    std::string next;  // give it as `after` for the next page; empty on the last
};

// An account from elsewhere, and what became of it.
struct ImportedAccount {
    Account account;
    bool keeps_id = false;                // it came with its id
    std::vector<std::string> roles = {};  // that it is to have, in the order of their bytes, none twice
};
enum class Imported : std::uint8_t {
    added,
    present,        // with this password hash, and with this id if it came with one
    name_taken,     // by an account of another hash or id
    id_taken,       // by an account of another name
    address_taken,  // by another account
    role_unknown,   // it was to have one that there is not
};
enum class Importing : std::uint8_t { look, write };

// In SQL, the same text for every database. Virtual for whoever answers some of it otherwise:
// domain/adoption/adopted_accounts.hpp.
// Functions that end sessions do so in the same transaction, but for most of them where there are many: those end
// before it, some hundred at a time (session_rows.hpp).
class AccountStore {
public:
    // The database may be shared with other stores; it goes with the last of them.
    explicit AccountStore(std::shared_ptr<Database> database) : database_(std::move(database)) {}
    virtual ~AccountStore() = default;

    // If somebody of that name was removed after `tokens_valid_from`, that moves on to the second after.
    // Refuses with username_taken if name_key is taken, with email_taken if another account has the address, is called
    // so, or may ask it back; with validation_failed if the table of an application that was
    // adopted does not take the name (too long for it, say). With `use`, that secret is used up in the same
    // transaction; refuses with registration_refused if it is not good any more. `mail` is written in it, if there is
    // one, and the account has these roles from its first moment on; those refuse with role_not_found and as they say.
    virtual Result<> create(const Account& account, const std::optional<SecretUse>& use = {},
                            const OutboxMail* mail = nullptr, const RolesToGive* roles = nullptr);

    // None of these three folds its argument: keys are made by the domain, in the same way for what is stored and what
    // is looked for.
    virtual std::optional<Account> find_by_id(std::string_view id);
    virtual std::optional<Account> find_by_name_key(std::string_view name_key);
    virtual std::optional<Account> find_by_email_key(std::string_view email_key);
    // The account of an adopted application's user, by the id there (adoption_store.hpp). Empty where none was adopted.
    virtual std::optional<Account> find_by_adopted_id(std::string_view) { return std::nullopt; }
    // What the domain keeps to before it asks for an account or another address.
    virtual Spelling spelling() const { return {}; }
    // Whether nobody else than an account that had this address gets it, as its owner may ask it back.
    bool is_held(std::string_view email_key, Time now);
    // Addresses that its owner may ask back, but for the one that it has.
    std::vector<std::string> held_for(std::string_view id, Time now);
    // At most 1000 accounts at a time, at least one.
    virtual AccountPage list(std::string_view after, int limit);

    // Many at once, in one transaction; `look` says what would be added and adds nothing. Each is compared with those
    // before it only when writing.
    virtual std::vector<Imported> import(std::span<const ImportedAccount> imports, Importing importing);

    // The same password, hashed anew in this form: `expected` becomes `replacement`; false if the hash is another one
    // by now or the account is gone.
    virtual bool replace_password_hash(std::string_view id, std::string_view expected, std::string_view replacement,
                                       PasswordForm form);

    // The rest end sessions with `reason` in the same transaction, and what was issued up to and in that second without
    // a session; they are over for every process on this database when they return (change_store.hpp).

    // Another password; all sessions end but `keep_session`. False if the account is gone or of another
    // generation, or not as it was `seen`.
    struct NewPassword {
        std::string_view id;
        std::int64_t generation;
        std::string_view hash, keep_session, reason;
        Time now;
        PasswordForm form = PasswordForm::nfc;
        std::string_view keep_device = {};   // the one that asked for it; the others are not known any more
        const OutboxMail* notice = nullptr;  // to whoever has the account; null: none
        const Account* seen = nullptr;       // null: whatever it is like
    };
    virtual bool set_password(const NewPassword& password);

    // Another address, or none. Whoever is called by the address is called by the new one from then on, `name`.
    struct NewAddress {
        struct Name {
            std::string_view shown, key;
            std::string_view note;  // an id that was never used, under which the old name is noted
        };
        std::string_view id;
        std::optional<std::string> email, key;
        bool is_verified = false;
        std::optional<Name> name = {};
        Time now{};
        const Account* seen = nullptr;       // null: whatever it is like
        const OutboxMail* notice = nullptr;  // to the old address, with a link that undoes it; null: none
        Time held_until{};                   // as long as that link is good: nobody else gets the old address
    };
    // Ends nothing. Refuses with account_not_found; with email_taken and username_taken as create() does; with
    // precondition_failed if it is not as it was seen.
    virtual Result<> set_email(const NewAddress& address);

    // Both return false if there is no such account.
    virtual bool set_disabled(std::string_view id, bool disabled, std::string_view reason, Time now);
    virtual bool remove(std::string_view id, std::string_view reason, Time now,
                        std::span<const OutboxMail> notices = {});

    // Ends what belongs to no session, and no session. False if there is no such account.
    virtual bool end_tokens(std::string_view id, Time now);

protected:
    AccountStore(const AccountStore&) = default;

private:
    void end_most(std::string_view id, std::string_view reason, Time now);  // of its sessions
    std::shared_ptr<Database> database_;
};

}  // namespace keyhold::store
