// SPDX-License-Identifier: Apache-2.0
// Ways back into an account by mail: a new password, a verified address, "this was not me".
#include "api/cause.hpp"
#include "api/current_user.hpp"
#include "api/routes.hpp"
#include "api/signed_in.hpp"
#include "domain/accounts/recovery.hpp"
#include "domain/errors.hpp"
#include "domain/passwords/log_in.hpp"

namespace keyhold::api {
namespace {

struct RecoveryAnswer {
    static constexpr std::string_view schema_name = "RecoveryAnswer";
    std::string msg;
};
KEYHOLD_FIELDS(RecoveryAnswer, (msg, about("What was done, for people")))

struct ForgottenPassword {
    static constexpr std::string_view schema_name = "ForgottenPassword";
    static constexpr http::Notation notation = http::Notation::json_or_form;
    static constexpr std::string_view example = R"({"email": "ann@example.com"})";
    std::string email;
};
KEYHOLD_FIELDS(ForgottenPassword, (email, about("The e-mail address")))

// POST /password/forgot: a mail with a link and a code, to whoever has the address. Looks for no account: it writes one
// row, whatever the address is, and the thread that sends mails looks (decision 0090). Refused: no_mail,
// too_many_mails, and validation_failed for what is no address.
Result<RecoveryAnswer> forgot_password(const ForgottenPassword& wanted, const http::Request& request,
                                       domain::Recovery& recovery) {
    if (auto asked = recovery.ask_reset(wanted.email, cause_of(request)); !asked) return std::move(asked).error();
    // The same words, status and time whether somebody has the address or not, so that nobody can find out.
    return RecoveryAnswer{"If an account has this address, a mail is on its way to it"};
}

// The link's token, or the code with the address that it was sent to.
struct PasswordReset {
    static constexpr std::string_view schema_name = "PasswordReset";
    static constexpr http::Notation notation = http::Notation::json_or_form;
    static constexpr std::string_view example =
        R"({"email": "ann@example.com", "code": "7K2M-9QXA", "new_password": "a better one"})";
    std::optional<Secret> token;
    std::optional<std::string> email;
    std::optional<Secret> code;
    Secret new_password;
};
KEYHOLD_FIELDS(PasswordReset, (token, about("What the link in the mail holds")), (email, about("The e-mail address")),
               (code, about("What the mail holds beside its link; it works once")),
               (new_password, about("The password from now on")))

// In FastAPI's words for an absent field. Which fields are needed depends on the others here, which the rules of
// KEYHOLD_FIELDS cannot say.
Error missing(std::string_view field) {
    return Error(errors::validation_failed,
                 std::vector{FieldError{"missing", {"body", field}, "Field required", std::nullopt}});
}

std::string_view text_of(const std::optional<Secret>& secret) { return secret ? secret->reveal() : std::string_view(); }

// POST /password/reset: another password; all sessions end, and the address counts as verified. Refused:
// one_time_secret_invalid, whatever is wrong with the link or the code; a new password that is too weak, and then the
// link stays good. Hashes only after the link or the code was right.
Result<RecoveryAnswer> reset_password(const PasswordReset& reset, const http::Request& request,
                                      domain::Recovery& recovery) {
    const std::string_view token = text_of(reset.token);
    // With a token, email and code are ignored.
    if (token.empty() && !reset.email) return missing("email");
    if (token.empty() && !reset.code) return missing("code");
    const std::string_view email = reset.email ? std::string_view(*reset.email) : "";
    auto done = recovery.reset({token, email, text_of(reset.code)}, reset.new_password, cause_of(request));
    if (!done) return std::move(done).error();
    return RecoveryAnswer{"Password changed; all sessions have ended"};
}

// POST /email/verify/send: a mail to the account's own address. Refused: nothing_to_verify, too_many_mails, no_mail.
Result<RecoveryAnswer> send_verification(const CurrentUser& who, const http::Request& request,
                                         domain::Recovery& recovery) {
    if (auto asked = recovery.ask_verify(who.id(), cause_of(request)); !asked) return std::move(asked).error();
    return RecoveryAnswer{"A mail is on its way to the address of the account"};
}

struct AddressProof {
    static constexpr std::string_view schema_name = "AddressProof";
    static constexpr http::Notation notation = http::Notation::json_or_form;
    static constexpr std::string_view example = R"({"code": "7K2M-9QXA"})";
    std::optional<Secret> token;
    std::optional<Secret> code;
};
KEYHOLD_FIELDS(AddressProof, (token, about("What the link in the mail holds")),
               (code, about("What the mail holds beside its link; it works once")))

// POST /email/verify: the address is verified. Needs both the mail, which shows that the address is reached, and a
// session of the account: otherwise somebody who registers with another person's address would get it verified as soon
// as that person follows the link in the mail.
Result<RecoveryAnswer> verify_address(const CurrentUser& who, const AddressProof& proof, domain::Recovery& recovery) {
    const std::string_view token = text_of(proof.token);
    if (token.empty() && !proof.code) return missing("code");
    auto done = recovery.verify(who.id(), {.token = token, .code = text_of(proof.code)});
    if (!done) return std::move(done).error();
    return RecoveryAnswer{"The address is verified"};
}

struct NewAddress {
    static constexpr std::string_view schema_name = "NewAddress";
    static constexpr http::Notation notation = http::Notation::json_or_form;
    static constexpr std::string_view example = R"({"email": "new@example.com", "current_password": "testpass"})";
    std::string email;
    Secret current_password;
};
KEYHOLD_FIELDS(NewAddress, (email, about("The address that the account is to have")),
               (current_password, about("The password until now")))

// POST /email/change: mails to the new address and, if it is verified, to the old one. Nothing changes yet.
Result<RecoveryAnswer> change_address(const CurrentUser& who, const NewAddress& wanted, const http::Request& request,
                                      domain::Accounts& accounts, domain::Recovery& recovery) {
    const std::string session = who.session_id();
    auto proved = accounts.prove_password(who.username(), wanted.current_password,
                                          {.address = request.remote_address, .session_id = session});
    // The password is checked first, so that a stolen session does not learn anything about the new address.
    if (!proved) return std::move(proved).error();
    if (auto asked = recovery.ask_change(who.id(), wanted.email, cause_of(request)); !asked)
        return std::move(asked).error();
    return RecoveryAnswer{"A mail is on its way to each address that has to agree"};
}

// True: both addresses have agreed, and it is changed.
Result<RecoveryAnswer> changed(const Result<bool>& outcome) {
    if (!outcome) return outcome.error();
    return RecoveryAnswer{*outcome ? "The address is changed" : "The other address has to agree yet"};
}

// POST /email/change/confirm: from the new address, by whoever is signed in as the account, as for /email/verify.
// Refused also: email_taken, if another account has got the address in between.
Result<RecoveryAnswer> confirm_address(const CurrentUser& who, const AddressProof& proof, const http::Request& request,
                                       domain::Recovery& recovery) {
    const std::string_view token = text_of(proof.token);
    if (token.empty() && !proof.code) return missing("code");
    return changed(recovery.confirm_change(who.id(), {.token = token, .code = text_of(proof.code)}, cause_of(request)));
}

struct MailLink {
    static constexpr std::string_view schema_name = "MailLink";
    static constexpr http::Notation notation = http::Notation::json_or_form;
    static constexpr std::string_view example = R"({"token": "khl_..."})";
    Secret token;
};
KEYHOLD_FIELDS(MailLink, (token, about("What the link holds; it works once")))

// The link's token, or the code with the address that it was sent to.
struct AddressConsent {
    static constexpr std::string_view schema_name = "AddressConsent";
    static constexpr http::Notation notation = http::Notation::json_or_form;
    static constexpr std::string_view example = R"({"email": "ann@example.com", "code": "7K2M-9QXA"})";
    std::optional<Secret> token;
    std::optional<std::string> email;
    std::optional<Secret> code;
};
KEYHOLD_FIELDS(AddressConsent, (token, about("What the link in the mail holds")), (email, about("The e-mail address")),
               (code, about("What the mail holds beside its link; it works once")))

// POST /email/change/agree: from the old address. Needs no session, because the mail shows enough: that
// its reader has the old address.
Result<RecoveryAnswer> agree_to_address(const AddressConsent& shown, const http::Request& request,
                                        domain::Recovery& recovery) {
    const std::string_view token = text_of(shown.token);
    if (token.empty() && !shown.email) return missing("email");
    if (token.empty() && !shown.code) return missing("code");
    const std::string_view email = shown.email ? std::string_view(*shown.email) : "";
    return changed(recovery.agree_to_change({token, email, text_of(shown.code)}, cause_of(request)));
}

// POST /email/change/undo: from the old address, within seven days of the change. All sessions end, because whoever
// changed the address may have one. Refused: email_taken, if somebody has the old address by now; the sessions have
// ended nevertheless.
Result<RecoveryAnswer> undo_address(const MailLink& link, domain::Recovery& recovery) {
    if (auto done = recovery.undo_change({.token = link.token.reveal()}); !done) return std::move(done).error();
    return RecoveryAnswer{"The address is what it was; all sessions have ended"};
}

// POST /login/link: a session for a link of `keyhold user login-link` or of an administrator, which is used up. The
// tokens stand in the answer and never in cookies, because a link from an attacker would sign the browser in as the
// attacker.
Result<SignedIn> log_in_by_link(const MailLink& link, const http::Request& request, domain::Accounts& accounts,
                                domain::Recovery& recovery, domain::Sessions& sessions, domain::Tokens& tokens) {
    auto logged_in =
        domain::log_in_by_link(link.token.reveal(), client_of(request), accounts, recovery, sessions, tokens);
    if (!logged_in) return std::move(logged_in).error();
    return signed_in(std::move(*logged_in), Carrier::body);
}

// POST /sessions/not-me: with the link of a mail that says that somebody logged in. All sessions of the account end,
// and links for a new password that are under way are not good any more.
Result<RecoveryAnswer> deny(const MailLink& link, domain::Recovery& recovery) {
    if (auto done = recovery.deny({.token = link.token.reveal()}); !done) return std::move(done).error();
    return RecoveryAnswer{"All sessions of the account have ended"};
}

}  // namespace

void add_recovery_routes(http::Mount& mount) {
    using enum http::Method;
    using enum http::On;
    mount.add(post, "/password/forgot",
              {.summary = "Get a mail for a new password",
               .tag = "recovery",
               .on = storing,
               .no_store = true,
               .refusals = {errors::too_many_mails, errors::no_mail},
               .description = "The answer is the same whether an account has the address or not. The mail holds a link "
                              "and a code, which work once, for 20 minutes; the newest mail's alone."},
              forgot_password);
    mount.add(post, "/password/reset",
              {.summary = "Set a new password by a mail",
               .tag = "recovery",
               .on = hashing,
               .no_store = true,
               .refusals = {errors::one_time_secret_invalid},
               .description = "With the `token` of the link, or the `code` and the address. All sessions end; the "
                              "address is verified. After five wrong codes, the code of that mail is refused too."},
              reset_password);
    mount.add(post, "/email/verify/send",
              {.summary = "Get a mail to verify my address",
               .tag = "recovery",
               .on = storing,
               .no_store = true,
               .refusals = {errors::nothing_to_verify, errors::too_many_mails, errors::no_mail},
               .description = "To the account's own address; the newest mail alone is good."},
              send_verification);
    mount.add(post, "/email/verify",
              {.summary = "Verify my address by a mail",
               .tag = "recovery",
               .on = storing,
               .no_store = true,
               .refusals = {errors::one_time_secret_invalid},
               .description = "With the `token` of the link or the `code`, by whoever is signed in as that account."},
              verify_address);
    mount.add(post, "/email/change",
              {.summary = "Ask for another address of my account",
               .tag = "recovery",
               .on = hashing,
               .no_store = true,
               .refusals = {errors::wrong_password, errors::too_many_attempts, errors::nothing_to_change,
                            errors::address_domain_refused, errors::too_many_mails, errors::no_mail},
               .description = "The new address gets a mail, and the old one if it is verified. Both have to agree "
                              "within 24 hours; for seven days the old one can undo it."},
              change_address, session_owner);
    mount.add(post, "/email/change/confirm",
              {.summary = "Agree to the new address, from there",
               .tag = "recovery",
               .on = storing,
               .no_store = true,
               .refusals = {errors::one_time_secret_invalid, errors::email_taken},
               .description = "With what the mail to the new address holds. It changes once both sides have agreed."},
              confirm_address);
    mount.add(post, "/email/change/agree",
              {.summary = "Agree to the new address, from the old one",
               .tag = "recovery",
               .on = storing,
               .no_store = true,
               .refusals = {errors::one_time_secret_invalid, errors::email_taken},
               .description = "With the link of the mail to the old address."},
              agree_to_address);
    mount.add(post, "/email/change/undo",
              {.summary = "Undo a change of the address",
               .tag = "recovery",
               .on = storing,
               .no_store = true,
               .refusals = {errors::one_time_secret_invalid, errors::email_taken},
               .description = "With the link that the old address was sent; all sessions end."},
              undo_address);
    mount.add(post, "/login/link",
              {.summary = "Log in by a link",
               .tag = "recovery",
               .on = storing,
               .no_store = true,
               .refusals = {errors::one_time_secret_invalid},
               .description = "With the `token` of a link that `keyhold user login-link` has printed."},
              log_in_by_link);
    mount.add(post, "/sessions/not-me",
              {.summary = "Say that it was not me",
               .tag = "recovery",
               .on = storing,
               .no_store = true,
               .refusals = {errors::one_time_secret_invalid},
               .description = "With the `token` of such a link in a mail: all sessions of the account end."},
              deny);
}

}  // namespace keyhold::api
