// SPDX-License-Identifier: Apache-2.0
#include "keyhold/hooks.hpp"

#include <algorithm>
#include <stdexcept>

#include "base/json.hpp"
#include "domain/sessions/reserved_claims.hpp"

namespace keyhold {
namespace {

template <class Write>
std::string json_of(Write write) {
    std::string text;
    json::Writer writer(text);
    write(writer);
    return text;
}

}  // namespace

void Claims::put(std::string_view name, std::string json) {
    if (name.empty()) throw std::logic_error("a hook adds a claim without a name");
    if (domain::is_reserved_claim(name))
        throw std::logic_error("a hook adds the claim '" + std::string(name) + "', which is the token's own");
    // The later one of two counts, as a JSON object has each name once.
    const auto same = std::ranges::find(all_, name, &std::pair<std::string, std::string>::first);
    if (same != all_.end())
        same->second = std::move(json);
    else
        all_.emplace_back(name, std::move(json));
    std::size_t size = 0;
    for (const auto& [of_hook, value] : all_) size += of_hook.size() + value.size() + std::string_view("\"\":,").size();
    if (size > most)
        throw std::length_error("the claims of hooks would take " + std::to_string(size) + " bytes of a token, and " +
                                std::to_string(most) + " is the most");
}

void Claims::add(std::string_view name, std::string_view text) {
    put(name, json_of([&](json::Writer& out) { out.value(text); }));
}
void Claims::add(std::string_view name, std::int64_t number) {
    put(name, json_of([&](json::Writer& out) { out.value(number); }));
}
void Claims::add(std::string_view name, bool is_so) {
    put(name, json_of([&](json::Writer& out) { out.value(is_so); }));
}
void Claims::add(std::string_view name, const std::vector<std::string>& texts) {
    put(name, json_of([&](json::Writer& out) {
            out.begin_array();
            for (const std::string& text : texts) out.value(text);
            out.end_array();
        }));
}

const Hooks& Hooks::none() {
    static const Hooks none;
    return none;
}

// A program's mistake in a hook shall not undo what has happened, nor end the server: it is told, and that is all.
// Hooks whose answer counts are not run by this.
void Hooks::run(const std::function<void()>& hook) const noexcept try {
    try {
        hook();
    } catch (const std::exception& error) {
        if (failed_) failed_(error.what());
    } catch (...) {
        if (failed_) failed_("something that is no std::exception");
    }
} catch (...) {  // there is nobody left to tell
}

}  // namespace keyhold
