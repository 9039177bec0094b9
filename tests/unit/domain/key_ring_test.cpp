// SPDX-License-Identifier: Apache-2.0
#include "domain/keys/key_ring.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "domain/errors.hpp"
#include "domain/keys/signing_keys.hpp"
#include "fixture.hpp"
#include "jose/algorithm.hpp"
#include "jose/errors.hpp"

namespace keyhold::domain {

namespace {

using std::chrono::seconds;

constexpr seconds lifetime{1800};
constexpr seconds max_age = KeyRules{}.jwks_max_age;

class KeyRingTest : public DomainTest {
protected:
    KeyRing make(std::string_view material = "material", KeyRules rules = {}) {
        return {*stores.keys, KeySealer({Secret(material), Secret()}), clock, random, rules};
    }
    KeyState state(const std::string& kid) {
        const Keys keys = ring.list();
        return state_of(keys, *find_key(keys, kid), clock.now());
    }
    std::string signer() { return find_signer(ring.list(), clock.now())->kid; }

    KeyRing ring{*stores.keys, KeySealer({Secret(std::string_view("material")), Secret()}), clock, random, {}};
};

}  // namespace

TEST_F(KeyRingTest, the_first_key_signs_at_once_and_is_made_once) {
    EXPECT_TRUE(ring.begin());
    EXPECT_FALSE(make().begin());
    ASSERT_EQ(ring.list().size(), 1u);
    EXPECT_EQ(ring.list()[0].algorithm, "ES256");
    EXPECT_EQ(state(signer()), KeyState::signing);
}

TEST_F(KeyRingTest, a_successor_is_published_before_it_signs_and_the_old_key_verifies_until_its_last_token_ran_out) {
    ring.begin();
    const std::string old = signer();
    const auto next = ring.rotate(Begins::published);
    ASSERT_TRUE(next.ok());
    EXPECT_EQ(state(next->kid), KeyState::next);
    EXPECT_EQ(signer(), old);
    EXPECT_EQ(ring.rotate(Begins::published).error().errc(), errors::key_conflict) << "one at a time";
    clock.advance(max_age);
    EXPECT_EQ(signer(), old) << "whoever fetched the set a moment before has it still";
    clock.advance(published_ahead(max_age) - max_age);
    EXPECT_EQ(signer(), next->kid);
    EXPECT_EQ(state(old), KeyState::retired);
    clock.advance(lifetime);
    EXPECT_EQ(state(old), KeyState::retired) << "its last token, by a slow clock";
    clock.advance(clock_difference);
    EXPECT_EQ(state(old), KeyState::expired);
}

TEST_F(KeyRingTest, a_dropped_key_is_over_at_once_and_nothing_of_it_is_kept_but_the_name) {
    ring.begin();
    const std::string old = signer();
    const auto dropped = ring.drop(old);
    ASSERT_TRUE(dropped.ok());
    EXPECT_EQ(state(old), KeyState::dropped);
    EXPECT_TRUE(find_key(ring.list(), old)->sealed.empty());
    ASSERT_TRUE(dropped->signs_instead);
    EXPECT_EQ(signer(), dropped->signs_instead->kid);
    EXPECT_EQ(ring.drop("nobody").error().errc(), errors::key_not_found);
    EXPECT_NE(why_refused(ring.list(), old, clock.now()).find("dropped at"), std::string::npos);
}

// A key file of before, or a backup of it, is still in its place when the ring is empty.
TEST_F(KeyRingTest, a_dropped_key_does_not_come_back_from_a_file_that_still_has_it) {
    const auto from_file = jose::Key::generate_es256();
    const auto named = from_file.named(from_file.thumbprint());
    EXPECT_TRUE(ring.begin(named.share()));
    ASSERT_EQ(signer(), named.kid());
    ASSERT_TRUE(ring.drop(named.kid()).ok());
    Keys without_signers = ring.list();
    std::erase_if(without_signers, [&](const StoredKey& key) { return key.kid != named.kid(); });
    ASSERT_TRUE(stores.keys->replace(ring.list(), without_signers));
    EXPECT_TRUE(ring.begin(named.share()));
    EXPECT_EQ(state(named.kid()), KeyState::dropped);
    EXPECT_NE(signer(), named.kid());
}

TEST_F(KeyRingTest, the_only_key_that_signs_is_not_retired) {
    ring.begin();
    EXPECT_EQ(ring.retire(signer()).error().errc(), errors::key_conflict);
    EXPECT_EQ(ring.retire("nobody").error().errc(), errors::key_not_found);
    const std::string next = ring.rotate(Begins::published)->kid;
    ASSERT_TRUE(ring.retire(next).ok()) << "one that waits for its time is withdrawn";
    clock.advance(published_ahead(max_age));
    EXPECT_NE(signer(), next);
}

TEST_F(KeyRingTest, a_key_gets_a_successor_when_it_is_old_enough) {
    KeyRing yearly = make("material", {.rotation = std::chrono::days(90)});
    yearly.begin();
    const std::string old = signer();
    clock.advance(std::chrono::days(90) - seconds(1));
    yearly.look_after();
    EXPECT_EQ(ring.list().size(), 1u);
    clock.advance(seconds(1));
    yearly.look_after();
    yearly.look_after();
    ASSERT_EQ(ring.list().size(), 2u) << "and only one";
    EXPECT_EQ(signer(), old);
    clock.advance(published_ahead(max_age));
    EXPECT_NE(signer(), old);
    clock.advance(std::chrono::days(2));
    yearly.look_after();
    EXPECT_EQ(ring.list().size(), 1u) << "what ran out yesterday is forgotten";
}

TEST_F(KeyRingTest, of_eight_who_rotate_at_once_one_does) {
    ring.begin();
    std::atomic<int> made = 0;
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i)
        threads.emplace_back([&] {
            KeyRing mine = make();
            if (mine.rotate(Begins::published)) ++made;
        });
    threads.clear();
    EXPECT_EQ(made, 1);
    EXPECT_EQ(ring.list().size(), 2u);
}

TEST_F(KeyRingTest, an_imported_key_keeps_its_name_and_must_be_able_to_sign) {
    ring.begin();
    const auto key = jose::Key::generate(*jose::find_algorithm("EdDSA"));
    const auto imported = ring.import_key(key, Begins::at_once);
    ASSERT_TRUE(imported.ok());
    EXPECT_EQ(imported->kid, key.kid());
    EXPECT_EQ(signer(), key.kid());
    EXPECT_EQ(ring.import_key(key, Begins::at_once).error().errc(), errors::key_conflict);
    const auto half = jose::KeySet::parse(jose::Key::generate_es256().public_jwk()).value();
    EXPECT_EQ(ring.import_key(half.signing(), Begins::at_once).error().errc(), errors::key_malformed);
    const auto secret = jose::Key::from_secret(*jose::find_algorithm("HS256"), std::string(32, 'k')).value();
    EXPECT_EQ(ring.import_key(secret, Begins::at_once).error().errc(), errors::key_malformed);
}

TEST_F(KeyRingTest, keys_open_under_what_they_were_sealed_with_and_nothing_else) {
    ring.begin();
    const StoredKey key = ring.list()[0];
    EXPECT_TRUE(make().open(key));
    EXPECT_FALSE(make("other material").open(key));
    StoredKey renamed = key;
    renamed.kid = "another";
    EXPECT_FALSE(make().open(renamed)) << "the name is sealed in";
    EXPECT_EQ(key.sealed.find("\"d\""), std::string::npos);
}

TEST_F(KeyRingTest, readers_switch_to_the_successor_at_its_second_and_keep_the_old_one_for_its_tokens) {
    ring.begin();
    const std::string old = signer();
    SigningKeys keys(ring, std::nullopt, 1024, [](std::string_view) { FAIL(); });
    keys.reload();
    const std::string etag = keys.published(clock.now()).etag;
    const std::string next = ring.rotate(Begins::published)->kid;
    EXPECT_EQ(keys.published(clock.now()).etag, etag) << "nobody told";
    keys.reload();
    EXPECT_NE(keys.published(clock.now()).etag, etag);
    EXPECT_EQ(keys.signing(clock.now()).kid(), old);
    EXPECT_EQ(keys.verifying(clock.now()).keys().size(), 2u);
    clock.advance(published_ahead(max_age));
    EXPECT_EQ(keys.signing(clock.now()).kid(), next) << "by its clock alone";
    clock.advance(lifetime + clock_difference);
    EXPECT_EQ(keys.verifying(clock.now()).keys().size(), 1u);
}

}  // namespace keyhold::domain
