// SPDX-License-Identifier: Apache-2.0
// What a refusal is: what it is called in answers (RFC 9457), which HTTP status and which exit code it has, and what
// it says. Each layer has its own in a header `errors.hpp` of its folder; here are those that every layer knows.
// No two of them have one name.
#pragma once

#include <compare>
#include <cstdint>
#include <string_view>

namespace keyhold {

// How a command ends: the exit code of the process.
// docs/operations.md lists them for scripts; the numbers stay as they are.
enum class Exit : std::uint8_t {
    done = 0,
    failed = 1,
    usage = 2,
    not_found = 3,
    not_allowed = 4,
    conflict = 5,
    unreachable = 6,
    configuration = 7,
    problems_found = 8
};

namespace detail {
struct NotCopied {
    constexpr NotCopied() = default;
    NotCopied(const NotCopied&) = delete;
    NotCopied& operator=(const NotCopied&) = delete;
};
}  // namespace detail

// All texts are static. Never copied: an Errc that referred to a copy would outlive it.
// One refusal as a constant. A new one of Keyhold's is a row in the errors.hpp of the layer that refuses, and one in
// the list of every error, of which pages and documents are made.
struct ErrorRow {
    int status;  // RFC 9110 §15
    Exit exit;
    std::string_view code;        // stable: clients may compare it; no two rows have the same
    std::string_view title;       // the same for every occurrence (RFC 9457 §3.1.3)
    std::string_view detail;      // what FastAPI's clients read
    std::string_view oauth = {};  // "error" of RFC 6749 §5.2 or RFC 6750 §3.1 where there is one
    [[no_unique_address]] detail::NotCopied not_copied = {};
};

// Which refusal: a row that lives as long as the program, passed as a value. Equal if the codes are: a row may stand
// once in each shared library.
// A pointer in size, so it is passed around freely. Comparing looks at the address first and at the code only where
// that differs.
class Errc {
public:
    // The row has to live as long as the program: an inline constexpr of an errors.hpp. One that is about to go is
    // refused by the compiler (the next line).
    constexpr Errc(const ErrorRow& row) : row_(&row) {}  // NOLINT(google-explicit-constructor): errors::x is one
    Errc(const ErrorRow&&) = delete;
    constexpr const ErrorRow& row() const { return *row_; }

    friend constexpr bool operator==(Errc one, Errc other) {
        return one.row_ == other.row_ || one.row_->code == other.row_->code;
    }
    friend constexpr std::strong_ordering operator<=>(Errc one, Errc other) {
        return one.row_->code <=> other.row_->code;
    }

private:
    const ErrorRow* row_;
};

namespace errors {
// clang-format off
// `detail` is what the client reads where an Error says nothing of its own.
inline constexpr ErrorRow not_found{404, Exit::not_found, "not_found", "Not Found", "Not Found"};
inline constexpr ErrorRow validation_failed{422, Exit::usage, "validation_failed", "Unprocessable Content", "The request is not valid", "invalid_request"};
inline constexpr ErrorRow malformed{400, Exit::failed, "malformed", "Bad Request", "The input could not be read"};
inline constexpr ErrorRow configuration{500, Exit::configuration, "configuration", "Internal Server Error", "The configuration is not valid"};
inline constexpr ErrorRow internal{500, Exit::failed, "internal_error", "Internal Server Error", "Something broke on our side"};
inline constexpr ErrorRow store_unavailable{503, Exit::unreachable, "store_unavailable", "Service Unavailable", "The database does not answer; try again shortly", "temporarily_unavailable"};
// Refusal: what it says is its own.
inline constexpr ErrorRow own{400, Exit::failed, "problem", "Bad Request", "The request was refused"};
// clang-format on
}  // namespace errors

}  // namespace keyhold
