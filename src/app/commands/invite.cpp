// keyhold user invite: an invitation for somebody who may register.
#include <chrono>
#include <memory>
#include <ostream>

#include "app/commands/context.hpp"
#include "base/json.hpp"
#include "server/components.hpp"

namespace keyhold::app {
namespace {

void invite(Context& context, std::int64_t days) {
    const auto loaded = context.settings(Mode::serve);
    if (!loaded) return;
    const auto warn = [&context](std::string_view text) { context.err << "keyhold: " << text << '\n'; };
    auto house = Components::open(loaded->settings, 1, warn);
    if (!house) return context.fail(house.error());
    const auto invitation =
        domain::invite(*(*house)->stores.secrets, (*house)->clock.now(), std::chrono::days(days), (*house)->random);
    const std::string expires_at = rfc3339(invitation.expires_at);
    if (!context.json) {
        context.out << invitation.code.reveal() << '\n';
        context.err << "For one account, until " << expires_at << ": sent as 'invitation' to POST /register\n";
        if (loaded->settings.registration != "invite")
            context.err << "Nobody asks for it: registration = " << loaded->settings.registration << '\n';
        return;
    }
    std::string text;
    json::Writer out(text);
    out.begin_object();
    out.member("invitation", invitation.code.reveal());
    out.member("expires_at", expires_at);
    out.end_object();
    context.out << text << '\n';
}

}  // namespace

void add_invite_command(CLI::App& user_group, Context& context) {
    CLI::App* command = add_command(user_group, "invite",
                                    "Print an invitation: with it somebody can register once, where registration = "
                                    "invite. Only its digest is kept",
                                    "keyhold user invite --days 7");
    const auto days = std::make_shared<std::int64_t>(7);
    command->add_option("--days", *days, "How long it is good")->check(CLI::Range(1, 365))->capture_default_str();
    command->callback([&context, days] { invite(context, *days); });
}

}  // namespace keyhold::app
