// SPDX-License-Identifier: Apache-2.0
// Accounts: registering, authenticating, looking after them. The one pathway for a password check.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "crypto/password.hpp"
#include "domain/accounts/email_address.hpp"
#include "domain/accounts/login_name.hpp"
#include "domain/accounts/names.hpp"
#include "domain/outbox.hpp"
#include "domain/passwords/passwords.hpp"
#include "domain/passwords/throttle.hpp"
#include "keyhold/hooks.hpp"
#include "store/accounts/account_store.hpp"
#include "store/accounts/recovery_store.hpp"

namespace keyhold::domain {

using store::Account;

// How an account is called once it has another address: by that, if it was called by its address.
struct NewName {
    std::optional<Name> name;
    std::string note;  // an id that was never used
    store::Spelling spelling = {};
    // It refers to this, and to the texts.
    store::AccountStore::NewAddress with(std::string_view account_id, const EmailAddress& address, Time now) const;
};

// Any thread; those that hash, on a hashing thread. All references must outlive it. Functions that ask the store may
// throw Unavailable.
class Accounts {
public:
    Accounts(store::AccountStore& store, crypto::PasswordHasher& hasher, Throttle& throttle, const Clock& clock,
             Random& random, PasswordRules rules, const Hooks& hooks = Hooks::none(),
             LoginWith login_with = LoginWith::either, Mails mails = Mails::not_sent);

    // How a new account is called: a username, and an address beside it; or a username that is the address.
    struct Called {
        std::string_view username;
        std::optional<std::string_view> email = {};
        bool is_verified = false;                   // the address; for whoever looks after the server
        const Cause* asks = nullptr;                // who is sent a mail to verify the address; null: nobody
        const store::RolesToGive* roles = nullptr;  // null: none
    };
    // Refused: validation_failed naming the field (all fields at once); username_taken; email_taken.
    // Hashes: call it on a hashing thread. A taken name is found before the hash is computed.
    // With `use`: store::AccountStore::create(). Hooks may refuse: refused_by_hook, here and below.
    Result<Account> create(const Called& called, const Secret& password,
                           const std::optional<store::SecretUse>& use = {});
    Result<Account> create(std::string_view username, const Secret& password) {
        return create(Called{username}, password);
    }

    // What is wrong with the fields by themselves, of all of them. Asks nobody and costs nothing; create() looks too.
    std::vector<FieldError> mistakes(const Called& called, const Secret& password) const;

    // What a new password has to be.
    const PasswordRules& password_rules() const { return rules_; }

    // What create() costs, for nothing.
    void spend_hash(const Secret& password) { (void)hasher_.hash(form_of(password).reveal()); }

    // Refused: invalid_credentials, after the same work, whether the name is unknown, malformed or disabled
    // or the password wrong; too_many_attempts, likewise. Rehashes a weaker hash on success. Call it on a hashing
    // thread.
    Result<Account> authenticate(std::string_view username, const Secret& password, const Origin& origin);

    // Whether hooks let somebody in who has proved in another way that the account is his. Refused: refused_by_hook.
    Result<> ask_to_sign_in(const Account& account, std::string_view address);

    // What failed log-ins by this name are counted for, and what a device is known under.
    std::string login_key(std::string_view typed) const { return parse_login_name(typed, login_with_).key; }

    // For whoever is signed in and shows the password once more: the account as it was checked. Refused:
    // wrong_password; too_many_attempts. Hashes.
    Result<Account> prove_password(std::string_view username, const Secret& password, const Origin& origin);

    // For whoever knows the current password. All sessions end but `origin.session_id`, and no device is known any more
    // but the one of `origin.device_token`. Refused: wrong_password, also
    // when another change came first; too_many_attempts; validation_failed for the new one. Hashes twice.
    Result<> change_password(std::string_view username, const Secret& current, const Secret& replacement,
                             const Origin& origin, const Cause& cause = {});

    // For whoever has shown a link or code of a mail to the account's address: that is verified by it, all sessions
    // end, no device is known any more, and failed log-ins until now do not count. Refused: validation_failed;
    // refused_by_hook; one_time_secret_invalid, if `use` is not good any more or the account is disabled or has another
    // address by now. Hashes.
    Result<> reset_password(const Account& account, const Secret& password, const store::SecretUse& use,
                            const Cause& cause, store::RecoveryStore& store);

    // For whoever looks after the server; `username` may be the address too.
    // Another address, or none. Whoever is called by his address is called by the new one from then on. Ends nothing.
    // The old one, if it was verified, is told of it and can undo it. One that is verified stays so in another
    // spelling. Refused: account_not_found; email_taken; validation_failed, also where there would be no name left.
    // With `seen`, here and below: precondition_failed, if the account is not so any more.
    Result<Account> set_email(std::string_view username, std::optional<std::string_view> email, bool is_verified,
                              const Account* seen = nullptr, const Cause& cause = {});

    // Refused: validation_failed, for an address that an account called by its address cannot have.
    static Result<> check_change(const Account& account, const EmailAddress& address);
    // For whoever changes the address in a transaction of his own (recovery.cpp). `name` is empty where the name
    // stays. Refused as above.
    Result<NewName> name_after_change(const Account& account, const EmailAddress& address);

    // The mail that tells whoever has the account what happened to it; none where no mails are sent. To addresses that
    // are verified alone: whoever registers an address of somebody else shall not have us write to him.
    std::optional<store::OutboxMail> notice(std::string_view kind, const Account& account, const Cause& cause,
                                            std::string_view other_address = {});
    // That it was deleted: mails to nobody's account, as there is none when they are sent.
    // Also to those who may still ask the account's address back: whoever took it from them is the one who deletes it.
    std::vector<store::OutboxMail> notices_of_removal(const Account& account, const Cause& cause = {});

    // These end all sessions of the account, but not enabling it. Enabling opens one that is closed, too.
    // Refused: account_not_found; validation_failed for the new password.
    Result<> set_password(std::string_view username, const Secret& password, const Cause& cause = {},
                          const Account* seen = nullptr);
    Result<> set_disabled(std::string_view username, bool disabled);
    Result<> remove(std::string_view username);       // and tells its owner
    void tell_removed(const Account& account) const;  // the hooks; for whoever removed it otherwise
    // Failed log-ins until now do not count any more.
    Result<> unlock(std::string_view username);
    Throttle::State guesses_at(const Account& account);
    Result<Account> find(std::string_view username);
    std::optional<Account> find_by_id(std::string_view id) { return store_.find_by_id(id); }
    std::optional<Account> find_by_email_key(std::string_view key) { return store_.find_by_email_key(key); }
    store::AccountPage list(std::string_view after, int limit);

private:
    std::optional<Account> find_account(const LoginName& login);  // none has a malformed name
    std::optional<Account> find_account(std::string_view username) { return find_account(parse_login_name(username)); }
    Secret form_of(const Secret& password) const;  // what is hashed of a new one
    // The account if the password opens it, after the throttle has settled the attempt. Hooks are not asked.
    Result<Account> check(const LoginName& login, const Secret& password, const Origin& origin);
    // `draw` chooses the cost that an unknown name has to pay (Throttle::draw()).
    bool opens(const std::optional<Account>& account, std::uint64_t draw, const Secret& password);
    // Replaces a hash that is weaker than new ones, or in another form, by one of the password that was just shown.
    void strengthen(Account& account, const Secret& password);
    // False if the account's generation is another one by now.
    bool replace_password(const Account& account, const Secret& password, std::string_view keep_session,
                          std::string_view keep_device, const Cause& cause, const Account* seen = nullptr);
    // By the name and by the address, which are counted apart.
    void forget_guesses(const Account& account);

    store::AccountStore& store_;
    crypto::PasswordHasher& hasher_;
    Throttle& throttle_;
    const Clock& clock_;
    Random& random_;
    PasswordRules rules_;
    const Hooks& hooks_;
    const LoginWith login_with_;
    const Mails mails_;
};

}  // namespace keyhold::domain
