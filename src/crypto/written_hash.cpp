// SPDX-License-Identifier: Apache-2.0
#include "crypto/written_hash.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <stdexcept>
#include <utility>

#include "crypto/crypt_r.hpp"
#include "crypto/formats/argon2.hpp"
#include "crypto/formats/base64.hpp"
#include "crypto/formats/bcrypt_text.hpp"
#include "crypto/formats/fields.hpp"
#include "crypto/formats/pbkdf2.hpp"
#include "crypto/formats/scrypt.hpp"
#include "crypto/formats/sha_crypt.hpp"

namespace keyhold::crypto {

namespace {

using namespace formats;

constexpr std::size_t any_length = std::numeric_limits<std::size_t>::max();

// Behind the method and a '$': the salt and a digest of so many zeros.
using Blank = std::string (*)(std::string_view method, std::size_t digest, Random& random);
// The same text with the digest of a password.
using Fill = std::string (*)(std::string_view password, const std::string& blank, PasswordTools& tools);
// The method of a stored hash, that begins with `prefix` and computes `work`, with `least` where it asks for less.
using Raise = std::optional<std::string> (*)(std::string_view prefix, std::uint64_t least, std::string method,
                                             const Work& work);

// A salt: so many random bytes in the letters of an alphabet.
template <std::size_t bytes>
std::string random_letters(Random& random, std::string_view alphabet) {
    std::array<unsigned char, bytes> salt{};
    random.fill(salt);
    return encode64(as_text(salt), alphabet);
}

// Up to and with the last `separator`.
std::string head(const std::string& text, char separator) { return text.substr(0, text.rfind(separator) + 1); }

std::string zeros(std::size_t bytes) { return std::string(bytes, '\0'); }

std::string blank_werkzeug_pbkdf2(std::string_view method, std::size_t digest, Random& random) {
    return std::string(method) + '$' + random_letters<12>(random, bcrypt_alphabet) + '$' + encode16(zeros(digest));
}
std::string fill_werkzeug_pbkdf2(std::string_view password, const std::string& blank, PasswordTools&) {
    return head(blank, '$') + encode16(derive(password, parse_werkzeug_pbkdf2(blank).value()).reveal());
}

std::string blank_django_pbkdf2(std::string_view method, std::size_t digest, Random& random) {
    return std::string(method) + '$' + random_letters<16>(random, bcrypt_alphabet) + '$' +
           encode64_padded(zeros(digest));
}
std::string fill_django_pbkdf2(std::string_view password, const std::string& blank, PasswordTools&) {
    return head(blank, '$') + encode64_padded(derive(password, parse_django_pbkdf2(blank).value()).reveal());
}

std::string blank_passlib_pbkdf2(std::string_view method, std::size_t digest, Random& random) {
    return std::string(method) + '$' + random_letters<16>(random, passlib_alphabet) + '$' +
           encode64(zeros(digest), passlib_alphabet);
}
std::string fill_passlib_pbkdf2(std::string_view password, const std::string& blank, PasswordTools&) {
    return head(blank, '$') +
           encode64(derive(password, parse_passlib_pbkdf2(blank).value()).reveal(), passlib_alphabet);
}

std::string blank_werkzeug_scrypt(std::string_view method, std::size_t digest, Random& random) {
    return std::string(method) + '$' + random_letters<12>(random, bcrypt_alphabet) + '$' + encode16(zeros(digest));
}
std::string fill_werkzeug_scrypt(std::string_view password, const std::string& blank, PasswordTools& tools) {
    return head(blank, '$') + encode16(derive(password, parse_werkzeug_scrypt(blank).value(), tools).reveal());
}

std::string blank_passlib_scrypt(std::string_view method, std::size_t digest, Random& random) {
    return std::string(method) + '$' + random_letters<16>(random, standard_alphabet) + '$' +
           encode64(zeros(digest), standard_alphabet);
}
std::string fill_passlib_scrypt(std::string_view password, const std::string& blank, PasswordTools& tools) {
    return head(blank, '$') +
           encode64(derive(password, parse_passlib_scrypt(blank).value(), tools).reveal(), standard_alphabet);
}

std::string blank_sha_crypt(std::string_view method, std::size_t digest, Random& random) {
    return std::string(method) + '$' + random_letters<12>(random, bcrypt_alphabet) + '$' +
           std::string((digest * 8 + 5) / 6, '.');  // of 6 bits each
}
std::string fill_sha_crypt(std::string_view password, const std::string& blank, PasswordTools&) {
    const auto text = call_crypt_r(password, head(blank, '$'));
    if (!text) throw std::runtime_error("libxcrypt cannot compute the hash");
    return *text;
}

// bcrypt's salt and digest stand behind each other without a separator, but in passlib's form.
std::string blank_bcrypt(std::string_view method, std::size_t digest, Random& random) {
    return std::string(method) + '$' + random_letters<16>(random, bcrypt_alphabet) +
           std::string((digest * 8 + 5) / 6, '.');
}
std::string blank_passlib_bcrypt(std::string_view method, std::size_t digest, Random& random) {
    return std::string(method) + '$' + random_letters<16>(random, bcrypt_alphabet) + '$' +
           std::string((digest * 8 + 5) / 6, '.');
}
template <std::size_t prefix, auto parse>
std::string fill_bcrypt(std::string_view password, const std::string& blank, PasswordTools& tools) {
    bcrypt::Hash hash = parse(std::string_view(blank).substr(prefix)).value();
    const Secret prepared = bcrypt::prepare(hash, password);
    hash.digest = tools.bcrypt.compute({prepared.reveal(), hash.variant, hash.cost, hash.salt});
    return blank.substr(0, prefix) + bcrypt::format(hash);
}

// Django's salts are letters, and one of fewer than 22 makes it hash anew (django.contrib.auth.hashers,
// must_update_salt()): 16 bytes without letters would.
std::string blank_django_argon2(std::string_view method, std::size_t digest, Random& random) {
    return std::string(method) + '$' + encode64(random_letters<16>(random, bcrypt_alphabet), standard_alphabet) + '$' +
           encode64(zeros(digest), standard_alphabet);
}
std::string fill_django_argon2(std::string_view password, const std::string& blank, PasswordTools& tools) {
    constexpr std::size_t prefix = 6;
    return blank.substr(0, prefix) + fill_argon2id(password, std::string_view(blank).substr(prefix), tools);
}

// The method of a stored hash without its last fields.
std::string without_last(std::string_view stored, int fields) {
    for (int i = 0; i < fields; ++i) stored = stored.substr(0, stored.rfind('$'));
    return std::string(stored);
}

// Where the number ends the method, as in "pbkdf2_sha256$29000"; a cost of bcrypt has two digits.
std::optional<std::string> raise_last_number(std::string_view, std::uint64_t least, std::string method,
                                             const Work& work) {
    if (work.of[0] >= least) return method;
    std::string number = std::to_string(work.of[0]);
    if (work.kind == Work::Kind::bcrypt && method.ends_with("0" + number)) number.insert(0, "0");
    if (!method.ends_with(number)) return std::nullopt;
    return method.replace(method.size() - number.size(), number.size(), std::to_string(least));
}

// Where 5,000 rounds are meant if none are named.
std::optional<std::string> raise_rounds(std::string_view prefix, std::uint64_t least, std::string method,
                                        const Work& work) {
    if (work.of[0] >= least) return method;
    return std::string(prefix) + "rounds=" + std::to_string(least);
}

// Whatever kind of Argon2 it was.
std::optional<std::string> make_argon2id(std::string_view prefix, std::uint64_t, std::string, const Work& work) {
    const auto memory = std::clamp<std::uint64_t>(work.of[0], 19'456, Limits::memory);
    const auto passes = std::clamp<std::uint64_t>(work.of[1], 2, Limits::memory_passes / memory);
    return std::string(prefix) + "v=19$m=" + std::to_string(memory) + ",t=" + std::to_string(passes) +
           ",p=" + std::to_string(work.of[2]);
}

}  // namespace

// `fields` counts the '$'-separated fields of a stored hash that follow the method: its salt and its digest, or both in
// one.
struct WrittenHash::Row {
    std::string_view name, prefix;
    int fields;                    // behind the method
    std::uint64_t least;           // OWASP's: iterations, rounds, cost or n
    std::size_t longest_password;  // bytes
    std::size_t digest;            // bytes
    Blank blank;
    Fill fill;
    Raise raise = raise_last_number;
    std::string_view read_too = {};  // how hashes begin that whoever reads this reads too; they are not written
};

namespace {

constexpr std::size_t cut = bcrypt::max_password_size, bcrypt_digest = 23;

}  // namespace

std::span<const WrittenHash::Row> WrittenHash::rows() {
    static constexpr std::array rows{
        Row{"bcrypt_2y", "$2y$", 1, 10, cut, bcrypt_digest, blank_bcrypt, fill_bcrypt<0, bcrypt::parse_crypt>},
        Row{"bcrypt_sha256", "$bcrypt-sha256$", 2, 10, any_length, bcrypt_digest, blank_passlib_bcrypt,
            fill_bcrypt<0, bcrypt::parse_sha256>},
        Row{"django_bcrypt_sha256", "bcrypt_sha256$$2b$", 1, 10, any_length, bcrypt_digest, blank_bcrypt,
            fill_bcrypt<0, bcrypt::parse_django_sha256>},
        Row{"django_bcrypt", "bcrypt$$2b$", 1, 10, cut, bcrypt_digest, blank_bcrypt,
            fill_bcrypt<7, bcrypt::parse_crypt>},
        Row{"django_argon2", "argon2$argon2id$", 2, 0, any_length, 32, blank_django_argon2, fill_django_argon2,
            make_argon2id, "argon2$argon2i$"},
        Row{"scrypt", "$scrypt$", 2, 0, any_length, 32, blank_passlib_scrypt, fill_passlib_scrypt},
        Row{"werkzeug_scrypt", "scrypt:", 2, 0, any_length, 64, blank_werkzeug_scrypt, fill_werkzeug_scrypt},
        Row{"pbkdf2_sha256", "$pbkdf2-sha256$", 2, 600'000, any_length, 32, blank_passlib_pbkdf2, fill_passlib_pbkdf2},
        Row{"pbkdf2_sha512", "$pbkdf2-sha512$", 2, 210'000, any_length, 64, blank_passlib_pbkdf2, fill_passlib_pbkdf2},
        Row{"pbkdf2_sha1", "$pbkdf2$", 2, 1'300'000, any_length, 20, blank_passlib_pbkdf2, fill_passlib_pbkdf2},
        Row{"django_pbkdf2_sha256", "pbkdf2_sha256$", 2, 600'000, any_length, 32, blank_django_pbkdf2,
            fill_django_pbkdf2},
        Row{"django_pbkdf2_sha1", "pbkdf2_sha1$", 2, 1'300'000, any_length, 20, blank_django_pbkdf2,
            fill_django_pbkdf2},
        Row{"werkzeug_pbkdf2", "pbkdf2:sha256:", 2, 600'000, any_length, 32, blank_werkzeug_pbkdf2,
            fill_werkzeug_pbkdf2},
        Row{"werkzeug_pbkdf2", "pbkdf2:sha512:", 2, 210'000, any_length, 64, blank_werkzeug_pbkdf2,
            fill_werkzeug_pbkdf2},
        Row{"werkzeug_pbkdf2", "pbkdf2:sha1:", 2, 1'300'000, any_length, 20, blank_werkzeug_pbkdf2,
            fill_werkzeug_pbkdf2},
        // OWASP names none for these; passlib writes 535,000 and 656,000, crypt(5) 5,000.
        Row{"sha256_crypt", "$5$", 2, 535'000, longest_crypt_password, 32, blank_sha_crypt, fill_sha_crypt,
            raise_rounds},
        Row{"sha512_crypt", "$6$", 2, 656'000, longest_crypt_password, 64, blank_sha_crypt, fill_sha_crypt,
            raise_rounds},
    };
    return rows;
}

WrittenHash::WrittenHash(const Row& row, std::string method, Strength strength, Work work)
    : row_(&row),
      name_(row.name),
      method_(std::move(method)),
      strength_(strength),
      work_(work),
      longest_password_(row.longest_password) {}

std::optional<WrittenHash> WrittenHash::parse(std::string_view method) {
    const auto row = std::ranges::find_if(rows(), [&](const Row& one) { return method.starts_with(one.prefix); });
    if (row == rows().end()) return std::nullopt;
    struct Zeros final : Random {
        void fill(std::span<unsigned char> bytes) override { std::ranges::fill(bytes, 0); }
    } none;
    // What the format's own row reads of it is what will be written.
    const std::string blank = row->blank(method, row->digest, none);
    const PasswordFormat* const format = find_password_format(blank);
    const auto strength = format == nullptr ? std::nullopt : format->parse(blank);
    const auto work = format == nullptr ? std::nullopt : format->work(blank);
    if (!strength || !work) return std::nullopt;
    return WrittenHash(*row, std::string(method), *strength, *work);
}

std::optional<WrittenHash> WrittenHash::of(std::string_view stored) {
    const PasswordFormat* const format = find_password_format(stored);
    const auto work = format == nullptr ? std::nullopt : format->work(stored);
    if (!work) return std::nullopt;
    const auto row = std::ranges::find_if(rows(), [&](const Row& one) {
        return stored.starts_with(one.prefix) || (!one.read_too.empty() && stored.starts_with(one.read_too));
    });
    if (row == rows().end()) return std::nullopt;
    const auto method = row->raise(row->prefix, row->least, without_last(stored, row->fields), *work);
    return method ? parse(*method) : std::nullopt;
}

bool WrittenHash::has(const PasswordFormat& format) {
    return std::ranges::any_of(rows(), [&](const Row& one) { return one.prefix.starts_with(format.prefix); });
}

std::string WrittenHash::hash(std::string_view password, Random& random, PasswordTools& tools) const {
    return row_->fill(password, row_->blank(method_, row_->digest, random), tools);
}

bool WrittenHash::is_cheap() const {
    if (row_->least != 0) return work_.of[0] < row_->least;
    return strength_.kind != Strength::Kind::memory_hard;
}

std::string WrittenHash::sample(Random& random) const { return row_->blank(method_, row_->digest, random); }

std::string written_name_of(std::string_view stored) {
    const PasswordFormat* const format = find_password_format(stored);
    if (format == nullptr || !format->parse(stored)) return {};
    switch (format->new_hashes) {
        case NewHashes::bcrypt:
            return "bcrypt";
        case NewHashes::argon2id:
            return "argon2id";
        case NewHashes::none:
            return {};
        case NewHashes::as_found:
            break;
    }
    const auto written = WrittenHash::of(stored);
    return written ? std::string(written->name()) : std::string();
}

std::string written_name_of_setting(std::string_view password_hash) {
    const auto written = WrittenHash::parse(password_hash);
    return std::string(written ? written->name() : password_hash);
}

}  // namespace keyhold::crypto
