// SPDX-License-Identifier: Apache-2.0
// A program with a guard, for the tests: guard_probe KIND VALUE [option=value ...], then a line of input per question.
//   check TOKEN | scope NAME TOKEN | trouble | revocations
// Answers a line each: "200 SUBJECT", "401 CODE", what trouble() says, "followed AGE SESSIONS".
#include <fstream>
#include <functional>
#include <iostream>
#include <iterator>
#include <map>
#include <sstream>
#include <string>

#include <keyhold/guard.hpp>

namespace {

using keyhold::Guard;
using keyhold::GuardOptions;

long number(const std::string& text) { return std::stol(text); }

const std::map<std::string, std::function<void(GuardOptions&, const std::string&)>> options{
    {"issuer", [](auto& to, const auto& value) { to.issuer = value; }},
    {"audience", [](auto& to, const auto& value) { to.audience = value; }},
    {"type", [](auto& to, const auto& value) { to.type = value; }},
    {"refresh_every", [](auto& to, const auto& value) { to.refresh_every = std::chrono::seconds(number(value)); }},
    {"cool_down", [](auto& to, const auto& value) { to.cool_down = std::chrono::seconds(number(value)); }},
    {"stale_if_error", [](auto& to, const auto& value) { to.stale_if_error = std::chrono::seconds(number(value)); }},
    {"wait_for_keys", [](auto& to, const auto& value) { to.wait_for_keys = std::chrono::milliseconds(number(value)); }},
    {"timeout", [](auto& to, const auto& value) { to.timeout = std::chrono::milliseconds(number(value)); }},
    {"stale", [](auto& to, const auto& value) { to.revocations_stale_after = std::chrono::seconds(number(value)); }},
    {"follow", [](auto& to, const auto& value) { to.follow_revocations = value == "yes"; }},
    {"ca_file", [](auto& to, const auto& value) { to.ca_file = value; }},
    {"client",
     [](auto& to, const auto& value) {
         const std::size_t colon = value.find(':');
         if (!to.introspection) to.introspection.emplace();
         to.introspection->client_id = value.substr(0, colon);
         to.introspection->client_secret = value.substr(colon + 1);
     }},
    {"endpoint",
     [](auto& to, const auto& value) {
         if (!to.introspection) to.introspection.emplace();
         to.introspection->endpoint = value;
     }},
};

Guard make(const std::string& kind, const std::string& value, const GuardOptions& chosen) {
    if (kind == "issuer") return Guard::from_issuer(value, chosen);
    if (kind == "jwks") return Guard::from_jwks(value, chosen);
    if (kind == "file") return Guard::from_jwks_file(value, chosen);
    std::ifstream file(value, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    return kind == "pem" ? Guard::from_pem(text, chosen) : Guard::from_secret(text, chosen);
}

std::string answer(const Guard& guard, const std::string& question) {
    std::istringstream words(question);
    std::string verb, name, token;
    words >> verb;
    if (verb == "trouble") return guard.trouble();
    if (verb == "revocations") {
        const auto known = guard.revocations();
        return std::string(known.followed ? "followed " : "not followed ") +
               (known.age ? std::to_string(known.age->count()) : "never") + " " + std::to_string(known.sessions);
    }
    if (verb == "scope") words >> name;
    words >> token;
    const auto checked = guard.check("Bearer " + token, name.empty() ? keyhold::Rule() : keyhold::scope(name));
    if (checked) return "200 " + std::string(checked->subject());
    return std::to_string(checked.problem().status) + " " + checked.problem().code;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        GuardOptions chosen;
        for (int i = 3; i < argc; ++i) {
            const std::string word = argv[i];
            const std::size_t equals = word.find('=');
            options.at(word.substr(0, equals))(chosen, word.substr(equals + 1));
        }
        const Guard guard = make(argc > 1 ? argv[1] : "", argc > 2 ? argv[2] : "", chosen);
        std::cout << "ready" << std::endl;
        for (std::string line; std::getline(std::cin, line);) std::cout << answer(guard, line) << std::endl;
    } catch (const std::exception& problem) {
        std::cout << "refused " << problem.what() << std::endl;
        return 1;
    }
}
