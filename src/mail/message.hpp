// SPDX-License-Identifier: Apache-2.0
// A mail as the bytes that are sent (RFC 5322, MIME: RFC 2045 to 2047).
#pragma once

#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace keyhold::mail {

// Whether it can stand between < and > in a field and in an SMTP command: one '@' outside of quotes with something on
// both sides, at most 254 bytes (RFC 5321 §4.5.3.1.3 less the brackets), UTF-8, no control, and none of "<>(),;:\" and
// white space outside of a quoted local part. Says nothing about whether mail arrives there.
bool is_address(std::string_view text);

// Everything but the addresses and the id may hold any UTF-8 text.
struct Message {
    std::string id;    // of the event: the same for each try, so that receivers can tell that it is one mail
    Time date;         // of the event
    std::string from;  // addr-spec
    std::string from_name{};
    std::string to;  // addr-spec
    std::string reply_to{};
    std::string language{};  // "de" (RFC 5646)
    std::string subject;
    std::string text;  // UTF-8, lines end in \n
    std::string html;
};

// "<019abcde-...@mail.example>": of the event, at the sender's domain.
// Empty domain part if `from` is no address, which written() refuses.
std::string message_id(const Message& message);

// The whole message in lines that end in CRLF, all ASCII but addresses that are not: multipart/alternative, text before
// HTML (RFC 2046 §5.1.4). Text of any kind is safe in each member: what is no printable ASCII is encoded in fields, and
// so begins none. Throws std::logic_error for addresses that is_address() refuses and ids that are not made of letters,
// digits and '-'.
std::string written(const Message& message);

// An unstructured field's value (RFC 2047 §5 (1)): as it is if it is printable ASCII, else in encoded words of at most
// 75 characters, split between characters.
std::string encoded_words(std::string_view text);

// RFC 2045 §6.7: lines of at most 76 characters that end in CRLF, none of which begins with '.' or "From ".
std::string quoted_printable(std::string_view text);

}  // namespace keyhold::mail
