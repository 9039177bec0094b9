// SPDX-License-Identifier: Apache-2.0
// Handing mails to a mail server over SMTP (RFC 5321), by libcurl, on threads that may wait.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/secret.hpp"

namespace keyhold::net {

// Of an smtp:// server; an smtps:// one speaks TLS from its first byte on (RFC 8314 §3).
// In the order of the table in SmtpClient::ask().
enum class StartTls : std::uint8_t {
    required,  // a server that does not offer it, or whose certificate is not good, is told nothing (RFC 3207)
    offered,   // without it in the clear
    never,
};

struct SmtpOptions {
    std::vector<std::string> servers{};  // parse_smtp_server() has looked at them; asked in turn
    StartTls starttls = StartTls::required;
    std::string user{};  // empty: without authentication (RFC 4954)
    // Asked for each mail, so that a token in a file may be renewed. A password, or an access token for XOAUTH2.
    std::function<Result<Secret>()> password{};
    std::string mechanism{};                    // "PLAIN", "LOGIN", "XOAUTH2"; empty: the best that both know
    std::string ca_file{};                      // PEM; empty: the system's authorities
    std::string hello{};                        // what we call ourselves (EHLO); empty: this machine's name
    std::chrono::milliseconds timeout{30'000};  // of one mail at one server, from name look-up to the last answer
};

// What became of a mail.
enum class Delivery : std::uint8_t {
    sent,       // the server took it, and is responsible from now on (RFC 5321 §6.1)
    try_again,  // nobody took it as far as we know: 4yz, the network, TLS, or a server that does not take us
    never,      // the recipient or the mail itself was refused for good: 5yz to RCPT or to the data
};

struct SmtpOutcome {
    Delivery delivery = Delivery::try_again;
    // A sentence for an operator, of printable ASCII: who said what to what. Holds no secret.
    std::string said;
};

// Domains in A-labels, so that what is outside ASCII is before an '@': that takes a server with SMTPUTF8 (RFC 6531).
struct Envelope {
    std::string from;  // addr-specs (RFC 5322 §3.4.1) that mail::is_address() took
    std::string to;
};

// "smtp://mail.example", "smtp://mail.example:2525" or "smtps://mail.example", and nothing else of a URL: without a
// port 587 (RFC 6409 §3.1) or 465 (RFC 8314 §7.3). Refused: configuration.
Result<std::string> parse_smtp_server(std::string_view text);

// Any number of threads.
class SmtpClient {
public:
    // Throws std::runtime_error if libcurl cannot be initialised.
    explicit SmtpClient(SmtpOptions options);

    // `message` has lines that end in CRLF. Once a server was given the whole mail, no other is asked, even if its
    // answer did not come: then it may have been sent.
    // An address outside ASCII is told to no server that does not offer SMTPUTF8: where none does, it gets never.
    // Waits: up to `timeout` for each server. Throws std::bad_alloc, and std::runtime_error for a libcurl that lacks an
    // option.
    SmtpOutcome send(const Envelope& envelope, const std::string& message);

    // Mails that wait get try_again within about a second, and so do later ones. A mail that was handed over as a whole
    // waits for its answer, so that it is not sent twice.
    void stop() { stopped_ = true; }

    // How long send() takes at most.
    std::chrono::milliseconds patience() const;

private:
    struct Exchange;
    // One mail at one server, to its end. Null: none, only what the server offers.
    Exchange ask(const std::string& server, const Envelope& envelope, const std::string* message,
                 std::chrono::milliseconds for_all);

    const SmtpOptions options_;
    std::atomic<bool> stopped_ = false;
};

}  // namespace keyhold::net
