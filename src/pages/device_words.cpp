// SPDX-License-Identifier: Apache-2.0
// "Firefox on Windows" of a User-Agent, for the list of sessions. It is a hint for people and proves nothing, as a
// client may send any text.
#include "pages/device_words.hpp"

#include <algorithm>
#include <array>

namespace keyhold::pages {
namespace {

// A word to look for, and the name that people know.
struct Word {
    std::string_view part;  // of the User-Agent
    std::string_view name;
};

// The first that is found counts. The order matters: Edge and Opera also say "Chrome", and Chrome also says "Safari".
constexpr std::array browsers{
    Word{"Edg/", "Edge"},
    Word{"EdgA/", "Edge"},
    Word{"EdgiOS/", "Edge"},
    Word{"OPR/", "Opera"},
    Word{"OPT/", "Opera"},
    Word{"Vivaldi/", "Vivaldi"},
    Word{"YaBrowser/", "Yandex Browser"},
    Word{"SamsungBrowser/", "Samsung Internet"},
    Word{"DuckDuckGo/", "DuckDuckGo"},
    Word{"Ddg/", "DuckDuckGo"},
    Word{"FxiOS/", "Firefox"},
    Word{"Firefox/", "Firefox"},
    Word{"HeadlessChrome/", "Chrome"},
    Word{"CriOS/", "Chrome"},
    Word{"Chrome/", "Chrome"},
    Word{"Safari/", "Safari"},
    Word{"MSIE ", "Internet Explorer"},
    Word{"Trident/", "Internet Explorer"},
    Word{"curl/", "curl"},
    Word{"Wget/", "Wget"},
    Word{"HTTPie/", "HTTPie"},
    Word{"PostmanRuntime/", "Postman"},
    Word{"python-requests/", "Python"},
    Word{"python-httpx/", "Python"},
    Word{"Python-urllib/", "Python"},
    Word{"Python/", "Python"},
    Word{"Go-http-client/", "Go"},
    Word{"okhttp/", "Android app"},
    Word{"Dalvik/", "Android app"},
    Word{"CFNetwork/", "Apple app"},
    Word{"axios/", "Node.js"},
    Word{"node", "Node.js"},
    Word{"Java/", "Java"},
};

// An iPad says "Mac OS X" too, Android "Linux", and a Chromebook neither.
constexpr std::array systems{
    Word{"iPhone", "iPhone"},   Word{"iPad", "iPad"},       Word{"Android", "Android"}, Word{"Dalvik/", "Android"},
    Word{"Windows", "Windows"}, Word{"CrOS", "ChromeOS"},   Word{"Mac OS X", "macOS"},  Word{"Macintosh", "macOS"},
    Word{"Linux", "Linux"},     Word{"FreeBSD", "FreeBSD"}, Word{"OpenBSD", "OpenBSD"},
};

// Empty if none of the words is in it.
std::string_view first_of(const auto& words, std::string_view user_agent) {
    const auto found =
        std::ranges::find_if(words, [&](const Word& word) { return user_agent.find(word.part) != user_agent.npos; });
    return found == words.end() ? std::string_view() : found->name;
}

}  // namespace

// Browser and system are looked for apart, so that either may be missing.
DeviceWords device_words(std::string_view user_agent) {
    return {first_of(browsers, user_agent), first_of(systems, user_agent)};
}

}  // namespace keyhold::pages
