// SPDX-License-Identifier: Apache-2.0
// Writing JSON.
#include "base/json.hpp"

#include <charconv>

namespace keyhold::json {
namespace {

// How many bytes of `text` are its first character; 0 if they are not UTF-8 (RFC 3629 §4, table of well-formed
// sequences in Unicode 3.9).
std::size_t character_size(std::string_view text) {
    const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
    const auto follows = [&](std::size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
    const unsigned lead = byte(0);
    if (lead < 0x80) return 1;
    if (lead >= 0xC2 && lead <= 0xDF) return follows(1) ? 2 : 0;
    if (lead >= 0xE0 && lead <= 0xEF) {
        if (lead == 0xE0 && byte(1) < 0xA0) return 0;  // overlong
        if (lead == 0xED && byte(1) > 0x9F) return 0;  // a surrogate
        return follows(1) && follows(2) ? 3 : 0;
    }
    if (lead >= 0xF0 && lead <= 0xF4) {
        if (lead == 0xF0 && byte(1) < 0x90) return 0;  // overlong
        if (lead == 0xF4 && byte(1) > 0x8F) return 0;  // beyond U+10FFFF
        return follows(1) && follows(2) && follows(3) ? 4 : 0;
    }
    return 0;
}

// How many bytes of `text` may be written as they are, at the least: printable ASCII but for '"' and '\\'.
std::size_t plain_prefix(std::string_view text) {
    std::size_t size = 0;
    while (size < text.size() && text[size] >= ' ' && text[size] < 0x7F && text[size] != '"' && text[size] != '\\')
        ++size;
    return size;
}

// As RFC 8259 §7 has it: short for the three that are common, \u00xx for all others.
void append_control(std::string& out, unsigned char control) {
    switch (control) {
        case '\n':
            out += "\\n";
            return;
        case '\r':
            out += "\\r";
            return;
        case '\t':
            out += "\\t";
            return;
        default:
            break;
    }
    constexpr std::string_view hex = "0123456789abcdef";
    out += "\\u00";
    out += hex[control >> 4U];
    out += hex[control & 15U];
}

// JSON lets them stand as they are, but some readers end a line at U+0085, U+2028 or U+2029, and some terminals obey
// the C1 controls (U+0080 to U+009F): a text of somebody else's must do neither in a line of ours.
bool append_if_line_end_or_c1(std::string& out, std::string_view character) {
    if (character.size() == 2 && character[0] == '\xC2' && static_cast<unsigned char>(character[1]) < 0xA0) {
        append_control(out, static_cast<unsigned char>(character[1]));
        return true;
    }
    if (character != "\xE2\x80\xA8" && character != "\xE2\x80\xA9") return false;
    out += character.back() == '\xA8' ? "\\u2028" : "\\u2029";
    return true;
}

}  // namespace

void append_string(std::string& out, std::string_view text) {
    out += '"';
    while (true) {
        const std::size_t plain = plain_prefix(text);
        out += text.substr(0, plain);
        text.remove_prefix(plain);
        if (text.empty()) break;
        const std::size_t size = character_size(text);
        const auto first = static_cast<unsigned char>(text.front());
        if (size == 0) {
            // U+FFFD for one byte, and on with the next: so no text can make the answer no JSON.
            out += "\xEF\xBF\xBD";
        } else if (first < 0x20 || first == 0x7F) {
            append_control(out, first);
        } else if (!append_if_line_end_or_c1(out, text.substr(0, size))) {
            if (first == '"' || first == '\\') out += '\\';
            out += text.substr(0, size);
        }
        text.remove_prefix(size == 0 ? 1 : size);
    }
    out += '"';
}

// Numbers are copied as they were written, so that none loses digits on the way.
void append_value(std::string& out, Value value) {
    switch (value.type()) {
        case Type::null:
            out += "null";
            return;
        case Type::boolean:
            out += *value.boolean() ? "true" : "false";
            return;
        case Type::integer:
        case Type::number:
            out += value.node_->text;
            return;
        case Type::string:
            append_string(out, value.node_->text);
            return;
        case Type::array:
        case Type::object:
            break;
    }
    const bool object = value.is_object();
    out += object ? '{' : '[';
    for (auto child = value.first(); child; child = child->next()) {
        if (child->node_ != value.node_ + 1) out += ',';
        if (object) {
            append_string(out, child->name());
            out += ':';
        }
        append_value(out, *child);  // at most 32 deep
    }
    out += object ? '}' : ']';
}

// Called before each name, value, object or array: the comma stands before all but the first.
void Writer::separate() {
    if (!first_) out_ += ',';
    first_ = false;
}

void Writer::name(std::string_view name) {
    separate();
    append_string(out_, name);
    out_ += ':';
    first_ = true;  // the value that comes now takes no comma
}

void Writer::value(std::string_view text) {
    separate();
    append_string(out_, text);
}

void Writer::value(bool boolean) { raw(boolean ? "true" : "false"); }

void Writer::value(std::int64_t number) {
    char text[24];
    const auto end = std::to_chars(text, text + sizeof text, number).ptr;
    raw({text, static_cast<std::size_t>(end - text)});
}

void Writer::null() { raw("null"); }

void Writer::raw(std::string_view json) {
    separate();
    out_ += json;
}

}  // namespace keyhold::json
