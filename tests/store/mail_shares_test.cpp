// SPDX-License-Identifier: Apache-2.0
// How many of the mails of an hour one network may ask for: counted alike by every database.
#include "fixture.hpp"
#include "store/accounts/recovery_store.hpp"

namespace keyhold::store {

namespace {

using std::chrono::hours;
using std::chrono::seconds;

OutboxMail asked_from(const std::string& origin, int number, Time created_at = now) {
    return {.id = "m" + std::to_string(number),
            .kind = "reset",
            .account = "",
            .address = "a" + std::to_string(number) + "@example.com",
            .language = "en",
            .origin = origin,
            .device = "",
            .other_address = "",
            .created_at = created_at,
            .due_at = created_at,
            .expires_at = created_at + hours(1),
            .attempts = 0,
            .state = MailState::waiting,
            .settled_at = {},
            .said = ""};
}

}  // namespace

TEST_P(EveryStore, a_network_gets_its_part_of_what_is_left_of_the_mails_of_an_hour) {
    const auto store = open(url);
    RecoveryStore recovery(store.database);
    int number = 0;
    const auto get = [&](const std::string& origin, Time time = now) {
        const MailLimits limits{.since = time - hours(1),
                                .first_id = "0",
                                .of_recipient = 1,
                                .of_account = 1,
                                .of_all = 20,
                                .recipient_key = {},
                                .parts_of_network = 4};
        int got = 0;
        while (got < 30 && recovery.ask(asked_from(origin, number++, time), limits)) ++got;
        return got;
    };
    EXPECT_EQ(get("192.0.2.1"), 4);         // 16 are left
    EXPECT_EQ(get("::ffff:192.0.2.1"), 0);  // the same address
    EXPECT_EQ(get("2001:db8::1"), 3);       // 13
    EXPECT_EQ(get("2001:db8::2:1"), 0);     // the same /64
    EXPECT_EQ(get("2001:db8:0:1::1"), 2);   // 11
    EXPECT_EQ(get(""), 11);                 // a command
    EXPECT_EQ(get("198.51.100.1"), 0);      // none
    EXPECT_EQ(get("192.0.2.1", now + hours(1)), 4);
}

}  // namespace keyhold::store
