// SPDX-License-Identifier: Apache-2.0
// Protect the routes of any C++ server: who is asking, may they, and the answer if not.
//
//   const auto guard = keyhold::Guard::from_issuer("https://id.example");
//   const auto rule = keyhold::scope("notes:write") && keyhold::fresh(10min);
//   const auto caller = guard.check(request_header("Authorization"), rule);
//   if (!caller) return answer(caller.problem());   // status, WWW-Authenticate, body
//   add_note(caller->subject());
//
// Link keyhold::guard. JSON Web Tokens (RFC 7519) by keys that are found (OpenID Connect Discovery 1.0, RFC 8414) and
// followed (RFC 7517), and tokens that only their issuer can read (RFC 7662). No other library's header is included.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <keyhold/export.hpp>
#include <keyhold/verify.hpp>

namespace keyhold {
inline namespace v1 {

// Asking the issuer about each token (RFC 7662): for tokens that are no JWT, and where a log-out has to count at once.
struct Introspection {
    std::string client_id;      // HTTP Basic (RFC 6749 §2.3.1)
    std::string client_secret;  // never shown
    std::string endpoint{};     // empty: the `introspection_endpoint` that discovery found
};

// Read once, when the Guard is made; a change needs another Guard.
struct GuardOptions {
    std::string issuer{};  // what `iss` must say; from_issuer() sets it; empty: it is not looked at
    // What `aud` must name. "": a token that names an audience is refused (RFC 7519 §4.1.3). Not said: the issuer, as
    // in the tokens of a Keyhold, where the keys come as a JWK Set and an issuer is named; "" elsewhere.
    std::optional<std::string> audience{};
    // What `typ` must say. "": it is not looked at. Not said: "at+jwt" where the keys come as a JWK Set, as an issuer
    // signs ID tokens under the keys that it publishes, too, and those open nothing (RFC 9068 §4); "" elsewhere.
    std::optional<std::string> type{};
    // How far the issuer's clock may be ahead of ours: for `iat` and `nbf`. `exp` is what the issuer promised, and
    // is taken at its word (RFC 7519 §4.1.4), unless expiry_leeway says otherwise.
    std::chrono::seconds leeway{60};
    std::chrono::seconds expiry_leeway{0};
    std::string realm = "protected";  // of WWW-Authenticate

    std::chrono::seconds refresh_every{300};     // how often the keys are looked at again
    std::chrono::seconds cool_down{30};          // unknown `kid`s cause one fetch in this time, however many come
    std::chrono::seconds stale_if_error{86400};  // how long the last good keys serve while none can be fetched
    // How long a check may wait for the fetch that an unknown `kid` caused. 0: it never waits, and the first tokens
    // under a new key are refused.
    std::chrono::milliseconds wait_for_keys{1000};
    std::chrono::milliseconds timeout{5000};  // of one request to the issuer, from name look-up to its last byte
    std::string ca_file{};                    // PEM; empty: the system's authorities
    bool allow_http = false;                  // http:// to others than this machine: for private networks alone

    std::optional<Introspection> introspection{};  // if set, whoever passes is asked for at the issuer too
    // Whether from_issuer() follows what the issuer says was revoked (docs/revocations.md): a token whose session has
    // ended is refused within a second, though it has not expired. A Keyhold says it; others do not.
    bool follow_revocations = true;
    // For how long the issuer may say nothing (it is down, or somebody is in the way) before check() says 503 rather
    // than take a token that may have been revoked; at least two seconds. 0: tokens are taken until they expire.
    std::chrono::seconds revocations_stale_after{0};

    // How many tokens each thread remembers having verified: one that comes again costs no signature. 0: none.
    std::size_t remembered_tokens = 1024;
};

// A demand on whoever has a good token. Made once, used by any number of threads. `a && b`, `a || b`.
// An empty Rule asks for nothing but a good token. A rule that is not met is 403 (insufficient_scope), or 401 where a
// newer log-in helps (RFC 9470 §3).
class KEYHOLD_API Rule {
public:
    struct Node;
    Rule() = default;  // no demand
    explicit Rule(std::shared_ptr<const Node> node) : node_(std::move(node)) {}
    const Node* node() const { return node_.get(); }

    friend KEYHOLD_API Rule operator&&(Rule left, Rule right);
    friend KEYHOLD_API Rule operator||(Rule left, Rule right);

private:
    std::shared_ptr<const Node> node_;
};

// `scope` (RFC 8693 §4.2) has this word. Throws std::invalid_argument for what is no scope (RFC 6749 §3.3).
KEYHOLD_API Rule scope(std::string name);
// `roles` (RFC 9068 §2.2.3.1), a string or a list of them, has this one.
KEYHOLD_API Rule role(std::string name);
// Whoever it is signed in (`auth_time`) no longer ago than this; refused if the token does not say when (RFC 9470).
KEYHOLD_API Rule fresh(std::chrono::seconds max_age);
// A claim that is a string, or a list of strings, has this value.
KEYHOLD_API Rule claim(std::string name, std::string value);

// Who is asking: only a Guard makes one. Cheap to copy; may outlive its Guard. Views live as long as a copy does.
class KEYHOLD_API Caller {
public:
    std::string_view subject() const;                                    // `sub`; empty if there is none
    std::optional<std::string_view> claim(std::string_view name) const;  // a claim that is a string
    std::optional<std::int64_t> integer_claim(std::string_view name) const;
    bool has_scope(std::string_view name) const;
    bool has_role(std::string_view name) const;
    std::string claims_json() const;  // all of them, compact

private:
    friend class Guard;
    friend class Checked;
    struct State;
    explicit Caller(std::shared_ptr<const State> state) : state_(std::move(state)) {}
    std::shared_ptr<const State> state_;
};

// A refusal, ready to be sent. Send Cache-Control: no-store with it.
// Nothing in it comes from the token, so it can be sent to anybody.
struct Problem {
    static constexpr const char* content_type = "application/problem+json";  // RFC 9457
    int status = 503;                // 401; 403 if the token is good and not enough; 503 if nobody can say now
    std::string code{};              // a stable word, for logs: "token_expired", "insufficient_scope" ...
    std::string www_authenticate{};  // RFC 6750 §3; empty with 503
    std::string retry_after{};       // seconds; empty but with 503
    std::string body{};              // JSON; to strangers all bad tokens read alike
};

// A Caller, or why there is none.
class KEYHOLD_API Checked {
public:
    explicit operator bool() const noexcept { return caller_.has_value(); }
    const Caller& operator*() const { return caller_.value(); }    // throws std::bad_optional_access if refused
    const Caller* operator->() const { return &caller_.value(); }  // the same
    const Problem& problem() const noexcept { return problem_; }   // means nothing if there is a Caller

private:
    friend class Guard;
    std::optional<Caller> caller_;
    Problem problem_;
};

// What a guard knows of tokens that were revoked: a gauge for metrics and health checks.
struct RevocationsKnown {
    bool followed = false;                           // an issuer says what was revoked
    std::optional<std::chrono::milliseconds> age{};  // since it last did (of several issuers the longest); empty: never
    std::size_t sessions = 0;                        // that ended, and whose tokens may not have expired yet
    std::size_t bytes = 0;                           // of memory, for these
};

// Holds the keys and keeps them fresh, on a thread of its own where they come from elsewhere. Any number of threads at
// once; copies share everything. The last copy ends the thread (within about a second).
class KEYHOLD_API Guard {
public:
    // Finds the keys by OpenID Connect Discovery, or by RFC 8414 where that is not there. https only, unless it is on
    // this machine. Waits for the first answer, `timeout` each at most; an issuer that cannot be reached is no error:
    // it is tried again, and check() says 503 until it answers. Throws std::invalid_argument for what is no such URL.
    static Guard from_issuer(std::string_view issuer, GuardOptions options = {});
    // The same with the JWK Set's own URL. Set `issuer` in the options, or `iss` is not looked at.
    static Guard from_jwks(std::string_view url, GuardOptions options = {});
    // A JWK Set in a file, read again every `refresh_every`. Throws InvalidKey if it cannot be used now.
    static Guard from_jwks_file(const std::string& path, GuardOptions options = {});
    // The text of one public key: SubjectPublicKeyInfo, PKCS #1, or an X.509 certificate, of which only the key counts.
    // Throws InvalidKey, whose what() names what was given instead.
    static Guard from_pem(std::string_view pem, GuardOptions options = {});
    // As Verifier::from_secret().
    static Guard from_secret(std::string_view secret, GuardOptions options = {}, std::string_view algorithm = "HS256");
    // Several issuers: a token is judged by the guards whose issuer it names, and by those that look at none.
    static Guard any_of(const std::vector<Guard>& guards);

    // `authorization`: the field's value, empty if none came. `now`: the system's time unless a test says otherwise.
    // Never waits for the network but for an unknown `kid` (wait_for_keys) and with introspection (timeout).
    // Never throws: what breaks inside (no memory) is a 503.
    Checked check(std::string_view authorization, const Rule& rule = {},
                  std::chrono::system_clock::time_point now = std::chrono::system_clock::now()) const noexcept;

    // What went wrong with the keys last, or with what was revoked, for logs and health checks; empty if all is well.
    std::string trouble() const;
    RevocationsKnown revocations() const;

private:
    struct State;
    explicit Guard(std::shared_ptr<const State> state) : state_(std::move(state)) {}
    std::shared_ptr<const State> state_;
};

}  // namespace v1
}  // namespace keyhold
