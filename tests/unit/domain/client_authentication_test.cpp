// SPDX-License-Identifier: Apache-2.0
#include "domain/clients/client_authentication.hpp"

#include "base/waiting.hpp"
#include "domain/errors.hpp"
#include "domain/sessions/liveness.hpp"
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

namespace {

// One that follows changes, as a server does, and says what it does on a thread that may not wait.
class RememberedClients : public ClientAuthenticationTest {
protected:
    RememberedClients() { authentication.remember(liveness, clock); }
    std::string at_once(std::string_view secret, std::string_view address = here) try {
        const NoWaiting in_this_block;
        return try_as("api", secret, address);
    } catch (const WouldWait&) {
        return "would wait";
    }
    // The first time makes the place known, the second finds nothing counted against it.
    void be_known() {
        for (int i = 0; i < 2; ++i) ASSERT_EQ(try_as("api", good), "ok");
        ASSERT_EQ(at_once(good), "ok");
    }
    Liveness liveness{stores, clock};
};

}  // namespace

TEST_F(RememberedClients, who_is_known_and_clear_proves_it_without_the_database) {
    liveness.follow();
    EXPECT_EQ(at_once(good), "would wait") << "nothing is known yet";
    be_known();
    EXPECT_EQ(at_once(good, elsewhere), "would wait") << "another place";
    EXPECT_EQ(at_once(other), "would wait") << "a wrong one is counted on the disk";
    clock.advance(std::chrono::seconds(10));
    be_known();
    clock.advance(std::chrono::seconds(10));
    EXPECT_EQ(at_once(good), "would wait") << "a node of an older release may have counted failures in silence";
}

// Both of one pool, in their order, the right one would otherwise be told before the wrong one is counted.
TEST_F(RememberedClients, a_wrong_secret_that_has_to_wait_makes_the_right_one_behind_it_wait) {
    be_known();
    EXPECT_EQ(at_once(other), "would wait");
    EXPECT_EQ(at_once(good), "would wait");
    be_known();
    fail(1);
    EXPECT_EQ(at_once(good), "would wait");
    EXPECT_EQ(try_as("api", good), "ok") << "which makes up for it";
    EXPECT_EQ(at_once(good), "would wait") << "it has found something";
    be_known();
    fail(10);
    EXPECT_EQ(try_as("api", good), "wait 30");
    EXPECT_EQ(at_once(good), "would wait");
}

TEST_F(RememberedClients, what_another_node_has_counted_is_heard_of) {
    const auto elsewhere_stores = store::open_stores(url, {}).value();
    Throttle their_throttle{elsewhere_stores, clock, random, {}, [](auto&) {}};
    Liveness their_liveness{elsewhere_stores, clock};
    ClientAuthentication theirs{clients, their_throttle};
    theirs.remember(their_liveness, clock);
    be_known();
    EXPECT_TRUE(theirs.authenticate("api", Secret(good), here).ok());
    EXPECT_EQ(at_once(good), "ok") << "a success there changes nothing here";
    EXPECT_FALSE(theirs.authenticate("api", Secret(other), here).ok());
    EXPECT_EQ(at_once(good), "would wait");
    for (int i = 0; i < 9; ++i) EXPECT_FALSE(theirs.authenticate("api", Secret(other), here).ok());
    EXPECT_EQ(try_as("api", good), "wait 30");
}

TEST_F(RememberedClients, failures_elsewhere_are_no_change_for_a_place_that_is_known) {
    be_known();
    const auto changes = [&] { return stores.changes->page(std::nullopt, 1000).changes.size(); };
    const std::size_t before = changes();
    fail(10, elsewhere);
    EXPECT_EQ(changes(), before) << "anybody could make every node forget";
    EXPECT_EQ(at_once(good), "ok");
    fail(3);
    EXPECT_EQ(changes(), before + 1) << "the first one";
}

}  // namespace keyhold::domain
