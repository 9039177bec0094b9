// SPDX-License-Identifier: Apache-2.0
#include "domain/adoption/account_record.hpp"

#include <algorithm>
#include <set>

#include "base/id.hpp"
#include "base/integer.hpp"
#include "base/text.hpp"
#include "crypto/password_hasher.hpp"
#include "domain/accounts/email_address.hpp"
#include "domain/accounts/lock_out_words.hpp"
#include "domain/accounts/names.hpp"
#include "domain/accounts/roles.hpp"
#include "domain/words.hpp"

namespace keyhold::domain {

namespace {

struct Alias {
    std::string_view name;
    Column column;
};
// In the order in which they are preferred.
constexpr std::array aliases{
    Alias{"id", Column::id},
    Alias{"uuid", Column::id},
    Alias{"username", Column::username},
    Alias{"user_name", Column::username},
    Alias{"name", Column::other_name},
    Alias{"login", Column::other_name},
    Alias{"email", Column::email},
    Alias{"email_address", Column::email},
    Alias{"user_email", Column::email},
    Alias{"email_verified", Column::verified},
    Alias{"email_verified_at", Column::verified},
    Alias{"email_confirmed_at", Column::verified},
    Alias{"password_hash", Column::hash},
    Alias{"hashed_password", Column::hash},
    Alias{"encrypted_password", Column::hash},
    Alias{"password", Column::hash},
    Alias{"hash", Column::hash},
    Alias{"created_at", Column::created_at},
    Alias{"date_joined", Column::created_at},
    Alias{"created", Column::created_at},
    Alias{"generation", Column::generation},
    Alias{"password_nfc", Column::nfc},
    Alias{"erase_at", Column::erase_at},
};

Error refuse_record(std::string why) { return {errors::validation_failed, std::move(why)}; }

std::optional<bool> read_bool(std::string_view text) {
    constexpr std::array yes{"true", "1", "t", "yes"}, no{"false", "0", "f", "no"};
    const std::string word = ascii_lower(text);
    if (std::ranges::find(yes, word) != yes.end()) return true;
    if (std::ranges::find(no, word) != no.end()) return false;
    return std::nullopt;
}

// Whether something was done, by the column that says when: "2026-11-29 17:00:00", but also "true".
bool is_moment(std::string_view text) { return !text.empty() && read_bool(text) != false; }

std::string problem_with(std::string_view hash, crypto::HashSpeeds& speeds) {
    if (hash.empty()) return "there is no password hash";
    // django.contrib.auth.hashers.UNUSABLE_PASSWORD_PREFIX.
    if (hash.front() == '!') return "the password is unusable, as Django marks it";
    return crypto::why_refused(hash, speeds);
}

// Empty is absent: that is how CSV writes it.
std::string_view text_of(const Record& record, Column column) {
    const auto& field = at(record, column);
    return field ? std::string_view(*field) : std::string_view();
}

std::vector<std::string> roles_in(std::string_view text) {
    const auto words = words_in(text);
    const std::set<std::string_view> roles(words.begin(), words.end());  // sorted, none twice
    return {roles.begin(), roles.end()};
}

Result<bool> is_disabled(const Record& record) {
    const std::string_view disabled = text_of(record, Column::disabled), active = text_of(record, Column::active);
    const auto said_disabled = disabled.empty() ? false : read_bool(disabled);
    const auto said_active = active.empty() ? true : read_bool(active);
    if (!said_disabled) return refuse_record("'disabled' is neither true nor false");
    if (!said_active) return refuse_record("'is_active' is neither true nor false");
    return *said_disabled || !*said_active || is_moment(text_of(record, Column::since));
}

// What the record says of an address. Whoever has no username is called by his address, as until now by whatever stood
// there; beside a username it has to be one.
struct Called {
    Name name;
    std::optional<EmailAddress> address;
};
Result<Called> name_and_address(const Record& record) {
    std::string_view username = text_of(record, Column::username);
    const std::string_view email = text_of(record, Column::email);
    // "name" may be what a person is called in life, so it is taken only where nothing else names the account.
    if (username.empty() && email.empty()) username = text_of(record, Column::other_name);
    auto name = parse_name(username.empty() ? email : username);
    if (!name) return refuse_record(name.error().fields().front().msg);
    auto address = parse_email_address(email.empty() ? username : email);
    // With a username beside it the column was meant to be an address; alone it may be any text that people logged in
    // by.
    if (!address && !username.empty() && !email.empty()) return refuse_record(address.error().fields().front().msg);
    if (!address) return Called{*std::move(name), std::nullopt};
    return Called{*std::move(name), *std::move(address)};
}

std::optional<Column> lock_named(std::string_view name) {
    switch (lock_out_word(name)) {
        case LockOutWord::who_may:
            return Column::active;
        case LockOutWord::who_may_not:
            return Column::disabled;
        case LockOutWord::since:
            return Column::since;
        default:
            return std::nullopt;
    }
}

}  // namespace

std::optional<NamedColumn> column_named(std::string_view name) {
    const std::string word = ascii_lower(name);
    const auto* const found = std::ranges::find(aliases, word, &Alias::name);
    // A word that locks people out wins over what the column may also be.
    if (const auto lock = lock_named(name)) return NamedColumn{*lock, aliases.size() + 1};
    if (found == aliases.end()) return std::nullopt;
    // 0 is for columns that somebody has named.
    return NamedColumn{found->column, static_cast<std::size_t>(found - aliases.begin()) + 1};
}

void add_lock(Record& record, Column column, std::string text) {
    auto& field = at(record, column);
    const std::string_view known = field ? std::string_view(*field) : std::string_view();
    // If two columns say whether the user may log in, the one that locks out counts: a value that lets in is replaced,
    // any other stays.
    const bool lets_in =
        column == Column::since ? !is_moment(known) : known.empty() || read_bool(known) == (column == Column::active);
    if (lets_in && !(text.empty() && field)) field = std::move(text);
}

Result<store::ImportedAccount> read_record(const Record& record, Time now, crypto::HashSpeeds& speeds) {
    auto called = name_and_address(record);
    if (!called) return std::move(called).error();
    auto& [name, address] = *called;
    const std::string_view hash = text_of(record, Column::hash);
    if (auto why = problem_with(hash, speeds); !why.empty()) return refuse_record(std::move(why));
    const auto disabled = is_disabled(record);
    if (!disabled) return disabled.error();
    const std::string_view created = text_of(record, Column::created_at);
    const auto created_at = created.empty() ? now : parse_time(created);
    if (!created_at) return refuse_record("'created_at' is no time");
    const std::string_view number = text_of(record, Column::generation);
    const auto generation = number.empty() ? 0 : parse_integer<std::int64_t>(number);
    if (!generation || *generation < 0) return refuse_record("'generation' is no number");

    const std::string_view nfc = text_of(record, Column::nfc);
    const auto is_nfc = nfc.empty() ? false : read_bool(nfc);
    if (!is_nfc) return refuse_record("'password_nfc' is neither true nor false");

    const std::string_view verified = text_of(record, Column::verified);
    auto is_verified = verified.empty() ? false : read_bool(verified);
    if (!is_verified && parse_time(verified)) is_verified = true;  // when it was
    if (!is_verified) return refuse_record("'email_verified' is neither true nor false, nor a time");

    const std::string_view erased = text_of(record, Column::erase_at);
    const auto erase_at = erased.empty() ? std::nullopt : parse_time(erased);
    if (!erased.empty() && !erase_at) return refuse_record("'erase_at' is no time");
    // Otherwise an account that is in use would be erased at some time.
    if (erase_at && !*disabled) return refuse_record("'erase_at' is of an account that is not disabled");

    auto roles = roles_in(text_of(record, Column::roles));
    if (!std::ranges::all_of(roles, is_role_name)) return refuse_record("'roles' holds what is no name of a role");

    std::string id = ascii_lower(text_of(record, Column::id));
    const bool keeps_id = parse_id(id).has_value();
    if (!keeps_id) id.clear();
    store::ImportedAccount imported{
        .account = {.id = std::move(id),
                    .username = std::move(name.shown),
                    .name_key = std::move(name.key),
                    .password_hash = std::string(hash),
                    .disabled = *disabled,
                    .created_at = *created_at,
                    .generation = *generation,
                    .password_form = *is_nfc ? store::PasswordForm::nfc : store::PasswordForm::typed,
                    // The person who had this name until now may hold a token of it, which must not be valid for the
                    // new account.
                    .tokens_valid_from = now + std::chrono::seconds(1)},
        .keeps_id = keeps_id,
        .roles = std::move(roles)};
    imported.account.erase_at = erase_at;
    if (address) {
        imported.account.email = std::move(address->shown);
        imported.account.email_key = std::move(address->key);
        imported.account.email_verified = *is_verified;
    }
    return imported;
}

}  // namespace keyhold::domain
