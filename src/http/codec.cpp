// SPDX-License-Identifier: Apache-2.0
#include "http/codec.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <optional>

namespace keyhold::http {

// Text that is no value of the type and JSON of another type are different errors for FastAPI's clients.
void Codec<bool>::read(const Incoming& in, bool& value, Reading& reading) {
    if (const auto read = in.boolean())
        value = *read;
    else if (in.is_text())
        reading.wrong("bool_parsing", "Input should be a valid boolean, unable to interpret input");
    else
        reading.wrong("bool_type", "Input should be a valid boolean");
}

namespace {

// 3.0 is one (JSON Schema 2020-12, core §4.2.3), up to where a double has every integer.
std::optional<std::int64_t> whole_number(const Incoming& in) {
    constexpr double most = 9007199254740992.0;  // 2^53
    if (const auto integer = in.integer()) return integer;
    const auto number = in.is_text() ? std::nullopt : in.number();
    if (!number || std::trunc(*number) != *number || std::abs(*number) > most) return std::nullopt;
    return static_cast<std::int64_t>(*number);
}

}  // namespace

// A number out of range counts as a wrong type, as it would for a type that has no such numbers.
void read_integer(const Incoming& in, std::int64_t least, std::int64_t most, std::int64_t& value, Reading& reading) {
    const auto read = whole_number(in);
    if (read && *read >= least && *read <= most)
        value = *read;
    else if (in.is_text())
        reading.wrong("int_parsing", "Input should be a valid integer, unable to parse string as an integer");
    else
        reading.wrong("int_type", "Input should be a valid integer");
}

void Codec<double>::read(const Incoming& in, double& value, Reading& reading) {
    if (const auto read = in.number())
        value = *read;
    else if (in.is_text())
        reading.wrong("float_parsing", "Input should be a valid number, unable to parse string as a number");
    else
        reading.wrong("float_type", "Input should be a valid number");
}

// The shortest text that is read as the same number again. JSON has neither infinity nor NaN (RFC 8259 §6).
void Codec<double>::write(json::Writer& out, double value) {
    std::array<char, 32> text{};
    const auto [end, error] = std::to_chars(text.data(), text.data() + text.size(), value);
    const std::string_view written(text.data(), static_cast<std::size_t>(end - text.data()));
    // "inf", "nan" and "-nan(snan)" have an 'i' or an 'n', no finite number has.
    if (written.find_first_of("in") != written.npos)
        out.null();
    else
        out.raw(written);
}

}  // namespace keyhold::http
