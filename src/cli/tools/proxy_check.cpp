// SPDX-License-Identifier: Apache-2.0
// `keyhold proxy check`: sends a proxy the requests of an attacker and judges its answers. It asks the proxy from
// outside, as a client would, so it needs no access to the proxy's configuration.
#include "cli/tools/proxy_check.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>

namespace keyhold::cli {
namespace {

using enum ProxyFinding::Verdict;
using Fields = std::vector<std::string>;

// A username that no account has: if it arrives at the application, this check has sent it and the proxy let it pass.
constexpr std::string_view canary = "keyhold-proxy-check-canary";
// A browser follows 20 redirects (Fetch standard); more than half of that is taken for a loop.
constexpr int most_redirects = 10;

// What a browser sends when it opens a page, and when a script of the page asks for data.
const Fields page{"Accept: text/html", "Sec-Fetch-Mode: navigate"};
const Fields script{"Accept: application/json", "Sec-Fetch-Mode: cors", "X-Requested-With: XMLHttpRequest"};

// What the application believes, and in which spellings a client may send it.
constexpr std::array<std::string_view, 4> trusted{"x-auth-subject", "x-auth-user", "x-auth-scopes", "x-auth-jwt"};
constexpr std::array<std::string_view, 5> spoofed{"X-Auth-Subject", "X-Auth-User", "X-Auth-Scopes", "X-Auth-Jwt",
                                                  "x-AUTH-subject"};
// What the proxy itself might believe of a request.
constexpr std::array<std::string_view, 9> rerouted{
    "X-Forwarded-Uri: /health",      "X-Forwarded-Host: localhost", "X-Forwarded-Method: OPTIONS",
    "X-Original-URL: /health",       "X-Original-URI: /health",     "X-Rewrite-URL: /health",
    "X-Forwarded-Proto: javascript", "Forwarded: host=localhost",   "X-HTTP-Method-Override: OPTIONS"};
// Paths that two programs could read differently.
constexpr std::array<std::string_view, 7> ambiguous{"/../", "/..%2f", "/%2e%2e/", "//", "/%5c..%5c", "/.%2e/", "/%00"};

bool is_good(long status) { return status >= 200 && status < 300; }
bool is_redirect(long status) { return status >= 300 && status < 400; }
std::string text_of(long status) { return std::to_string(status); }

// One run of all checks. The first one has to be look_for_loops(), which finds out whether the address is protected at
// all: on an open address nothing can be got past.
class Check {
public:
    Check(net::HttpsClient& client, const ProxyTarget& target) : client_(client), target_(target) {}

    std::vector<ProxyFinding> run() {
        look_for_loops();
        look_at_scripts();
        look_at_spoofed_fields();
        look_at_rerouting();
        look_at_paths();
        look_at_what_arrives();
        return std::move(findings_);
    }

private:
    void say(ProxyFinding::Verdict verdict, std::string tried, std::string came) {
        findings_.push_back({verdict, std::move(tried), std::move(came)});
    }

    net::HttpsAnswer ask(const net::Url& url, Fields fields, std::string_view more = {}) {
        if (!more.empty()) fields.emplace_back(more);
        return client_.ask(url, fields);
    }
    net::HttpsAnswer ask(Fields fields, std::string_view more = {}) {
        return ask(target_.url, std::move(fields), more);
    }

    // As a browser that nobody has signed in with: until a page, or the same address once more.
    void look_for_loops() {
        std::map<std::string, std::map<std::string, std::string>> cookies;  // by host
        std::set<std::string> seen;
        net::Url at = target_.url;
        std::string text = at.text;
        for (int hops = 0;; ++hops) {
            std::string jar;
            for (const auto& [name, value] : cookies[at.host]) jar += (jar.empty() ? "" : "; ") + name + "=" + value;
            const auto answer = ask(at, page, jar.empty() ? "" : "Cookie: " + jar);
            if (hops == 0) is_protected_ = !is_good(answer.status);
            for (const std::string& cookie : answer.cookies)
                cookies[at.host][cookie.substr(0, cookie.find('='))] =
                    cookie.substr(std::min(cookie.find('=') + 1, cookie.size()));
            if (!is_redirect(answer.status)) return end_of_way(answer.status, at, hops);
            // The same question with the same cookies has the same answer.
            if (!seen.insert(text + " " + jar).second || hops == most_redirects)
                return say(bad, "a browser that nobody has signed in with",
                           "goes round, by way of " + at.origin + at.path);
            // net::parse_url() takes no query; it is put back below.
            const std::size_t query = std::min(answer.location.find_first_of("?#"), answer.location.size());
            auto next = net::parse_url(std::string_view(answer.location).substr(0, query), net::PlainHttp::anywhere);
            if (!next) return say(bad, "a browser that nobody has signed in with", "is sent to what is no address");
            text = answer.location.substr(0, answer.location.find('#'));
            at = std::move(*next);
            at.text = text;
        }
    }
    // A sign-in page, or a refusal, is good; an error of the server is not.
    void end_of_way(long status, const net::Url& at, int hops) {
        const std::string tried = "a browser that nobody has signed in with";
        if (status >= 500) return say(bad, tried, text_of(status) + " from " + at.origin);
        if (hops == 0 && is_good(status)) return say(unknown, tried, "gets the page: nothing is protected here");
        say(good, tried, hops == 0 ? text_of(status) : text_of(status) + " at " + at.origin + at.path);
    }

    // A script must get 401 or 403: a redirect to a sign-in page would be followed and its HTML taken for data.
    void look_at_scripts() {
        const auto answer = ask(script);
        without_ = answer.status;
        const std::string tried = "a script's call without credentials";
        if (!is_protected_) return say(unknown, tried, text_of(answer.status) + ": nothing is protected here");
        if (is_redirect(answer.status)) return say(bad, tried, "is redirected; it cannot follow");
        say(answer.status == 401 || answer.status == 403 ? good : bad, tried, text_of(answer.status));
    }

    // A field that the client sends must not open the address.
    void look_at_spoofed_fields() {
        for (const std::string_view name : spoofed) {
            const auto answer = ask(script, std::string(name) + ": " + std::string(canary));
            judge(std::string(name) + " sent by a client", answer.status);
        }
        // RFC 9110 §7.6.1: a proxy removes the fields that Connection names, and may remove its own so.
        const auto hop = ask({"X-Auth-Subject: " + std::string(canary), "Connection: X-Auth-Subject, X-Auth-Jwt"});
        judge("Connection that names X-Auth-Subject", hop.status);
    }

    // Fields that could make the proxy ask Keyhold about another address than the one that it then serves.
    void look_at_rerouting() {
        for (const std::string_view field : rerouted) judge(std::string(field), ask(script, field).status);
    }

    // Good is the same refusal as without the field. A 5xx counts as bad, because a client could make the proxy fail.
    void judge(std::string tried, long status) {
        if (!is_protected_) return;  // there is nothing to get past
        const bool got_in = is_good(status);
        say(got_in || status >= 500 ? bad : good, std::move(tried),
            got_in ? text_of(status) + ": it opens what is protected"
                   : text_of(status) + (status == without_ ? ", as without it" : ""));
    }

    // Paths that Keyhold and the application could resolve differently, so that the rules for one path would open
    // another.
    void look_at_paths() {
        for (const std::string_view path : ambiguous) {
            net::Url url = target_.url;
            while (url.text.ends_with('/')) url.text.pop_back();
            url.text += path;
            const auto answer = ask(url, script);
            if (!is_protected_) continue;
            say(is_good(answer.status) ? bad : good, "the path " + std::string(path), text_of(answer.status));
        }
    }

    // Only the application can see whether a field of the client's comes through beside, or in the place of, the real
    // one.
    void look_at_what_arrives() {
        if (target_.application == nullptr)
            return say(unknown, "whether the application sees a client's X-Auth-Subject",
                       "nobody stands in its place (--listen)");
        Fields fields = script;
        if (!target_.token.empty()) fields.push_back("Authorization: Bearer " + std::string(target_.token.reveal()));
        for (const std::string_view name : spoofed) fields.push_back(std::string(name) + ": " + std::string(canary));
        // CGI and WSGI make '_' of '-', so an application may read this as X-Auth-Subject.
        fields.push_back("X_Auth_Subject: " + std::string(canary));
        // Throws away the requests that were recorded before this one.
        (void)target_.application->take();
        const auto answer = ask(fields);
        const auto arrived = target_.application->take();
        if (arrived.empty())
            return say(unknown, "whether the application sees a client's X-Auth-Subject",
                       text_of(answer.status) + ": nothing came through; " +
                           (target_.token.empty() ? "give an access token, or a path that is open to anybody"
                                                  : "may the token's person open this?"));
        for (const SeenRequest& request : arrived)
            for (const std::string_view name : trusted) judge_arrived(name, request.all(name));
    }
    // The application must see Keyhold's value, or none, and never the client's.
    void judge_arrived(std::string_view name, const std::vector<std::string>& values) {
        const std::string tried = "what the application sees as " + std::string(name);
        const bool is_ours = std::ranges::any_of(values, [](const std::string& v) { return v.find(canary) != v.npos; });
        if (is_ours) return say(bad, tried, "the client's own: it can say that it is anybody");
        if (values.size() > 1) return say(bad, tried, "several: which one it believes is its own affair");
        say(good, tried, values.empty() || values.front().empty() ? "nothing" : "Keyhold's");
    }

    net::HttpsClient& client_;
    const ProxyTarget& target_;
    bool is_protected_ = true;
    long without_ = 0;  // the status that a script gets which shows nothing
    std::vector<ProxyFinding> findings_;
};

}  // namespace

std::vector<ProxyFinding> check_proxy(net::HttpsClient& client, const ProxyTarget& target) {
    return Check(client, target).run();
}

}  // namespace keyhold::cli
