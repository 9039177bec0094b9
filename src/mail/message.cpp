// SPDX-License-Identifier: Apache-2.0
// One mail as text (RFC 5322): a plain and an HTML part, in ASCII lines that every mail server carries.
#include "mail/message.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

#include "base/internet_date.hpp"
#include "base/text.hpp"

namespace keyhold::mail {
namespace {

// RFC 5321 §4.5.3.1.3: a path has 256 octets at most, with its angle brackets.
constexpr std::size_t longest_address = 254;
constexpr std::size_t longest_line = 76;          // RFC 2045 §6.7 (5)
constexpr std::size_t longest_encoded_word = 75;  // RFC 2047 §2
constexpr std::string_view word_begin = "=?utf-8?q?", word_end = "?=";
constexpr std::string_view digits = "0123456789ABCDEF";

void append_escaped(std::string& out, char c) {
    const auto byte = static_cast<unsigned char>(c);
    out.append({'=', digits[byte >> 4], digits[byte & 15]});
}

// A display name: a quoted-string where it is ASCII (RFC 5322 §3.2.4), else encoded words (RFC 2047 §5 (3)).
std::string phrase(std::string_view name) {
    if (!std::ranges::all_of(name, is_ascii_printable)) return encoded_words(name);
    std::string quoted = "\"";
    for (const char c : name) {
        if (c == '"' || c == '\\') quoted += '\\';
        quoted += c;
    }
    return quoted + '"';
}

// A bug and no refusal: whoever takes an address from outside asks is_address() first.
std::string bracketed(std::string_view address) {
    if (!is_address(address)) throw std::logic_error("a mail has an address that is none");
    return "<" + std::string(address) + ">";
}

// The id stands in two fields, so it must not hold anything that ends one.
void check_id(std::string_view id) {
    const auto may_stand = [](char c) { return is_ascii_alphanumeric(c) || c == '-'; };
    if (id.empty() || !std::ranges::all_of(id, may_stand)) throw std::logic_error("a mail has an id that is none");
}

// Quoted-printable, so that any text is lines of ASCII within the lengths that SMTP allows (RFC 5321 §4.5.3.1.6).
void append_part(std::string& out, std::string_view boundary, std::string_view type, std::string_view text) {
    out.append("--").append(boundary).append("\r\nContent-Type: ").append(type);
    out.append("; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n");
    out.append(quoted_printable(text)).append("\r\n");
}

}  // namespace

// An address that can stand in SMTP and in a field: nothing in it may begin another command or another recipient.
bool is_address(std::string_view text) {
    if (text.size() > longest_address || !is_utf8(text) || std::ranges::any_of(text, is_ascii_control)) return false;
    std::size_t at = text.npos;
    bool is_quoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (is_quoted) {
            if (c == '\\') ++i;  // a quoted pair (RFC 5321 §4.1.2)
            if (c == '"') is_quoted = false;
            continue;
        }
        if (c == '"') {
            if (i != 0) return false;
            is_quoted = true;
        } else if (std::string_view(" <>(),;:\\").find(c) != text.npos) {
            return false;
        } else if (c == '@') {
            if (at != text.npos) return false;
            at = i;
        }
    }
    return !is_quoted && at != text.npos && at > 0 && at + 1 < text.size();
}

std::string message_id(const Message& message) {
    return "<" + message.id + message.from.substr(std::min(message.from.rfind('@'), message.from.size())) + ">";
}

// For a field outside of ASCII (RFC 2047 §4.2, Q). Words are at most 75 characters long and end between characters.
std::string encoded_words(std::string_view text) {
    const bool may_stand = std::ranges::all_of(text, is_ascii_printable) && text.find("=?") == text.npos;
    if (may_stand) return std::string(text);
    std::string made(word_begin);
    constexpr std::size_t field_name = 16;  // stands before the first word, within the line's 76 characters
    // In characters, for what still fits the word that is being made.
    std::size_t room = longest_encoded_word - word_begin.size() - word_end.size() - field_name;
    while (!text.empty()) {
        std::size_t size = 1;  // bytes of one character: no word ends within
        while (size < text.size() && (static_cast<unsigned char>(text[size]) & 0xc0) == 0x80) ++size;
        std::string character;
        for (const char c : text.substr(0, size)) {
            if (is_ascii_alphanumeric(c))
                character += c;
            else if (c == ' ')
                character += '_';
            else
                append_escaped(character, c);
        }
        if (character.size() > room) {
            made.append(word_end).append("\r\n ").append(word_begin);  // the white space between words is not shown
            room = longest_encoded_word - word_begin.size() - word_end.size();
        }
        made += character;
        room -= std::min(character.size(), room);
        text.remove_prefix(size);
    }
    return made.append(word_end);
}

// RFC 2045 §6.7. Line ends become CR LF, and long lines get soft breaks, which a reader takes out again.
std::string quoted_printable(std::string_view text) {
    std::string made, line;
    const auto end_line = [&](std::string_view end) {
        made.append(line).append(end);
        line.clear();
    };
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c == '\r' && i + 1 < text.size() && text[i + 1] == '\n') continue;
        if (c == '\n') {
            end_line("\r\n");
            continue;
        }
        const bool ends = i + 1 == text.size() || text[i + 1] == '\n' || text[i + 1] == '\r';
        std::string written;
        // White space at the end of a line is lost on the way; a '.' or "From " at its begin is taken for something.
        const bool is_plain =
            is_ascii_printable(c) && c != '=' && !(c == ' ' && ends) && !(line.empty() && (c == '.' || c == 'F'));
        if (is_plain)
            written = c;
        else
            append_escaped(written, c);
        // One less, for the '=' of a soft line break.
        if (line.size() + written.size() > longest_line - 1) {
            end_line("=\r\n");
            // It begins a line by now, though it did not when it was looked at.
            if (c == '.' || c == 'F') {
                written.clear();
                append_escaped(written, c);
            }
        }
        line += written;
    }
    end_line("");
    return made;
}

std::string written(const Message& message) {
    check_id(message.id);
    const std::string boundary = "=_" + message.id;  // "=_" stands in no quoted-printable text (RFC 2045 §6.7)
    std::string out;
    const auto field = [&out](std::string_view name, std::string_view value) {
        out.append(name).append(": ").append(value).append("\r\n");
    };
    field("Date", internet_date(message.date) + " +0000");
    field("From", (message.from_name.empty() ? "" : phrase(message.from_name) + " ") + bracketed(message.from));
    field("To", bracketed(message.to));
    if (!message.reply_to.empty()) field("Reply-To", bracketed(message.reply_to));
    field("Message-ID", message_id(message));
    field("Subject", encoded_words(message.subject));
    field("Auto-Submitted", "auto-generated");  // RFC 3834 §5: no holiday greeting answers it
    if (!message.language.empty()) field("Content-Language", encoded_words(message.language));
    field("MIME-Version", "1.0");
    field("Content-Type", "multipart/alternative; boundary=\"" + boundary + "\"");
    out += "\r\n";
    append_part(out, boundary, "text/plain", message.text);
    append_part(out, boundary, "text/html", message.html);
    return out.append("--").append(boundary).append("--\r\n");
}

}  // namespace keyhold::mail
