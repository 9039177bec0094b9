// SPDX-License-Identifier: Apache-2.0
// What Firebase, Keycloak and Auth0 export: JSON with the users in an array, or, of Auth0, one in each line. Their hash
// forms are put into the texts that crypto/password_formats.hpp reads.
#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <fstream>
#include <functional>
#include <iterator>

#include "base/json.hpp"
#include "base/text.hpp"
#include "cli/tools/records.hpp"
#include "crypto/formats/base64.hpp"

namespace keyhold::cli {
namespace {

using domain::Column;
using domain::Record;
namespace formats = crypto::formats;

// Reads one user into the record; why it cannot be, or nothing. What is missing is found out by whoever reads the
// record.
using ReadUser = std::function<std::string(const json::Value& user, Record& record)>;

// A string, or a number or a boolean as its text; empty if it is missing or anything else.
std::string text_in(const json::Value& object, std::string_view name) {
    const auto value = object.find(name);
    if (!value) return {};
    if (const auto text = value->string()) return std::string(*text);
    if (const auto number = value->integer()) return std::to_string(*number);
    if (const auto boolean = value->boolean()) return *boolean ? "true" : "false";
    return {};
}

// A member that is missing or empty leaves the column unset.
void put_text(Record& record, Column column, const json::Value& user, std::string_view name) {
    if (std::string text = text_in(user, name); !text.empty()) put(record, column, std::move(text));
}

// Milliseconds since 1970, as a number or a text.
void put_moment(Record& record, const json::Value& user, std::string_view name) {
    const std::string text = text_in(user, name);
    std::int64_t milliseconds = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), milliseconds);
    if (text.empty() || read.ec != std::errc() || read.ptr != text.data() + text.size()) return;
    put(record, Column::created_at, rfc3339(Time(std::chrono::seconds(milliseconds / 1000))));
}

// Base 64 in either alphabet (RFC 4648 §4, §5), padded or not, as passlib writes it; empty for anything else.
std::string as_passlib(std::string_view text, std::size_t at_most = std::string::npos) {
    std::string plain(text.substr(0, text.find('=')));
    std::ranges::replace(plain, '-', '+');
    std::ranges::replace(plain, '_', '/');
    const auto bytes = formats::decode64(plain, formats::standard_alphabet);
    return bytes ? formats::encode64(bytes->substr(0, at_most), formats::passlib_alphabet) : std::string();
}
// The standard alphabet with padding, which our form of Firebase's scrypt has.
std::string as_standard(std::string_view text) {
    std::string plain(text);
    std::ranges::replace(plain, '-', '+');
    std::ranges::replace(plain, '_', '/');
    while (plain.size() % 4 != 0) plain += '=';
    return plain;
}

// The project's hash parameters, as the console of Firebase shows them: lines of "name: value,". No JSON.
struct FirebaseKeys {
    std::string signer_key, salt_separator, rounds, mem_cost;
};
// `name` with whatever stands around it, in the console's own notation.
std::string value_in(std::string_view text, std::string_view name) {
    const std::size_t at = text.find(name);
    if (at == text.npos) return {};
    text.remove_prefix(at + name.size());
    constexpr std::string_view around = "\": \t'";
    text.remove_prefix(std::min(text.find_first_not_of(around), text.size()));
    return std::string(trimmed(text.substr(0, text.find_first_of(",\"'}\r\n \t"))));
}

// A user of `firebase auth:export`. The project's keys are the same for all users and go into every hash, so that a
// hash can be verified by itself.
std::string read_firebase(const FirebaseKeys& keys, const json::Value& user, Record& record) {
    put_text(record, Column::email, user, "email");
    put_text(record, Column::verified, user, "emailVerified");
    put_text(record, Column::disabled, user, "disabled");
    put_moment(record, user, "createdAt");
    const std::string hash = text_in(user, "passwordHash"), salt = text_in(user, "salt");
    if (hash.empty()) return "there is no password hash: whoever signs in by another service alone has none";
    put(record, Column::hash,
        // crypto/password_formats.hpp has the form.
        "$firescrypt$ln=" + keys.mem_cost + ",r=" + keys.rounds + ",p=1$" + as_standard(salt) + "$" +
            as_standard(hash) + "$" + keys.salt_separator + "$" + keys.signer_key);
    return {};
}

// Parameters of Keycloak's stand in lists of one text each.
std::string parameter_in(const json::Value& credential, std::string_view name) {
    const auto all = credential.find("additionalParameters");
    const auto list = all ? all->find(name) : std::nullopt;
    const auto first = list ? list->first() : std::nullopt;
    return std::string(first ? first->string().value_or("") : "");
}

// The text of a stored hash; empty if its algorithm is none that we read.
std::string keycloak_hash(const json::Value& secret, const json::Value& credential) {
    struct Digest {
        std::string_view algorithm, name;
        std::size_t size;  // PBKDF2's first bytes are the same however many are asked for (RFC 8018 §5.2): more are cut
    };
    // Keycloak's names of algorithms, and passlib's prefix for the same function.
    constexpr std::array digests{Digest{"pbkdf2", "pbkdf2", 20}, Digest{"pbkdf2-sha256", "pbkdf2-sha256", 32},
                                 Digest{"pbkdf2-sha512", "pbkdf2-sha512", 64}};
    const std::string algorithm = text_in(credential, "algorithm"), times = text_in(credential, "hashIterations"),
                      salt = text_in(secret, "salt"), value = text_in(secret, "value");
    const auto* const digest = std::ranges::find(digests, algorithm, &Digest::algorithm);
    if (digest != digests.end())
        return "$" + std::string(digest->name) + "$" + times + "$" + as_passlib(salt) + "$" +
               as_passlib(value, digest->size);
    // Version 1.3 is 19 (0x13) in the notation of PHC strings.
    if (algorithm != "argon2" || parameter_in(credential, "version") != "1.3") return {};
    const auto unpadded = [](const std::string& text) { return text.substr(0, text.find('=')); };
    return "$argon2" + parameter_in(credential, "type") + "$v=19$m=" + parameter_in(credential, "memory") +
           ",t=" + times + ",p=" + parameter_in(credential, "parallelism") + "$" + unpadded(salt) + "$" +
           unpadded(value);
}

// A user of a realm export. Credentials of other kinds, such as one-time passwords, are passed over.
std::string read_keycloak(const json::Value& user, Record& record) {
    put_text(record, Column::id, user, "id");
    put_text(record, Column::username, user, "username");
    put_text(record, Column::email, user, "email");
    put_text(record, Column::verified, user, "emailVerified");
    put_text(record, Column::active, user, "enabled");
    put_moment(record, user, "createdTimestamp");
    const auto credentials = user.find("credentials");
    // The two texts hold JSON themselves; what is read refers into these.
    json::Document first, second;
    for (auto one = credentials ? credentials->first() : std::nullopt; one; one = one->next()) {
        if (text_in(*one, "type") != "password") continue;
        const auto secret = first.parse(text_in(*one, "secretData")),
                   data = second.parse(text_in(*one, "credentialData"));
        if (!secret || !data) return "its credential is not as Keycloak writes it";
        std::string hash = keycloak_hash(*secret, *data);
        if (hash.empty()) return "its password is hashed by '" + text_in(*data, "algorithm") + "', which is not read";
        put(record, Column::hash, std::move(hash));
        return {};
    }
    return "there is no password";
}

// $pbkdf2-sha256$i=100000,l=32$salt$hash, as the schema of Auth0's imports has it.
std::string auth0_pbkdf2(std::string_view text) {
    std::vector<std::string_view> parts;
    for (std::size_t at = 0; at != text.npos;) {
        const std::size_t end = text.find('$', at);
        parts.push_back(text.substr(at, end - at));
        at = end == text.npos ? end : end + 1;
    }
    if (parts.size() != 5 || !parts[2].starts_with("i=")) return {};
    const std::string_view times = parts[2].substr(2, parts[2].find(',') - 2);
    return "$" + std::string(parts[1]) + "$" + std::string(times) + "$" + as_passlib(parts[3]) + "$" +
           as_passlib(parts[4]);
}

// A user of Auth0's export, or of the file for its bulk import, which has `custom_password_hash`.
std::string read_auth0(const json::Value& user, Record& record) {
    put_text(record, Column::username, user, "username");
    put_text(record, Column::email, user, "email");
    put_text(record, Column::verified, user, "email_verified");
    put_text(record, Column::disabled, user, "blocked");
    put_text(record, Column::created_at, user, "created_at");
    for (const char* const name : {"passwordHash", "password_hash"}) put_text(record, Column::hash, user, name);
    const auto custom = user.find("custom_password_hash");
    if (!custom) return {};
    const std::string algorithm = text_in(*custom, "algorithm");
    const auto hash = custom->find("hash");
    std::string value = hash ? text_in(*hash, "value") : std::string();
    if (algorithm == "pbkdf2") value = auth0_pbkdf2(value);
    if ((algorithm != "bcrypt" && algorithm != "argon2" && algorithm != "pbkdf2") || value.empty())
        return "its password is hashed by '" + algorithm + "', which is not read";
    put(record, Column::hash, std::move(value));
    return {};
}

// The whole file is in memory: such exports are some hundred bytes for each user. One thread.
class ExportRecords final : public Records {
public:
    explicit ExportRecords(ReadUser read) : read_(std::move(read)) {}

    // The array of this name in an object, or one that is all of the file; or else a user in each line.
    Result<> open(const std::string& path, std::string_view array) {
        std::ifstream file(path, std::ios::binary);
        if (!file) return Error(errors::configuration, "cannot read " + path);
        text_.assign(std::istreambuf_iterator<char>(file), {});
        const auto whole = document_.parse(text_);
        // Auth0's file is one object in each line, which is not JSON as a whole.
        if (!whole && !array.empty())
            return Error(errors::malformed, path + " is not JSON: " + document_.error().reason);
        if (!whole || (array.empty() && whole->is_object())) return {};
        const auto users = whole->is_object() ? whole->find(array) : whole;
        if (!users || users->type() != json::Type::array)
            return Error(errors::malformed, path + " holds no list of users");
        is_array_ = true;
        next_ = users->first();
        total_ = static_cast<std::int64_t>(users->size());
        text_.clear();
        return {};
    }

    Next next(Record& record) override {
        for (auto& field : record) field.reset();
        why_.clear();
        if (!(is_array_ ? next_of_array(record) : next_line(record))) return Next::end;
        return why_.empty() ? Next::record : Next::broken;
    }
    const std::string& why() const override { return why_; }
    std::int64_t line() const override { return number_; }
    std::int64_t position() const override { return is_array_ ? number_ : static_cast<std::int64_t>(at_); }
    std::int64_t total() const override { return is_array_ ? total_ : static_cast<std::int64_t>(text_.size()); }
    std::vector<std::string> unread() const override { return {}; }

private:
    void take(const std::optional<json::Value>& user, Record& record) {
        why_ = user && user->is_object() ? read_(*user, record) : std::string("it is not a JSON object");
    }
    bool next_of_array(Record& record) {
        if (!next_) return false;
        ++number_;
        take(next_, record);
        next_ = next_->next();
        return true;
    }
    // Empty lines are skipped, and counted, so that the number of a line is the one that an editor shows.
    bool next_line(Record& record) {
        std::string_view line;
        while (trimmed(line).empty()) {
            if (at_ >= text_.size()) return false;
            const std::size_t end = std::min(text_.find('\n', at_), text_.size());
            line = std::string_view(text_).substr(at_, end - at_);
            at_ = end + 1;
            ++number_;
        }
        take(document_.parse(line), record);
        return true;
    }

    const ReadUser read_;
    std::string text_, why_;
    json::Document document_;
    bool is_array_ = false;
    std::optional<json::Value> next_;
    std::size_t at_ = 0;
    std::int64_t number_ = 0, total_ = 0;
};

// `array` is the member that holds the users; empty: the file itself is the array, or has a user in each line.
Result<std::unique_ptr<Records>> open_export(const std::string& path, std::string_view array, ReadUser read) {
    auto records = std::make_unique<ExportRecords>(std::move(read));
    if (auto opened = records->open(path, array); !opened) return std::move(opened).error();
    return std::unique_ptr<Records>(std::move(records));
}

}  // namespace

Result<std::unique_ptr<Records>> read_firebase_export(const std::string& path, const std::string& hash_config) {
    if (hash_config.empty())
        return Error(errors::validation_failed,
                     "--hash-config FILE is missing: without the parameters no password can be checked");
    std::ifstream file(hash_config, std::ios::binary);
    if (!file) return Error(errors::configuration, "cannot read " + hash_config);
    const std::string text(std::istreambuf_iterator<char>(file), {});
    const FirebaseKeys keys{value_in(text, "base64_signer_key"), value_in(text, "base64_salt_separator"),
                            value_in(text, "rounds"), value_in(text, "mem_cost")};
    for (const std::string* part : {&keys.signer_key, &keys.rounds, &keys.mem_cost})
        if (part->empty())
            return Error(errors::configuration, hash_config +
                                                    " lacks base64_signer_key, rounds or mem_cost: copy the password "
                                                    "hash parameters that the Firebase console shows");
    return open_export(path, "users",
                       [keys](const json::Value& user, Record& record) { return read_firebase(keys, user, record); });
}

Result<std::unique_ptr<Records>> read_keycloak_export(const std::string& path) {
    return open_export(path, "users", read_keycloak);
}

Result<std::unique_ptr<Records>> read_auth0_export(const std::string& path) {
    return open_export(path, "", read_auth0);
}

}  // namespace keyhold::cli
