// SPDX-License-Identifier: Apache-2.0
// A browser as far as pages need one: it keeps cookies, follows nothing, and sends forms as browsers do.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "keyhold/testing.hpp"

namespace keyhold::pages {

// The server must outlive it. One Browser is one person at one machine: two people in a test are two of these.
class Browser {
public:
    explicit Browser(TestServer& server) : server_(server) {}

    // "none" is what browsers send for an address that a person has typed (Fetch Metadata §2.3).
    TestReply get(std::string_view target) { return send("GET", target, {}, "none"); }
    // A form of a page that was shown before: its token is sent with it.
    TestReply post(std::string_view target, std::string fields, std::string_view site = "same-origin") {
        if (!form_token.empty()) fields.append("&form_token=").append(form_token);
        return send("POST", target, fields, site);
    }
    // Sends the form of /sign-up or /sign-in for this name, with the password "testpass".
    TestReply sign_up(std::string_view name) { return send_credentials("/sign-up", name); }
    TestReply sign_in(std::string_view name) { return send_credentials("/sign-in", name); }

    // `site` becomes Sec-Fetch-Site; "cross-site" is another site's page. `form_token` is taken from the first form
    // of the page; a reply without one leaves the last.
    TestReply send(std::string_view method, std::string_view target, std::string_view body, std::string_view site) {
        std::string cookie;
        for (const auto& [name, value] : cookies)
            cookie.append(cookie.empty() ? "" : "; ").append(name).append("=").append(value);
        TestReply reply = server_.send(method, target, body,
                                       {{"Content-Type", "application/x-www-form-urlencoded"},
                                        {"Accept", "text/html,*/*;q=0.8"},
                                        {"Accept-Language", language},
                                        {"Cookie", cookie},
                                        {"Sec-Fetch-Site", site}});
        keep_cookies(reply.fields);
        constexpr std::string_view before = R"(name="form_token" value=")";
        if (const std::size_t at = reply.body.find(before); at != reply.body.npos)
            form_token =
                reply.body.substr(at + before.size(), reply.body.find('"', at + before.size()) - at - before.size());
        return reply;
    }

    std::map<std::string, std::string> cookies;
    std::string form_token;
    std::string language = "en";

private:
    TestReply send_credentials(std::string_view target, std::string_view name) {
        get(target);
        return post(target, "username=" + std::string(name) + "&password=testpass");
    }
    // By name alone: Path, Domain and Secure are not looked at. "Max-Age=0" deletes (RFC 6265 §5.2.2).
    void keep_cookies(std::string_view fields) {
        constexpr std::string_view set = "Set-Cookie: ";
        for (std::size_t at = fields.find(set); at != fields.npos; at = fields.find(set, at + 1)) {
            const std::string_view cookie = fields.substr(at + set.size(), fields.find('\r', at) - at - set.size());
            const std::string_view pair = cookie.substr(0, cookie.find(';'));
            const std::string name(pair.substr(0, pair.find('=')));
            if (cookie.find("Max-Age=0;") != cookie.npos)
                cookies.erase(name);
            else
                cookies[name] = pair.substr(pair.find('=') + 1);
        }
    }

    TestServer& server_;
};

}  // namespace keyhold::pages
