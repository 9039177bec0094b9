// SPDX-License-Identifier: Apache-2.0
// Outcomes: absent is std::optional, refused is Result<T>, broken is an exception.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "keyhold/base/errors.hpp"

namespace keyhold {

// One step on the way to a field: the name of a member, or the index of an item.
// A name and a number are kept apart, because clients of FastAPI get the second as a number in JSON.
class LocationStep {
public:
    LocationStep(std::string name) : name_(std::move(name)) {}  // NOLINT(google-explicit-constructor)
    LocationStep(std::string_view name) : name_(name) {}        // NOLINT(google-explicit-constructor)
    LocationStep(const char* name) : name_(name) {}             // NOLINT(google-explicit-constructor)
    static LocationStep item(std::size_t index) { return LocationStep(index); }

    bool is_item() const { return is_item_; }
    std::size_t index() const { return index_; }
    // "tags" or "3".
    std::string text() const { return is_item_ ? std::to_string(index_) : name_; }

private:
    explicit LocationStep(std::size_t index) : index_(index), is_item_(true) {}
    std::string name_;
    std::size_t index_ = 0;
    bool is_item_ = false;
};

// What is wrong with one field of a request, in the shape that FastAPI's clients read.
// `msg` goes to whoever sent the request and may be logged, so it must not show a password that was refused.
struct FieldError {
    std::string type;                   // "missing", "string_type", "value_error" ...
    std::vector<LocationStep> loc;      // where: {"body", "notes", 0, "text"}
    std::string msg;                    // for a person; never holds the value itself
    std::optional<std::size_t> offset;  // a position in the body, the last item of loc
};

// What somebody has used up, and when they may come back.
// `retry_in` counts from now, as Retry-After does.
struct Quota {
    std::string_view policy;      // static text
    std::int64_t limit;           // so many
    std::chrono::seconds window;  // in this time
    std::chrono::seconds retry_in;
};

// A refusal that no row of the error table says: a program's own. A status that refuses nothing (below 400, above 599)
// is 500. Its title is the phrase of its status (RFC 9457 §4.2.1).
// `code` is a view: it must be text that lives as long as the program, a literal.
struct Refusal {
    int status = 400;
    std::string_view code;  // static text, stable: clients may compare it
    std::string detail;     // a sentence for a person
};

// Why something was refused: a row of an errors.hpp, and what is special about this case.
class Error {
public:
    Error(Errc errc) : errc_(errc) {}           // NOLINT(google-explicit-constructor)
    Error(const ErrorRow& row) : errc_(row) {}  // NOLINT(google-explicit-constructor): `return errors::x;`
    Error(Errc errc, std::string detail) : errc_(errc), detail_(std::move(detail)) {}
    Error(Errc errc, std::vector<FieldError> fields) : errc_(errc), fields_(std::move(fields)) {}
    Error(Errc errc, Quota quota) : errc_(errc), quota_(quota) {}
    Error(Errc errc, std::chrono::seconds retry_after) : errc_(errc), retry_after_(retry_after) {}
    Error(Refusal refusal)  // NOLINT(google-explicit-constructor)
        : errc_(errors::own), detail_(std::move(refusal.detail)) {
        const int status = refusal.status >= 400 && refusal.status <= 599 ? refusal.status : 500;
        own_.reset(new ErrorRow{status, errors::own.exit, refusal.code, {}, errors::own.detail});
    }

    Errc errc() const { return errc_; }
    const ErrorRow& row() const { return own_ ? *own_ : errc_.row(); }
    // The row's own sentence unless this case has a better one. Safe to show to anybody.
    std::string_view detail() const { return detail_.empty() ? row().detail : std::string_view(detail_); }
    const std::vector<FieldError>& fields() const { return fields_; }
    const std::optional<Quota>& quota() const { return quota_; }
    // When it is worth another try, if that is known.
    std::optional<std::chrono::seconds> retry_after() const { return retry_after_; }

private:
    Errc errc_;
    std::string detail_;
    std::vector<FieldError> fields_;
    std::optional<Quota> quota_;
    std::optional<std::chrono::seconds> retry_after_;
    // Shared, so that an Error can be copied: the row itself must not be.
    std::shared_ptr<const ErrorRow> own_;  // of a Refusal
};

namespace detail {
// Throws std::bad_variant_access.
[[noreturn]] void refuse_wrong_side();
// Everything but what becomes an Error, or is a Result.
template <class U, class T, class R>
concept ValueOf = std::is_constructible_v<T, U&&> && !std::is_same_v<std::remove_cvref_t<U>, R> &&
                  !std::is_same_v<std::remove_cvref_t<U>, Error> && !std::is_same_v<std::remove_cvref_t<U>, Errc> &&
                  !std::is_same_v<std::remove_cvref_t<U>, ErrorRow> && !std::is_same_v<std::remove_cvref_t<U>, Refusal>;
}  // namespace detail

// A value, or why there is none. Looking at the wrong side throws std::bad_variant_access.
// Result<> is the outcome of something that has no value. The constructors are implicit, so that a function returns a
// value, or errors::x, as it is. What may be moved out is taken from an rvalue: `*std::move(result)`,
// `std::move(result).error()`. What was moved from is still on the side on which it was.
// A union of its own, as std::variant took a seventh of the time in which handlers compile.
template <class T = void>
class [[nodiscard]] Result {
public:
    template <class U = T>
    requires detail::ValueOf<U, T, Result> Result(U&& value)  // NOLINT(bugprone-forwarding-reference-overload): ValueOf
        : value_(std::forward<U>(value)), is_ok_(true) {}
    Result(Error error) : error_(std::move(error)), is_ok_(false) {}
    Result(Errc errc) : Result(Error(errc)) {}
    Result(const ErrorRow& row) : Result(Error(row)) {}
    Result(Refusal refusal) : Result(Error(std::move(refusal))) {}

    Result(const Result& other) requires std::is_copy_constructible_v<T> : is_ok_(other.is_ok_) { take(other); }
    Result(Result&& other) noexcept(std::is_nothrow_move_constructible_v<T>) : is_ok_(other.is_ok_) {
        take(std::move(other));
    }
    Result& operator=(const Result& other) requires std::is_copy_constructible_v<T> { return *this = Result(other); }
    Result& operator=(Result&& other) noexcept {
        static_assert(std::is_nothrow_move_constructible_v<T>, "what was here is gone before the other comes");
        if (this == &other) return *this;
        std::destroy_at(this);
        return *std::construct_at(this, std::move(other));
    }
    ~Result() {
        if (is_ok_)
            std::destroy_at(&value_);
        else
            std::destroy_at(&error_);
    }

    bool ok() const { return is_ok_; }
    explicit operator bool() const { return ok(); }

    T& value() & { return side(true).value_; }
    const T& value() const& { return side(true).value_; }
    T&& value() && { return std::move(side(true).value_); }
    T& operator*() & { return value(); }
    const T& operator*() const& { return value(); }
    T&& operator*() && { return std::move(*this).value(); }
    T* operator->() { return &value(); }
    const T* operator->() const { return &value(); }

    const Error& error() const& { return side(false).error_; }
    Error&& error() && { return std::move(side(false).error_); }

private:
    // From the side on which both are.
    template <class Other>
    void take(Other&& other) {
        if (is_ok_)
            std::construct_at(&value_, std::forward<Other>(other).value_);
        else
            std::construct_at(&error_, std::forward<Other>(other).error_);
    }
    Result& side(bool ok) {
        if (is_ok_ != ok) detail::refuse_wrong_side();
        return *this;
    }
    const Result& side(bool ok) const {
        if (is_ok_ != ok) detail::refuse_wrong_side();
        return *this;
    }

    union {
        T value_;
        Error error_;
    };
    bool is_ok_;
};

template <>
class [[nodiscard]] Result<void> {
public:
    Result() = default;
    Result(Error error) : error_(std::move(error)) {}
    Result(Errc errc) : Result(Error(errc)) {}
    Result(const ErrorRow& row) : Result(Error(row)) {}
    Result(Refusal refusal) : Result(Error(std::move(refusal))) {}

    bool ok() const { return !error_; }
    explicit operator bool() const { return ok(); }
    const Error& error() const& { return error_.value(); }
    Error&& error() && { return std::move(error_).value(); }

private:
    std::optional<Error> error_;
};

}  // namespace keyhold
