// SPDX-License-Identifier: Apache-2.0
#include "domain/accounts/accounts.hpp"

#include <algorithm>
#include <iterator>

#include "base/id.hpp"
#include "domain/accounts/called.hpp"
#include "domain/errors.hpp"
#include "domain/sessions/sessions.hpp"
#include "store/errors.hpp"

namespace keyhold::domain {

Accounts::Accounts(store::AccountStore& store, crypto::PasswordHasher& hasher, Throttle& throttle, const Clock& clock,
                   Random& random, PasswordRules rules, const Hooks& hooks, LoginWith login_with, Mails mails)
    : store_(store),
      hasher_(hasher),
      throttle_(throttle),
      clock_(clock),
      random_(random),
      rules_(std::move(rules)),
      hooks_(hooks),
      login_with_(login_with),
      mails_(mails) {}

Result<Account> Accounts::create(const Called& called, const Secret& password,
                                 const std::optional<store::SecretUse>& use) {
    std::vector<FieldError> wrong;
    auto [name, address] = read_called(called, store_.spelling(), wrong);
    // All fields are looked at before anything is refused, so that a form can show all mistakes at once.
    std::ranges::move(check_password(password, called.username, rules_), std::back_inserter(wrong));
    if (!wrong.empty()) return Error(errors::validation_failed, std::move(wrong));

    // All before the hash is paid for. A name that is taken is always said to be; whether an address is may be a secret
    // (Registration), so the program is asked before that is looked up: a refusal, or the time that it takes, would
    // tell it.
    const bool is_taken = store_.find_by_name_key(name->key).has_value();
    if (is_taken && !looks_like_address(called.username)) return errors::username_taken;
    if (auto asked =
            hooks_.ask(Registering{name->shown, address ? std::string_view(address->shown) : std::string_view()});
        !asked)
        return std::move(asked).error();
    if (is_taken) return errors::username_taken;
    if (address && (store_.find_by_email_key(address->key) || store_.is_held(address->key, clock_.now())))
        return errors::email_taken;
    const Time now = clock_.now();
    Account account{.id = make_id(now, random_),
                    .username = std::move(name->shown),
                    .name_key = std::move(name->key),
                    .password_hash = hasher_.hash(form_of(password).reveal()),
                    .disabled = false,
                    .created_at = now,
                    .password_form = rules_.form,
                    .tokens_valid_from = now};
    if (address) {
        account.email = std::move(address->shown);
        account.email_key = std::move(address->key);
        account.email_verified = called.is_verified;
    }
    // In the transaction that makes the account: no account without its mail, and no mail without the account.
    std::optional<store::OutboxMail> mail;
    if (called.asks != nullptr && mails_ == Mails::sent && account.email && !account.email_verified)
        mail = make_mail("verify", account.id, *account.email, *called.asks, now, random_);
    if (auto created = store_.create(account, use, mail ? &*mail : nullptr, called.roles); !created)
        return std::move(created).error();  // a race decides here
    hooks_.tell(Registered{account.id, account.username});
    if (called.roles != nullptr && !called.roles->roles.empty())
        if (auto made = store_.find_by_id(account.id)) return *std::move(made);
    return account;
}

std::vector<FieldError> Accounts::mistakes(const Called& called, const Secret& password) const {
    std::vector<FieldError> wrong;
    (void)read_called(called, store_.spelling(), wrong);
    std::ranges::move(check_password(password, called.username, rules_), std::back_inserter(wrong));
    return wrong;
}

Result<Account> Accounts::authenticate(std::string_view username, const Secret& password, const Origin& origin) {
    auto account = check(parse_login_name(username, login_with_), password, origin);
    if (!account) return account;
    if (auto asked = ask_to_sign_in(*account, origin.address); !asked) return std::move(asked).error();
    return account;
}

Result<> Accounts::ask_to_sign_in(const Account& account, std::string_view address) {
    return hooks_.ask(SigningIn{account.id, account.username, address});
}

Result<Account> Accounts::check(const LoginName& login, const Secret& password, const Origin& origin) {
    // Belongs to the name, whether or not somebody has it.
    const std::uint64_t draw = throttle_.draw(login.key);
    auto account = find_account(login);
    auto attempt = throttle_.begin(login.key, account ? &*account : nullptr, origin);
    if (!attempt) return attempt.error();
    // Until the throttle has settled the attempt, nobody is told and nothing is done about what came out.
    if (!opens(account, draw, password)) {
        if (auto counted = throttle_.failed(std::move(attempt).value(), account ? account->id : ""); !counted)
            return std::move(counted).error();
        return errors::invalid_credentials;
    }
    if (auto counted = throttle_.succeeded(std::move(attempt).value()); !counted) return std::move(counted).error();
    strengthen(*account, password);
    return *std::move(account);
}

// Hashes once, whatever is wrong. A hash that nobody can read costs what an unknown name does.
bool Accounts::opens(const std::optional<Account>& account, std::uint64_t draw, const Secret& password) {
    const bool is_possible = is_possible_password(password, rules_);
    // A password that no account can have (too long, for example) costs as much as any other, but its megabyte is not
    // hashed.
    const Secret typed(is_possible ? password.reveal() : "impossible"), normal = normal_form(typed);
    if (!account || !hasher_.work_of(account->password_hash)) {
        // As much work as for some stored hash, chosen by the name: the time does not say that nobody has it
        // (docs/decisions/0060-what-a-log-in-costs.md).
        hasher_.verify_nothing(normal.reveal(), draw);
        return false;
    }
    const Secret& candidate = account->password_form == PasswordForm::nfc ? normal : typed;
    const bool matches = hasher_.verify(candidate.reveal(), account->password_hash);
    // After the hash: a disabled account takes as long as any other.
    return matches && is_possible && !account->is_locked_out(clock_.now());
}

Secret Accounts::form_of(const Secret& password) const {
    return rules_.form == PasswordForm::nfc ? normal_form(password) : Secret(password.reveal());
}

// If it fails, the log-in has succeeded all the same and the next one tries again. If the hash is another one
// by now, somebody set a new password: that one stays.
void Accounts::strengthen(Account& account, const Secret& password) {
    if (!hasher_.needs_rehash(account.password_hash)) return;
    if (password.size() > rules_.max_new_bytes) return;  // whoever else reads the hash could not read the new one
    std::string stronger = hasher_.hash(form_of(password).reveal());
    try {
        if (!store_.replace_password_hash(account.id, account.password_hash, stronger, rules_.form)) return;
        account.password_hash = std::move(stronger);
        account.password_form = rules_.form;
    } catch (const Unavailable&) {
        return;
    }
}

Result<> Accounts::set_password(std::string_view username, const Secret& password, const Cause& cause,
                                const Account* seen) {
    if (auto wrong = check_password(password, username, rules_); !wrong.empty())
        return Error(errors::validation_failed, std::move(wrong));
    auto account = seen != nullptr ? std::optional(*seen) : find_account(username);
    if (!account) return errors::account_not_found;
    if (auto asked = hooks_.ask(PasswordChanging{account->id, account->username, password.reveal()}); !asked)
        return asked;
    // Again only when another change came first.
    while (!replace_password(*account, password, {}, {}, cause, seen)) {
        if (seen != nullptr) return errors::precondition_failed;
        account = store_.find_by_id(account->id);
        if (!account) return errors::account_not_found;
    }
    return {};
}

Result<Account> Accounts::prove_password(std::string_view username, const Secret& password, const Origin& origin) {
    // The account is found by its username, because that is what the session knows, whatever people may type to log in.
    auto account = check(parse_login_name(username, LoginWith::username), password, origin);
    if (account || account.error().errc() == errors::too_many_attempts) return account;
    return errors::wrong_password;
}

Result<> Accounts::change_password(std::string_view username, const Secret& current, const Secret& replacement,
                                   const Origin& origin, const Cause& cause) {
    if (auto wrong = check_password(replacement, username, rules_, "new_password"); !wrong.empty())
        return Error(errors::validation_failed, std::move(wrong));
    const auto account = check(parse_login_name(username, LoginWith::username), current, origin);
    if (!account && account.error().errc() == errors::too_many_attempts) return account.error();
    if (!account) return errors::wrong_password;
    if (auto asked = hooks_.ask(PasswordChanging{account->id, account->username, replacement.reveal()}); !asked)
        return asked;
    // The device from which the change is made stays known, as the person in front of it has just shown the password.
    const auto device = throttle_.device_in(account->id, origin.device_token);
    if (!replace_password(*account, replacement, origin.session_id, device.value_or(""), cause))
        // Another change came first: what was shown is not the password any more.
        return errors::wrong_password;
    return {};
}

Result<> Accounts::reset_password(const Account& account, const Secret& password, const store::SecretUse& use,
                                  const Cause& cause, store::RecoveryStore& store) {
    if (account.is_locked_out(clock_.now()) || !account.email_key) return errors::one_time_secret_invalid;
    if (auto wrong = check_password(password, account.username, rules_, "new_password"); !wrong.empty())
        return Error(errors::validation_failed, std::move(wrong));
    if (auto asked = hooks_.ask(PasswordChanging{account.id, account.username, password.reveal()}); !asked)
        return asked;
    const std::string hash = hasher_.hash(form_of(password).reveal());
    // A copy with the address verified, as notice() writes to verified addresses alone.
    Account reached = account;
    reached.email_verified = true;  // by the mail that was shown
    const auto mail = notice("password_changed", reached, cause);
    if (!store.reset_password({.use = use,
                               .account_id = account.id,
                               .email_key = *account.email_key,
                               .hash = hash,
                               .reason = password_changed.code,
                               .form = rules_.form,
                               .notice = mail ? &*mail : nullptr}))
        return errors::one_time_secret_invalid;
    // After the transaction: a lock that was not lifted costs the person some minutes, not the password.
    forget_guesses(account);
    return {};
}

std::optional<store::OutboxMail> Accounts::notice(std::string_view kind, const Account& account, const Cause& cause,
                                                  std::string_view other_address) {
    if (mails_ == Mails::not_sent || !account.email || !account.email_verified) return std::nullopt;
    return make_mail(kind, account.id, *account.email, cause, clock_.now(), random_, other_address);
}

std::vector<store::OutboxMail> Accounts::notices_of_removal(const Account& account, const Cause& cause) {
    std::vector<store::OutboxMail> mails;
    if (mails_ == Mails::not_sent) return mails;
    // When they are sent there is no account to be found.
    const auto add = [&](std::string_view address) {
        mails.push_back(make_mail("account_deleted", {}, address, cause, clock_.now(), random_));
    };
    if (account.email && account.email_verified) add(*account.email);
    for (const std::string& address : store_.held_for(account.id, clock_.now())) add(address);
    return mails;
}

bool Accounts::replace_password(const Account& account, const Secret& password, std::string_view keep_session,
                                std::string_view keep_device, const Cause& cause, const Account* seen) {
    const std::string hash = hasher_.hash(form_of(password).reveal());
    const auto mail = notice("password_changed", account, cause);
    return store_.set_password({.id = account.id,
                                .generation = account.generation,
                                .hash = hash,
                                .keep_session = keep_session,
                                .reason = password_changed.code,
                                .now = clock_.now(),
                                .form = rules_.form,
                                .keep_device = keep_device,
                                .notice = mail ? &*mail : nullptr,
                                .seen = seen});
}

Result<> Accounts::set_disabled(std::string_view username, bool disabled) {
    const auto account = find_account(username);
    if (!account || !store_.set_disabled(account->id, disabled, account_disabled.code, clock_.now()))
        return errors::account_not_found;
    return {};
}

Result<> Accounts::remove(std::string_view username) {
    const auto account = find_account(username);
    if (!account) return errors::account_not_found;
    const auto mails = notices_of_removal(*account);
    if (!store_.remove(account->id, account_deleted.code, clock_.now(), mails)) return errors::account_not_found;
    tell_removed(*account);
    return {};
}

void Accounts::tell_removed(const Account& account) const { hooks_.tell(AccountDeleted{account.id, account.username}); }

Result<> Accounts::unlock(std::string_view username) {
    const auto account = find_account(username);
    if (!account) return errors::account_not_found;
    forget_guesses(*account);
    return {};
}

void Accounts::forget_guesses(const Account& account) {
    throttle_.unlock(account.name_key, account.id);
    if (account.email_key) throttle_.unlock(*account.email_key, account.id);
}

// Guesses by the name and by the address are counted apart: somebody who tries which address belongs to which name
// would learn it from the other's lock.
Throttle::State Accounts::guesses_at(const Account& account) {
    auto state = throttle_.look(account.name_key);
    if (!account.email_key || account.email_key == account.name_key) return state;
    const auto by_address = throttle_.look(*account.email_key);
    state.failures += by_address.failures;
    state.locked_until = std::max(state.locked_until, by_address.locked_until);
    return state;
}

store::AccountStore::NewAddress NewName::with(std::string_view account_id, const EmailAddress& address,
                                              Time now) const {
    store::AccountStore::NewAddress made{.id = account_id,
                                         .email = spelled(address, spelling).shown,
                                         .key = address.key,
                                         .is_verified = true,
                                         .now = now};
    if (name) made.name = {name->shown, name->key, note};
    return made;
}

Result<> Accounts::check_change(const Account& account, const EmailAddress& address) {
    if (auto name = name_after(account, address); !name) return std::move(name).error();
    return {};
}

// The same name in another spelling is no name that anybody else may have next.
Result<NewName> Accounts::name_after_change(const Account& account, const EmailAddress& address) {
    auto name = name_after(account, spelled(address, store_.spelling()));
    if (!name) return std::move(name).error();
    return NewName{.name = *std::move(name), .note = make_id(clock_.now(), random_), .spelling = store_.spelling()};
}

Result<Account> Accounts::set_email(std::string_view username, std::optional<std::string_view> email, bool is_verified,
                                    const Account* seen, const Cause& cause) {
    const auto account = seen != nullptr ? std::optional(*seen) : find_account(username);
    if (!account) return errors::account_not_found;
    const Time now = clock_.now();
    store::AccountStore::NewAddress wanted{
        .id = account->id, .email = {}, .key = {}, .is_verified = false, .now = now, .seen = seen};
    std::optional<Name> name;
    const std::string note = make_id(now, random_);
    if (email) {
        auto address = parse_email_address(*email);
        if (!address) return std::move(address).error();
        *address = spelled(*std::move(address), store_.spelling());
        auto called = name_after(*account, *address);
        if (!called) return std::move(called).error();
        name = *std::move(called);
        wanted.email = std::move(address->shown);
        wanted.key = std::move(address->key);
        // Another spelling is no other address: whoever has shown that it is his goes on being told what happens to the
        // account, which nobody else turns off.
        wanted.is_verified = is_verified || (account->email_verified && wanted.key == account->email_key);
    } else if (parse_email_address(account->username)) {
        return Error(errors::validation_failed,
                     std::vector{FieldError{
                         "value_error", {"body", "email"}, "This account has no other name than its address", {}}});
    }
    // The same name in another spelling is no name that anybody else may have next.
    if (name) wanted.name = {name->shown, name->key, note};
    // The old address is told of the change, whoever made it, with a link that undoes it.
    std::optional<store::OutboxMail> mail;
    if (wanted.key != account->email_key) mail = notice("address_changed", *account, cause, wanted.email.value_or(""));
    wanted.notice = mail ? &*mail : nullptr;
    wanted.held_until = now + undo_life;
    if (auto set = store_.set_email(wanted); !set) return std::move(set).error();
    auto changed = store_.find_by_id(account->id);
    if (!changed) return errors::account_not_found;
    return *std::move(changed);
}

Result<Account> Accounts::find(std::string_view username) {
    auto account = find_account(username);
    if (!account) return errors::account_not_found;
    return *std::move(account);
}

store::AccountPage Accounts::list(std::string_view after, int limit) { return store_.list(after, limit); }

// Both are looked for, whatever the first finds: an address that somebody has shall not be quicker than another. An
// account that is called by it comes first, as it may have been before there were addresses.
std::optional<Account> Accounts::find_account(const LoginName& login) {
    auto called = login.name ? store_.find_by_name_key(*login.name) : std::nullopt;
    auto reached = login.address ? store_.find_by_email_key(*login.address) : std::nullopt;
    return called ? called : reached;
}

}  // namespace keyhold::domain
