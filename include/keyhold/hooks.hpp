// SPDX-License-Identifier: Apache-2.0
// What a program hears of accounts, and may refuse.
//
//   server.on<keyhold::Registering>([](const auto& event) {
//       return event.email_domain() == "example.com" ? keyhold::allow() : keyhold::refuse("Use your company's
//       address");
//   });
//
// Hooks of what is about to happen (-ing) answer allow() or refuse(a sentence for whoever asked). One that throws
// refuses too: 500, and nothing was done. Hooks of what has happened (-ed) run when the database has it on disk; what
// they throw goes to the log and changes nothing. All run on the thread of the request, so they may wait, and several
// at once. They are not asked about what the command line does: that is the operator's word, from another process.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "keyhold/base/result.hpp"

namespace keyhold {

namespace errors {
inline constexpr ErrorRow refused_by_hook{403, Exit::not_allowed, "refused", "Forbidden", "This was not allowed"};
}  // namespace errors

class Decision {
public:
    static Decision allowed() { return Decision({}, true); }
    static Decision refused(std::string sentence) { return Decision(std::move(sentence), false); }
    bool is_allowed() const { return is_allowed_; }
    const std::string& sentence() const { return sentence_; }

private:
    Decision(std::string sentence, bool is_allowed) : sentence_(std::move(sentence)), is_allowed_(is_allowed) {}
    std::string sentence_;
    bool is_allowed_;
};
inline Decision allow() { return Decision::allowed(); }
// The answer is 403 with this sentence as its detail.
inline Decision refuse(std::string sentence) { return Decision::refused(std::move(sentence)); }

// Views live as long as the call. Ids are UUIDs in text; `address` is the client's, empty if nobody knows.

// Somebody wants an account; the name and the password are good by the rules, and the name is free. The address may be
// somebody's, as may a name that is an address: whether it is stays a secret where mails are sent.
struct Registering {
    using Answer = Decision;
    std::string_view username;
    std::string_view email = {};  // an address; whoever is called by his has it here too. Empty: none
    // What stands behind the '@' of the address, as it was typed; empty without one.
    std::string_view email_domain() const {
        const std::size_t at = email.rfind('@');
        return at == email.npos ? std::string_view() : email.substr(at + 1);
    }
};
// Whoever registers waits for what this does. Work of more than some milliseconds belongs elsewhere: where mails are
// sent, the wait would tell that the address was free.
struct Registered {
    using Answer = void;
    std::string_view account_id, username;
};
// The password was right.
struct SigningIn {
    using Answer = Decision;
    std::string_view account_id, username, address;
};
struct SignedIn {
    using Answer = void;
    std::string_view account_id, username, session_id, address;
};
// The new password is good by the rules.
struct PasswordChanging {
    using Answer = Decision;
    std::string_view account_id, username;
    std::string_view new_password;  // a secret: it belongs in no log
};
struct AccountDeleted {
    using Answer = void;
    std::string_view account_id, username;
};

// Claims of a program's own in an access token.
class Claims {
public:
    // What all of them may take in a token, in bytes of JSON, as its roles and scopes may: a field of a request and a
    // cookie are limited to some KiB everywhere, and a token that is longer could be issued and never shown.
    static constexpr std::size_t most = 1024;

    // Throws std::length_error beyond that, and std::logic_error for no name and for one that the token has of its own
    // (sub, exp, scope ...): a program that could set those could make anybody of anybody. A later one of the same name
    // wins.
    void add(std::string_view name, std::string_view text);
    void add(std::string_view name, const char* text) { add(name, std::string_view(text)); }
    void add(std::string_view name, std::int64_t number);
    void add(std::string_view name, int number) { add(name, std::int64_t{number}); }
    void add(std::string_view name, bool is_so);
    void add(std::string_view name, const std::vector<std::string>& texts);

    const std::vector<std::pair<std::string, std::string>>& all() const { return all_; }  // names and JSON

private:
    void put(std::string_view name, std::string json);
    std::vector<std::pair<std::string, std::string>> all_;
};

// A token is about to be signed, after a log-in or a refresh.
struct TokenIssuing {
    using Answer = Decision;
    std::string_view account_id, username, session_id;
    Claims& claims;
};

// Filled before the server is opened; then any thread may ask.
class Hooks {
public:
    template <class Event>
    using Hook = std::function<typename Event::Answer(const Event&)>;

    template <class Event>
    void add(Hook<Event> hook) {
        of<Event>().push_back(std::move(hook));
    }
    // Of hooks that are told and throw.
    void on_failure(std::function<void(std::string_view what)> failed) { failed_ = std::move(failed); }

    // Refused: refused_by_hook, with the sentence of the first hook that refuses. Throws what a hook throws.
    template <class Event>
    Result<> ask(const Event& event) const {
        for (const Hook<Event>& hook : of<Event>())
            if (const Decision decision = hook(event); !decision.is_allowed())
                return decision.sentence().empty() ? Error(errors::refused_by_hook)
                                                   : Error(errors::refused_by_hook, decision.sentence());
        return {};
    }
    template <class Event>
    void tell(const Event& event) const noexcept {
        for (const Hook<Event>& hook : of<Event>()) run([&] { hook(event); });
    }

    static const Hooks& none();

private:
    template <class Event>
    const std::vector<Hook<Event>>& of() const {
        return static_cast<const HooksOf<Event>&>(hooks_).hooks;
    }
    template <class Event>
    std::vector<Hook<Event>>& of() {
        return static_cast<HooksOf<Event>&>(hooks_).hooks;
    }
    void run(const std::function<void()>& hook) const noexcept;

    // A base for each event: a std::tuple is dearer to compile, and every program includes this.
    template <class Event>
    struct HooksOf {
        std::vector<Hook<Event>> hooks;
    };
    template <class... Event>
    struct Lists : HooksOf<Event>... {};
    Lists<Registering, Registered, SigningIn, SignedIn, PasswordChanging, TokenIssuing, AccountDeleted> hooks_;
    std::function<void(std::string_view)> failed_;
};

}  // namespace keyhold
