// SPDX-License-Identifier: Apache-2.0
#include "domain/accounts/called.hpp"

#include "domain/accounts/login_name.hpp"
#include "domain/accounts/unicode.hpp"
#include "domain/errors.hpp"

namespace keyhold::domain {
namespace {

void add_fields(std::vector<FieldError>& wrong, const Error& error) {
    wrong.insert(wrong.end(), error.fields().begin(), error.fields().end());
}

Error no_username(const char* field) {
    return {
        errors::validation_failed,
        std::vector{FieldError{
            "value_error", {"body", field}, "This address cannot be a username: it is read as another one there", {}}}};
}

// The address of whoever is called so; none for a username that is none. What is wrong goes into the list.
std::optional<EmailAddress> address_of(const Accounts::Called& called, const Name& name,
                                       std::vector<FieldError>& wrong) {
    const auto add = [&](const Error& error) {
        add_fields(wrong, error);
        return std::nullopt;
    };
    // A name with an '@' can only be meant as an address, and is held to be one.
    auto in_name = looks_like_address(called.username) ? std::optional(parse_email_address(called.username, "username"))
                                                       : std::nullopt;
    if (in_name && !*in_name) return add(in_name->error());
    if (in_name && !is_username_of(name.key, **in_name)) return add(no_username("username"));
    if (!called.email) return in_name ? std::optional(std::move(*in_name).value()) : std::nullopt;
    auto address = parse_email_address(*called.email);
    if (!address) return add(address.error());
    if (in_name && (*in_name)->key != address->key)
        return add(
            Error(errors::validation_failed,
                  std::vector{FieldError{
                      "value_error", {"body", "email"}, "Whoever is called by an e-mail address has that one", {}}}));
    return *std::move(address);
}

// What is another name in small letters stays as it is ("İ" is the one letter that folds otherwise).
Name spelled(Name name, store::Spelling spelling) {
    if (!spelling.small_names) return name;
    auto small = parse_name(in_small_letters(name.shown));
    return small && small->key == name.key ? *std::move(small) : name;
}

// The application takes every name of its users for an address.
Error no_address() {
    return {errors::validation_failed,
            std::vector{FieldError{
                "value_error", {"body", "username"}, "Whoever registers here is called by an e-mail address", {}}}};
}

}  // namespace

EmailAddress spelled(EmailAddress address, store::Spelling spelling) {
    if (!spelling.small_addresses) return address;
    auto small = parse_email_address(in_small_letters(address.shown));
    return small && small->key == address.key ? *std::move(small) : address;
}

Result<> spell(store::Account& account, store::Spelling spelling) {
    if (spelling.names_are_addresses && !parse_email_address(account.username)) return no_address();
    account.username = spelled(Name{account.username, account.name_key}, spelling).shown;
    if (account.email) account.email = spelled(EmailAddress{*account.email, *account.email_key, {}}, spelling).shown;
    return {};
}

Result<std::optional<Name>> name_after(const Account& account, const EmailAddress& address) {
    if (!parse_email_address(account.username)) return std::optional<Name>();
    auto name = parse_name(address.shown);
    if (!name || !is_username_of(name->key, address)) return no_username("email");
    if (name->shown == account.username) return std::optional<Name>();
    return std::optional(*std::move(name));
}

NameAndAddress read_called(const Accounts::Called& called, store::Spelling spelling, std::vector<FieldError>& wrong) {
    auto name = parse_name(called.username);
    if (name) {
        if (spelling.names_are_addresses && !looks_like_address(called.username)) add_fields(wrong, no_address());
        auto address = address_of(called, *name, wrong);
        if (address) address = spelled(*std::move(address), spelling);
        return {spelled(*std::move(name), spelling), std::move(address)};
    }
    add_fields(wrong, name.error());
    // Without a name there is nothing to hold it against, but a mistake in it is told with the other.
    if (called.email)
        if (const auto address = parse_email_address(*called.email); !address) add_fields(wrong, address.error());
    return {};
}

}  // namespace keyhold::domain
