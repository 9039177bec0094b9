// SPDX-License-Identifier: Apache-2.0
// keyhold proxy check: whether the proxy in front of an application lets itself be deceived.
#include "cli/commands/proxy.hpp"

#include <array>
#include <optional>
#include <ostream>

#include "base/json.hpp"
#include "cli/context.hpp"
#include "cli/tools/proxy_check.hpp"
#include "server/files.hpp"

namespace keyhold::cli {
namespace {

// By ProxyFinding::Verdict, as the next.
constexpr std::array<std::string_view, 3> words{"good", "BAD", "?"};
constexpr std::array<std::string_view, 3> words_in_json{"good", "bad", "unknown"};

// A line for each finding, or all of them in one JSON object.
void write(Context& context, const std::vector<ProxyFinding>& findings) {
    if (!context.json) {
        for (const ProxyFinding& one : findings) {
            std::string line(words[static_cast<std::size_t>(one.verdict)]);
            line.resize(6, ' ');
            context.out << line << one.tried << ": " << one.came << '\n';
        }
        return;
    }
    std::string text;
    json::Writer out(text);
    out.begin_object();
    out.name("findings");
    out.begin_array();
    for (const ProxyFinding& one : findings) {
        out.begin_object();
        out.member("verdict", words_in_json[static_cast<std::size_t>(one.verdict)]);
        out.member("tried", one.tried);
        out.member("came", one.came);
        out.end_object();
    }
    out.end_array();
    out.end_object();
    context.out << text << '\n';
}

// Exit code problems_found if one finding is bad; unreachable if the proxy does not answer.
void try_proxy(Context& context, const Values& values) {
    // Plain HTTP too: a proxy within a network is tried as it is.
    auto url = net::parse_url(values.text("url"), net::PlainHttp::anywhere);
    if (!url) return context.fail(Error(errors::validation_failed, "this is " + std::string(url.error().detail())));
    ProxyTarget target{std::move(*url), Secret(), nullptr};
    std::unique_ptr<StandIn> application;
    if (values.given("--listen")) {
        auto listening = StandIn::listen(values.text("--listen"));
        if (!listening) return context.fail(listening.error());
        application = std::move(*listening);
        target.application = application.get();
    }
    if (values.given("--token")) {
        auto token = context.read_secret("Access token: ");
        if (!token) return context.fail(token.error());
        target.token = std::move(*token);
    }
    // Read once here for the sake of the message: libcurl would say less about a file that cannot be read.
    if (values.given("--ca-file"))
        if (const auto read = server::read_text_file(values.text("--ca-file"), server::patience_with_people); !read)
            return context.fail(read.error());
    net::HttpsClient client({.ca_file = values.text("--ca-file")});
    try {
        const auto findings = check_proxy(client, target);
        write(context, findings);
        for (const ProxyFinding& one : findings)
            if (one.verdict == ProxyFinding::Verdict::bad) context.exit = Exit::problems_found;
    } catch (const net::Unreachable& problem) {
        context.err << "keyhold: " << problem.what() << '\n';
        context.exit = Exit::unreachable;
    }
}

}  // namespace

Command proxy_command() {
    return {.name = "proxy",
            .about = "Try a proxy that asks Keyhold who may pass",
            .example = "keyhold proxy check https://wiki.example.com/",
            .commands = {
                {.name = "check",
                 .about = "Send what somebody would send who wants to get past it, and see what comes",
                 .example = "keyhold proxy check https://wiki.example.com/ --listen 127.0.0.1:3000 --token < token",
                 .parameters = {{.name = "url", .help = "A protected address, as browsers have it", .required = true},
                                {.name = "--listen",
                                 .help = "Stand in the application's place meanwhile, and see what arrives there",
                                 .placeholder = "ADDRESS"},
                                {.name = "--token",
                                 .help = "Read the access token of somebody who may pass from standard input",
                                 .takes = Takes::nothing},
                                {.name = "--ca-file",
                                 .help = "Who may sign the proxy's certificate, in PEM",
                                 .placeholder = "FILE"}},
                 .run = try_proxy}}};
}

}  // namespace keyhold::cli
