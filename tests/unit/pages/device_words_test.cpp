// SPDX-License-Identifier: Apache-2.0
// User-Agents as the browsers' makers publish them (MDN, "User-Agent"; whatismybrowser.com for the rarer ones).
#include "pages/device_words.hpp"

#include <gtest/gtest.h>

namespace keyhold::pages {

TEST(DeviceWords, browsers_are_told_apart_from_those_that_they_imitate) {
    struct Row {
        std::string_view user_agent, browser, system;
    };
    const Row rows[] = {
        {"Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", "Firefox", "Linux"},
        {"Mozilla/5.0 (Android 14; Mobile; rv:128.0) Gecko/128.0 Firefox/128.0", "Firefox", "Android"},
        {"Mozilla/5.0 (iPhone; CPU iPhone OS 14_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) FxiOS/128.0 "
         "Mobile/15E148 Safari/605.1.15",
         "Firefox", "iPhone"},
        {"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 "
         "Safari/537.36",
         "Chrome", "Windows"},
        {"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 "
         "Safari/537.36 Edg/126.0.0.0",
         "Edge", "Windows"},
        {"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 "
         "Safari/537.36 OPR/112.0.0.0",
         "Opera", "Windows"},
        {"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 "
         "Safari/605.1.15",
         "Safari", "macOS"},
        {"Mozilla/5.0 (iPad; CPU OS 16_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.6 "
         "Mobile/15E148 Safari/604.1",
         "Safari", "iPad"},
        {"Mozilla/5.0 (Linux; Android 13; SAMSUNG SM-S918B) AppleWebKit/537.36 (KHTML, like Gecko) "
         "SamsungBrowser/21.0 Chrome/110.0.5481.154 Mobile Safari/537.36",
         "Samsung Internet", "Android"},
        {"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 "
         "Safari/537.36",
         "Chrome", "ChromeOS"},
        {"curl/8.9.1", "curl", ""},
        {"python-requests/2.32.3", "Python", ""},
        {"Go-http-client/1.1", "Go", ""},
        {"", "", ""},
        {"<script>alert(1)</script>", "", ""},
    };
    for (const Row& row : rows) {
        EXPECT_EQ(device_words(row.user_agent).browser, row.browser) << row.user_agent;
        EXPECT_EQ(device_words(row.user_agent).system, row.system) << row.user_agent;
    }
}

}  // namespace keyhold::pages
