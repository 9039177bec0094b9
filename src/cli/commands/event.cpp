// SPDX-License-Identifier: Apache-2.0
// keyhold event list|tail|verify|export: what happened, and whether anybody has changed what is written of it.
#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <ostream>
#include <thread>

#include "base/id.hpp"
#include "base/integer.hpp"
#include "base/json.hpp"
#include "cli/context.hpp"
#include "cli/program.hpp"
#include "cli/tools/progress.hpp"
#include "cli/with_components.hpp"
#include "domain/event_chain.hpp"
#include "server/files.hpp"
#include "server/signing_keys.hpp"

namespace keyhold::cli {
namespace {

using domain::EventChain;
using store::Event;
using store::EventStore;
using store::ShownEvent;

// Events in one query, so that a log of any length takes the same memory.
constexpr int page_size = 1000;

// What a command works on. `events` reads and seals, without a running server too.
struct On {
    Context& context;
    const Values& values;
    server::Components& components;
    EventStore& events;
    const Settings& settings;
};

// An event as members of an object that the caller has begun. One that is not sealed yet has no `sequence`, its number
// in the chain.
void write_event(json::Writer& out, const Event& event) {
    out.member("id", event.id);
    if (event.sequence) out.member("sequence", *event.sequence);
    out.member("at", rfc3339(event.at));
    out.member("kind", event.kind);
    out.member("account_id", event.account_id);
    out.member("actor_id", event.actor_id);
    out.member("door", event.door);
    out.member("object", event.object);
    out.member("reason", event.reason);
    out.member("times", event.times);
    out.member("address", event.address);
    out.member("device", event.device);
    out.member("note", event.note);
}

// With the names that its accounts have today; deleted ones have an id alone.
std::string json_of(const ShownEvent& shown) {
    std::string text;
    json::Writer out(text);
    out.begin_object();
    write_event(out, shown.event);
    if (shown.account) out.member("account", *shown.account);
    if (shown.actor) out.member("actor", *shown.actor);
    out.end_object();
    return text;
}

// Names may hold anything that is printable, and devices are ASCII: nothing here moves a terminal.
void print(std::ostream& out, const ShownEvent& shown) {
    const Event& event = shown.event;
    out << rfc3339(event.at) << "  " << event.kind;
    if (event.times > 1) out << " x" << event.times;
    if (!event.account_id.empty()) out << "  " << shown.account.value_or(event.account_id);
    if (!event.object.empty()) out << "  " << event.object;
    if (!event.reason.empty()) out << "  (" << event.reason << ')';
    if (!event.note.empty()) out << "  " << event.note;
    out << "  by " << event.door;
    if (!event.actor_id.empty() && event.actor_id != event.account_id)
        out << ' ' << shown.actor.value_or(event.actor_id);
    if (!event.address.empty()) out << " from " << event.address;
    if (!event.device.empty()) out << "  " << event.device;
    out << '\n';
}

// The id of whoever is called so, or the id itself: whoever is deleted has no name any more. Nothing, after fail(), for
// what is neither.
std::optional<std::string> id_of(const On& on, const std::string& name) {
    if (name.empty() || parse_id(name)) return name;
    const auto account = on.components.accounts.find(name);
    if (account) return account->id;
    on.context.fail(account.error());
    return std::nullopt;
}

// Empty, after fail(), for a text that is no time.
std::optional<std::optional<Time>> time_of(const On& on, const char* flag) {
    const std::string& text = on.values.text(flag);
    if (text.empty()) return std::optional<Time>();
    const auto time = parse_day_or_time(text);
    if (time) return std::optional(time);
    on.context.fail(Error(errors::validation_failed, std::string(flag) + ": write 2026-11-30 or 2026-11-30T08:00:00Z"));
    return std::nullopt;
}

// Newest first, by id, whose first part is the time.
void list_events(const On& on) {
    const auto since = time_of(on, "--since"), until = since ? time_of(on, "--until") : std::nullopt;
    if (!until) return;
    const std::string& kind = on.values.text("--kind");
    if (!kind.empty() && !store::is_event_kind(kind)) {
        // An empty list would say that nothing of the kind has happened.
        on.context.err << on.context.name() << ": --kind: there is no kind of event '" << kind
                       << "' (docs/events.md lists them)\n";
        on.context.exit = Exit::usage;
        return;
    }
    // A name is turned into an id once, before the pages are read.
    const auto account = id_of(on, on.values.text("--account"));
    const auto actor = account ? id_of(on, on.values.text("--by")) : std::nullopt;
    if (!actor) return;
    std::int64_t left = on.values.number("--limit");
    std::string before;
    // Commas stand before every event but the first.
    bool first = true;
    if (on.context.json) on.context.out << '[';
    // Page by page, as `--limit` may be a thousand million.
    do {
        const auto page = on.events.list({.account = *account,
                                          .actor = *actor,
                                          .kind = kind,
                                          .before = before,
                                          .since = *since,
                                          .until = *until,
                                          .limit = static_cast<int>(std::min<std::int64_t>(left, page_size))});
        for (const ShownEvent& shown : page.events) {
            if (on.context.json)
                on.context.out << (first ? "" : ",\n") << json_of(shown);
            else
                print(on.context.out, shown);
            first = false;
        }
        left -= static_cast<std::int64_t>(page.events.size());
        before = page.next;
    } while (!before.empty() && left > 0);
    if (on.context.json) on.context.out << "]\n";
}

// In the order of the chain, which no event enters before one that was shown: nothing is missed, nothing comes twice.
void tail(const On& on) {
    // In seconds: how often new events are looked for.
    constexpr auto moment = std::chrono::seconds(1);
    const bool follows = on.values.given("-f") || on.values.given("--follow");
    // Names are looked up for each event: few come at a time, and an account may have been renamed.
    const auto show = [&](const Event& event) {
        const auto name = [&](const std::string& id) {
            const auto account = id.empty() ? std::nullopt : on.components.accounts.find_by_id(id);
            return account ? std::optional(account->username) : std::nullopt;
        };
        const ShownEvent shown{event, name(event.account_id), name(event.actor_id)};
        if (on.context.json)
            on.context.out << json_of(shown) << '\n';
        else
            print(on.context.out, shown);
    };
    EventStore& events = on.events;
    // Events that no server has sealed yet have no place in the chain, and would not be shown.
    while (events.seal(page_size) > 0) {
    }
    std::int64_t last = std::max<std::int64_t>(events.end().sequence - on.values.number("--lines"), 0);
    for (;;) {
        const auto fresh = events.after(last, page_size);
        for (const Event& event : fresh) show(event);
        if (!fresh.empty()) {
            last = *fresh.back().sequence;
            // Whoever follows through a pipe sees each event at once.
            on.context.out.flush();
            continue;
        }
        if (!follows) return;
        std::this_thread::sleep_for(moment);
        while (events.seal(page_size) > 0) {
        }
    }
}

// The chain needs the key that signs its checkpoints, to verify them. Refused: as the server refuses its keys.
Result<std::unique_ptr<EventChain>> open_chain(const On& on) {
    auto sealer = server::open_event_sealer(on.settings, on.components.stores, on.components.random);
    if (!sealer) return std::move(sealer).error();
    return std::make_unique<EventChain>(on.components.stores.database, std::move(*sealer), on.components.clock,
                                        on.components.random);
}

// "123:hash", as verify says it and the server's log.
std::optional<store::ChainEnd> parse_point(std::string_view text) {
    const auto colon = text.find(':');
    const auto number = parse_integer<std::int64_t>(text.substr(0, colon));
    if (colon == text.npos || !number || *number < 1) return std::nullopt;
    return store::ChainEnd{*number, std::string(text.substr(colon + 1))};
}

// The same form as parse_point() reads.
std::string text_of(const store::ChainEnd& end) { return std::to_string(end.sequence) + ":" + end.hash; }

// `ok` says the same as the exit code, for programs that read only the output.
std::string json_of(const EventChain::Report& report) {
    std::string text;
    json::Writer out(text);
    out.begin_object();
    out.member("ok", report.problems.empty());
    out.member("first", report.first);
    out.member("last", report.last);
    out.member("events", report.events);
    out.member("erased", report.erased);
    out.member("checkpoints", report.checkpoints);
    out.member("signed", text_of(report.signed_end));
    out.member("end", text_of(report.end));
    out.name("problems");
    out.begin_array();
    for (const EventChain::Problem& problem : report.problems) {
        out.begin_object();
        out.member("sequence", problem.sequence);
        out.member("what", problem.what);
        out.end_object();
    }
    out.end_array();
    out.end_object();
    return text;
}

// Computes every hash anew and checks the signatures. --expect is an end that an operator wrote down before: it shows
// whether the newest events were cut off, which the chain alone cannot show.
void verify(const On& on) {
    std::optional<store::ChainEnd> known;
    if (const std::string& text = on.values.text("--expect"); !text.empty()) {
        known = parse_point(text);
        if (!known)
            return on.context.fail(
                Error(errors::validation_failed, "--expect: write NUMBER:HASH, as `keyhold event verify` does"));
    }
    auto chain = open_chain(on);
    if (!chain) return on.context.fail(chain.error());
    EventChain::Report report;
    // The progress ends with this block, so that its bar is gone before the report.
    {
        Progress progress(on.context.err, "events");
        report = (*chain)->verify(known, [&](std::int64_t count) { progress.show(count, 0, 0); });
    }
    if (!report.problems.empty()) on.context.exit = Exit::problems_found;
    if (on.context.json) {
        on.context.out << json_of(report) << '\n';
        return;
    }
    for (const EventChain::Problem& problem : report.problems)
        on.context.out << (problem.sequence == 0 ? "chain" : "event " + std::to_string(problem.sequence)) << ": "
                       << problem.what << '\n';
    const auto several = [](std::int64_t count, const char* one, const char* more) {
        return std::to_string(count) + (count == 1 ? one : more);
    };
    on.context.out << several(report.events, " event (", " events (") << report.first << " to " << report.last << "), "
                   << report.erased << " of them erased, "
                   << several(report.checkpoints, " good signature", " good signatures") << ", signed up to "
                   << report.signed_end.sequence << "\nend " << text_of(report.end) << '\n';
}

// To a file that only its owner can read, or to standard output. Exit code: configuration, if the file exists already.
void export_events(const On& on) {
    std::optional<server::PrivateFile> file;
    if (const std::string& path = on.values.text("--file"); !path.empty()) {
        file.emplace(path, server::PrivateFile::Over::nothing);
        if (auto possible = file->check(); !possible) return on.context.fail(possible.error());
    }
    EventStore& events = on.events;
    // Before the first line: where the event cannot be written, nothing is handed out.
    events.add(store::event_kind("exported"), {.object = "events"});
    while (events.seal(page_size) > 0) {
    }
    Progress progress(on.context.err, "events");
    std::int64_t last = 0, count = 0;
    for (;;) {
        const auto page = events.after(last, page_size);
        std::string text;
        for (const Event& event : page) {
            json::Writer out(text);
            out.begin_object();
            write_event(out, event);
            // With digest, salt and hash whoever has the file can compute the chain anew, without the database.
            out.member("personal_digest", event.personal_digest);
            out.member("salt", event.salt);
            out.member("hash", event.hash);
            out.end_object();
            text += '\n';
            progress.show(++count, 0, 0);
        }
        if (file)
            file->write(text);
        else
            on.context.out << text;
        if (page.empty()) break;
        last = *page.back().sequence;
    }
    if (!file) return;
    if (auto closed = file->close(); !closed) on.context.fail(closed.error());
}

// Gives the action the events of the settings' database.
Run on_events(void (*action)(const On&)) {
    return [action](Context& context, const Values& values) {
        with_components(context, [&](const Settings& settings, server::Components& components) {
            EventStore events(components.stores.database);
            action({context, values, components, events, settings});
        });
    };
}

}  // namespace

Command event_command() {
    constexpr int most = 1'000'000'000;
    return {.name = "event",
            .about = "See what happened, and whether somebody has changed what is written of it",
            .example = "keyhold event list --account alice",
            .reads = {server::Topic::database, server::Topic::keys},
            .commands = {
                {.name = "list",
                 .about = "Events, newest first",
                 .example = "keyhold event list --account alice --since 2026-11-01",
                 .parameters = {{.name = "--account", .help = "About this account: its name, address or id"},
                                {.name = "--by", .help = "Done by this account"},
                                {.name = "--kind", .help = "Of this kind: signed_in, refused, role_granted ..."},
                                {.name = "--since", .help = "From this day or moment on, in UTC"},
                                {.name = "--until", .help = "Before this day or moment, in UTC"},
                                {.name = "--limit",
                                 .help = "At most so many",
                                 .takes = Takes::number,
                                 .otherwise = "100",
                                 .least = 1,
                                 .most = most}},
                 .run = on_events(list_events)},
                {.name = "tail",
                 .about = "The last events, oldest first",
                 .example = "keyhold event tail -f",
                 .parameters = {{.name = "--lines",
                                 .help = "So many",
                                 .takes = Takes::number,
                                 .otherwise = "10",
                                 .least = 0,
                                 .most = most},
                                {.name = "--follow", .help = "And those that come", .takes = Takes::nothing},
                                {.name = "-f", .help = "--follow", .takes = Takes::nothing}},
                 .run = on_events(tail)},
                {.name = "verify",
                 .about = "Whether an event was changed, taken out or put in since it was sealed",
                 .example = "keyhold event verify",
                 .parameters = {{.name = "--expect",
                                 .help = "An end that was printed before, NUMBER:HASH: it must be in the chain"}},
                 .run = on_events(verify)},
                {.name = "export",
                 .about = "Every event as a line of JSON, in the order of the chain",
                 .example = "keyhold event export --file events.jsonl",
                 .parameters = {{.name = "--file",
                                 .help = "A new file, readable by its owner alone; without it, standard output"}},
                 .run = on_events(export_events)},
            }};
}

}  // namespace keyhold::cli
