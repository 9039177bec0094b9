// SPDX-License-Identifier: Apache-2.0
// The rules of keyhold/fields.hpp: what breaks them, and their words in a JSON Schema (2020-12 validation, section 6).
#pragma once

#include <concepts>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "keyhold/base/json.hpp"
#include "keyhold/base/result.hpp"
#include "keyhold/base/secret.hpp"
#include "keyhold/base/text.hpp"
#include "keyhold/fields.hpp"

namespace keyhold::http {

// What is wrong with a request, found while it is read: each with the whole way to it.
// One for each request that is read. The order of errors is that of the struct's members.
class Reading {
public:
    explicit Reading(LocationStep part) { at_.push_back(std::move(part)); }

    // At most `most_errors` are kept: 64 KiB of JSON can hold thousands of wrong items, and the answer would be larger.
    void wrong(std::string type, std::string message);

    // While it lives, errors are one step further in.
    class Step {
    public:
        Step(Reading& reading, LocationStep step) : reading_(reading) { reading_.at_.push_back(std::move(step)); }
        ~Step() { reading_.at_.pop_back(); }
        Step(const Step&) = delete;
        Step& operator=(const Step&) = delete;

    private:
        Reading& reading_;
    };

    bool ok() const { return count_ == 0; }
    std::size_t count() const { return count_; }
    // All that was kept; call it once, when ok() is false.
    Error error() && { return Error(errors::validation_failed, std::move(errors_)); }

private:
    static constexpr std::size_t most_errors = 50;
    std::vector<LocationStep> at_;
    std::vector<FieldError> errors_;
    std::size_t count_ = 0;
};

// Each is overloaded for each rule: check_rule() says what is wrong, write_rule() adds to an open schema object. A rule
// that does not fit the type of its member does not compile.
void check_rule(const Length& rule, std::string_view text, Reading& reading);
inline void check_rule(const Length& rule, const Secret& text, Reading& reading) {
    check_rule(rule, text.reveal(), reading);
}
void check_list_length(const Length& rule, std::size_t items, Reading& reading);
void check_range(const Range<std::int64_t>& rule, std::int64_t value, Reading& reading);
void check_range(const Range<double>& rule, double value, Reading& reading);
template <std::integral T>
void check_rule(const Range<std::int64_t>& rule, T value, Reading& reading) {
    check_range(rule, static_cast<std::int64_t>(value), reading);
}
template <std::floating_point T, class U>
void check_rule(const Range<U>& rule, T value, Reading& reading) {
    check_range(Range<double>{static_cast<double>(rule.least), static_cast<double>(rule.most)}, value, reading);
}
void check_rule(const Pattern& rule, std::string_view text, Reading& reading);
void check_rule(Format rule, std::string_view text, Reading& reading);
void check_one_of(std::span<const std::string_view> values, std::string_view text, Reading& reading);
template <std::size_t N>
void check_rule(const OneOf<N>& rule, std::string_view text, Reading& reading) {
    check_one_of(rule.values, text, reading);
}
template <class T>
void check_rule(const About&, const T&, Reading&) {}
template <class T>
void check_rule(const MayBeAbsent&, const T&, Reading&) {}
template <class V, class T>
void check_rule(const Otherwise<V>&, const T&, Reading&) {}

// Whether the whole of `text` is as the pattern says.
bool matches(const Pattern& pattern, std::string_view text);
bool has_format(Format format, std::string_view text);

// "'a', 'b' or 'c'"
std::string alternatives(std::span<const std::string_view> values);

// Whether a Length is of a string or of a list, as JSON Schema has two pairs of words for it.
enum class Counted : std::uint8_t { characters, items };
void write_length(json::Writer& out, const Length& rule, Counted counted);
void write_rule(json::Writer& out, const Range<std::int64_t>& rule);
void write_rule(json::Writer& out, const Range<double>& rule);
void write_rule(json::Writer& out, const Pattern& rule);
void write_rule(json::Writer& out, Format rule);
void write_rule(json::Writer& out, const About& rule);
inline void write_rule(json::Writer&, const MayBeAbsent&) {}
// `enum` of JSON Schema.
void write_values(json::Writer& out, std::span<const std::string_view> values);
template <std::size_t N>
void write_rule(json::Writer& out, const OneOf<N>& rule) {
    write_values(out, rule.values);
}
}  // namespace keyhold::http
