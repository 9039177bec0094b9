// SPDX-License-Identifier: Apache-2.0
#include "domain/clients/client_authentication.hpp"

#include "domain/errors.hpp"
#include "fixture.hpp"

namespace keyhold::domain {

namespace {

constexpr std::string_view good = "8e1f0c6d2b7a4953", other = "51c9e07ab3d8f264", here = "192.0.2.1",
                           elsewhere = "198.51.100.7";

class ClientAuthenticationTest : public DomainTest {
protected:
    static Clients of(std::string_view text) { return Clients::parse(Secret(text)).value(); }

    // "ok", "wrong", or "wait N" with the seconds of Retry-After.
    std::string try_as(std::string_view id, std::string_view secret, std::string_view address = here) {
        const auto result = authentication.authenticate(id, Secret(secret), address);
        if (result) return "ok";
        if (result.error().errc() == errors::invalid_client) return "wrong";
        EXPECT_EQ(result.error().errc(), errors::too_many_attempts);
        return "wait " + std::to_string(result.error().quota()->retry_in.count());
    }
    void fail(int times, std::string_view address = here) {
        for (int i = 0; i < times; ++i) EXPECT_EQ(try_as("api", "no", address), "wrong") << i;
    }

    Replaceable<Clients> clients{of("api:8e1f0c6d2b7a4953")};
    ClientAuthentication authentication{clients, throttle};
};

}  // namespace

TEST_F(ClientAuthenticationTest, ten_wrong_secrets_are_free_and_then_the_right_one_waits_too) {
    fail(10);
    EXPECT_EQ(try_as("api", "no"), "wait 30");
    EXPECT_EQ(try_as("api", good), "wait 30");
    clock.advance(std::chrono::seconds(30));
    EXPECT_EQ(try_as("api", good), "ok");
    EXPECT_EQ(lockouts, (std::vector<std::string>{"api 10 30"}));
}

TEST_F(ClientAuthenticationTest, guesses_are_in_the_database_and_the_same_for_every_process) {
    fail(10);
    Throttle restarted{stores, clock, random, {}, [](auto&) {}};
    ClientAuthentication after{clients, restarted};
    EXPECT_EQ(after.authenticate("api", Secret(good), here).error().errc(), errors::too_many_attempts);
}

TEST_F(ClientAuthenticationTest, strangers_do_not_lock_out_an_address_that_has_proved_the_secret) {
    EXPECT_EQ(try_as("api", good, here), "ok");
    fail(10, elsewhere);
    EXPECT_EQ(try_as("api", good, elsewhere), "wait 30");
    EXPECT_EQ(try_as("api", good, here), "ok");
    fail(10, here);
    EXPECT_EQ(try_as("api", good, here), "wait 30") << "it has an allowance, not a licence";
}

TEST_F(ClientAuthenticationTest, strangers_who_prove_secrets_of_their_own_push_out_no_address_of_an_operators_client) {
    RegisteredClients registered(*stores.clients, clock, random);
    ClientAuthentication all{clients, throttle, &registered};
    const auto is_let_in = [&](std::string_view id, const Secret& secret, const std::string& address) {
        return all.authenticate(id, secret, address).ok();
    };
    ClientWish wish;
    wish.redirect_uris = {"https://app.example.com/cb"};
    const NewClient stranger = registered.add(wish, Registers::itself).value();
    const auto ours = [](int i) { return "203.0.113." + std::to_string(i); };
    const auto theirs = [](int i) { return "10.0." + std::to_string(i / 256) + "." + std::to_string(i % 256); };
    for (int i = 0; i < 20; ++i) ASSERT_TRUE(is_let_in("api", Secret(good), ours(i))) << i;
    for (int i = 0; i < 4000; ++i) ASSERT_TRUE(is_let_in(stranger.client.id, stranger.secret, theirs(i))) << i;
    for (int i = 0; i < 10; ++i) EXPECT_FALSE(is_let_in("api", Secret(other), std::string(elsewhere)));
    EXPECT_FALSE(is_let_in("api", Secret(good), std::string(elsewhere))) << "it is locked";
    for (int i = 0; i < 20; ++i) EXPECT_TRUE(is_let_in("api", Secret(good), ours(i))) << i;
}

TEST_F(ClientAuthenticationTest, another_secret_has_to_be_proved_anew) {
    EXPECT_EQ(try_as("api", good, here), "ok");
    clients.replace(of("api:51c9e07ab3d8f264"));
    fail(10, elsewhere);
    EXPECT_EQ(try_as("api", other, here), "wait 30");
}

TEST_F(ClientAuthenticationTest, an_account_of_the_same_name_is_somebody_else) {
    fail(10);
    EXPECT_EQ(throttle.look("api").failures, 0);
}

TEST_F(ClientAuthenticationTest, invented_ids_are_held_against_the_address_and_fill_no_table) {
    for (int i = 0; i < 100; ++i) EXPECT_EQ(try_as("invented" + std::to_string(i), good), "wrong") << i;
    EXPECT_EQ(try_as("invented", good), "wait 6") << "100 from an address, then 10 a minute";
    EXPECT_EQ(try_as("api", good), "wait 6");
    EXPECT_EQ(try_as("api", good, elsewhere), "ok");
    EXPECT_EQ(stores.throttle->purge(clock.now() + std::chrono::hours(48), 0, 1000), 0) << "rows";
}

TEST_F(ClientAuthenticationTest, any_number_of_right_secrets_is_let_in) {
    for (int i = 0; i < 1000; ++i) EXPECT_EQ(try_as("api", good), "ok");
}

}  // namespace keyhold::domain
