// SPDX-License-Identifier: Apache-2.0
#include "net/smtp_client.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string_view>

#include "base/text.hpp"
#include "net/curl.hpp"

namespace keyhold::net {
namespace {

constexpr std::size_t longest_said = 400;  // of what a server says; enough for the link that most of them name

struct Cleanup {
    void operator()(CURL* curl) const { libcurl().easy_cleanup(curl); }
};

// How far the exchange has come: what the newest answer is the answer to.
enum class Stage : std::uint8_t { connecting, greeting, authentication, sender, recipient, data, all_sent };

// libcurl sends a command in a piece of its own, so its first word is what the piece begins with.
struct Command {
    std::string_view word;  // of the line that libcurl sends; the rest of it may be a password
    Stage stage;
    std::string_view shown;
};
constexpr std::array commands{
    Command{"EHLO", Stage::greeting, "EHLO"},     Command{"HELO", Stage::greeting, "HELO"},
    Command{"STAR", Stage::greeting, "STARTTLS"}, Command{"AUTH", Stage::authentication, "AUTH"},
    Command{"MAIL", Stage::sender, "MAIL FROM"},  Command{"RCPT", Stage::recipient, "RCPT TO"},
    Command{"DATA", Stage::data, "DATA"},
};

// What a server says goes into logs, without the line break at its end.
std::string said(std::string_view text) {
    return printable_ascii(text.substr(0, text.find_last_not_of(" \t\r\n") + 1), longest_said);
}

}  // namespace

// One mail at one server.
// libcurl reports one result for the whole exchange; which command a server refused is found out from the lines that
// pass, as its debug function shows them.
struct SmtpClient::Exchange {
    std::string_view unsent;  // of the message
    const std::atomic<bool>* stopped = nullptr;
    Stage stage = Stage::connecting;
    std::string_view command;  // that was answered last
    std::string answer;        // its lines, the last one begins with `code`
    int code = 0;
    bool answer_is_over = true;
    // Said so behind the newest EHLO, as one before STARTTLS counts for nothing (RFC 3207 §4.2).
    bool takes_utf8 = false;
    bool is_over = false;  // we have said good-bye
    SmtpOutcome outcome;

    static std::size_t give(char* buffer, std::size_t, std::size_t size, void* of) {
        auto& exchange = *static_cast<Exchange*>(of);
        const std::size_t given = std::min(size, exchange.unsent.size());
        std::memcpy(buffer, exchange.unsent.data(), given);
        exchange.unsent.remove_prefix(given);
        if (exchange.unsent.empty()) exchange.stage = Stage::all_sent;
        return given;
    }

    // libcurl calls it about once a second; 1 ends the exchange. Once all was sent the answer is waited for.
    static int look_if_stopped(void* of, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
        const auto& exchange = *static_cast<Exchange*>(of);
        return exchange.stopped->load() && exchange.stage != Stage::all_sent ? 1 : 0;
    }

    static int listen(CURL*, curl_infotype type, char* bytes, std::size_t size, void* of) {
        auto& exchange = *static_cast<Exchange*>(of);
        const std::string_view line(bytes, size);
        if (type == CURLINFO_HEADER_OUT) exchange.note_command(line);
        if (type == CURLINFO_HEADER_IN) exchange.note_answer(line);
        return 0;
    }

    void note_command(std::string_view line) {
        if (line.starts_with("EHLO")) takes_utf8 = false;
        if (line.starts_with("QUIT")) is_over = true;  // sent after a refusal too, whose answer is what counts
        for (const Command& known : commands)
            if (line.starts_with(known.word)) {
                stage = known.stage;
                command = known.shown;
                code = 0;
                answer.clear();
                answer_is_over = true;
            }
    }

    // "250-first", "250 last" (RFC 5321 §4.2.1).
    void note_answer(std::string_view line) {
        if (is_over) return;
        if (std::exchange(answer_is_over, false)) answer.clear();
        if (answer.size() < longest_said) answer.append(answer.empty() ? "" : " ").append(said(line));
        if (line.size() < 3 || !std::all_of(line.begin(), line.begin() + 3, is_ascii_digit)) return;
        if (line.size() > 4 && command == "EHLO" && equal_ignoring_case(said(line.substr(4)), "SMTPUTF8"))
            takes_utf8 = true;
        if (line.size() > 3 && line[3] == '-') return;
        code = (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
        answer_is_over = true;
    }

    // Refusals of us (greeting, authentication, sender) are an operator's to mend, and the mail waits for it.
    Delivery delivery_of_failure() const {
        const bool of_the_mail = stage >= Stage::recipient;
        return of_the_mail && code >= 500 && code <= 599 ? Delivery::never : Delivery::try_again;
    }
};

Result<std::string> parse_smtp_server(std::string_view text) {
    const auto wrong = [&] {
        return Error(errors::configuration,
                     "'" + printable_ascii(text, longest_said) +
                         "' is no mail server: write smtp://mail.example:587, or smtps:// for TLS "
                         "from the first byte on");
    };
    if (!std::ranges::all_of(text, is_ascii_visible)) return wrong();
    const std::unique_ptr<CURLU, decltype(&::curl_url_cleanup)> url(libcurl().url(), libcurl().url_cleanup);
    if (!url) throw std::bad_alloc();
    const std::string copy(text);
    if (libcurl().url_set(url.get(), CURLUPART_URL, copy.c_str(), 0) != CURLUE_OK) return wrong();
    const auto part = [&url](CURLUPart which) -> std::optional<std::string> {
        char* found = nullptr;
        if (libcurl().url_get(url.get(), which, &found, 0) != CURLUE_OK) return std::nullopt;
        const std::unique_ptr<char, decltype(&::curl_free)> owner(found, libcurl().free);
        return std::string(found);
    };
    const auto scheme = part(CURLUPART_SCHEME), host = part(CURLUPART_HOST), port = part(CURLUPART_PORT);
    if (!scheme || !host || host->empty() || (*scheme != "smtp" && *scheme != "smtps")) return wrong();
    if (part(CURLUPART_PATH).value_or("/") != "/") return wrong();
    for (const auto unwanted : {CURLUPART_USER, CURLUPART_PASSWORD, CURLUPART_QUERY, CURLUPART_FRAGMENT})
        if (part(unwanted)) return wrong();
    return *scheme + "://" + *host + ":" + port.value_or(*scheme == "smtps" ? "465" : "587");
}

SmtpClient::SmtpClient(SmtpOptions options) : options_(std::move(options)) { libcurl(); }

std::chrono::milliseconds SmtpClient::patience() const {
    return options_.timeout * static_cast<std::int64_t>(options_.servers.size());
}

SmtpOutcome SmtpClient::send(const Envelope& envelope, const std::string& message) {
    SmtpOutcome outcome{Delivery::try_again, "there is no mail server"};
    const bool needs_utf8 = !is_ascii(envelope.from) || !is_ascii(envelope.to);
    // libcurl would tell the address to any server, so that is asked before, in a connection of its own; both together
    // take no longer than one.
    const auto timeout = needs_utf8 ? options_.timeout / 2 : options_.timeout;
    for (const std::string& server : options_.servers) {
        Exchange exchange = ask(server, envelope, needs_utf8 ? nullptr : &message, timeout);
        if (needs_utf8 && exchange.outcome.delivery == Delivery::sent) {
            if (!exchange.takes_utf8) {
                outcome = {Delivery::never, server +
                                                " does not offer SMTPUTF8 (RFC 6531), without which no mail reaches "
                                                "an address that is not ASCII before its @"};
                continue;
            }
            exchange = ask(server, envelope, &message, timeout);
        }
        outcome = exchange.outcome;
        // The next server is asked only where this one has certainly not taken the mail.
        if (outcome.delivery != Delivery::try_again || exchange.stage == Stage::all_sent || stopped_) break;
    }
    return outcome;
}

SmtpClient::Exchange SmtpClient::ask(const std::string& server, const Envelope& envelope, const std::string* message,
                                     std::chrono::milliseconds for_all) {
    Exchange exchange{.unsent = message != nullptr ? std::string_view(*message) : std::string_view(),
                      .stopped = &stopped_};
    const auto failed = [&](const std::string& why) {
        exchange.outcome = {Delivery::try_again, server + ": " + why};
        return exchange;
    };
    if (stopped_) return failed("stopped");
    const std::unique_ptr<CURL, Cleanup> owner(libcurl().easy_init());
    if (!owner) throw std::bad_alloc();
    CURL* const curl = owner.get();
    std::array<char, CURL_ERROR_SIZE> why{};
    bool is_set = true;
    const auto set = [&](CURLoption option, auto value) {
        is_set = libcurl().easy_setopt(curl, option, value) == CURLE_OK && is_set;
    };
    const std::string url = server + "/" + options_.hello, from = "<" + envelope.from + ">",
                      to = "<" + envelope.to + ">";
    const std::unique_ptr<curl_slist, FreeList> recipients(libcurl().slist_append(nullptr, to.c_str()));
    if (!recipients) throw std::bad_alloc();
    set(CURLOPT_URL, url.c_str());
    set(CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    set(CURLOPT_PROXY, "");
    set(CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    // ALL refuses to go on without STARTTLS, TRY goes on in the clear, NONE does not ask for it.
    constexpr std::array use_ssl{CURLUSESSL_ALL, CURLUSESSL_TRY, CURLUSESSL_NONE};  // by StartTls
    set(CURLOPT_USE_SSL, static_cast<long>(use_ssl[static_cast<std::size_t>(options_.starttls)]));
    if (!options_.ca_file.empty()) set(CURLOPT_CAINFO, options_.ca_file.c_str());
    const auto timeout = static_cast<long>(for_all.count());
    set(CURLOPT_TIMEOUT_MS, timeout);
    set(CURLOPT_CONNECTTIMEOUT_MS, timeout);
    // In seconds, at least one; it bounds the wait for each answer, and the one above the whole exchange.
    set(CURLOPT_SERVER_RESPONSE_TIMEOUT, std::max(timeout / 1000, 1L));
    if (message != nullptr) {
        set(CURLOPT_MAIL_FROM, from.c_str());
        set(CURLOPT_MAIL_RCPT, recipients.get());
        set(CURLOPT_UPLOAD, 1L);
    } else {
        set(CURLOPT_CUSTOMREQUEST, "NOOP");
        set(CURLOPT_NOBODY, 1L);
    }
    set(CURLOPT_READFUNCTION, Exchange::give);
    set(CURLOPT_READDATA, &exchange);
    set(CURLOPT_VERBOSE, 1L);  // the answers come by the debug function alone
    set(CURLOPT_DEBUGFUNCTION, Exchange::listen);
    set(CURLOPT_DEBUGDATA, &exchange);
    set(CURLOPT_NOPROGRESS, 0L);
    set(CURLOPT_XFERINFOFUNCTION, Exchange::look_if_stopped);
    set(CURLOPT_XFERINFODATA, &exchange);
    set(CURLOPT_ERRORBUFFER, why.data());
    // The password is asked for here and wiped when this mail is done.
    if (!options_.user.empty()) {
        const auto password = options_.password ? options_.password() : Result<Secret>(Secret());
        if (!password) return failed(std::string(password.error().detail()));
        const Secret text(std::string(password->reveal()));
        set(CURLOPT_USERNAME, options_.user.c_str());
        set(options_.mechanism == "XOAUTH2" ? CURLOPT_XOAUTH2_BEARER : CURLOPT_PASSWORD,
            std::string(text.reveal()).c_str());  // libcurl copies it
        if (!options_.mechanism.empty()) set(CURLOPT_LOGIN_OPTIONS, ("AUTH=" + options_.mechanism).c_str());
    }
    if (!is_set) throw std::runtime_error("libcurl does not take an option");
    do_not_wait_for_names(curl);

    const NoSigpipe no_sigpipe;
    const CURLcode done = libcurl().easy_perform(curl);
    if (done == CURLE_OK) {
        exchange.outcome = {Delivery::sent, server + ": " + exchange.answer};
        return exchange;
    }
    if (stopped_) return failed("stopped");
    // The server's own words say more than libcurl's.
    if (exchange.code >= 400) {
        const bool is_whole = exchange.stage == Stage::all_sent;
        const std::string to_what = is_whole ? "the mail" : std::string(exchange.command);
        exchange.outcome = {
            exchange.delivery_of_failure(),
            server + " answered " + (to_what.empty() ? "the connection" : to_what) + ": " + exchange.answer};
        if (exchange.code < 500 && is_whole) exchange.stage = Stage::data;  // it said that it has not taken it
        return exchange;
    }
    return failed(said(why[0] != '\0' ? std::string_view(why.data()) : libcurl().easy_strerror(done)) +
                  (exchange.stage == Stage::all_sent ? " (after the whole mail: it may have been sent)" : ""));
}

}  // namespace keyhold::net
