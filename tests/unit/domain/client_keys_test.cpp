// SPDX-License-Identifier: Apache-2.0
// Keys of clients: which they may bring, as whoever registers one has us check them, what is remembered of them, and
// what it costs when they cannot be fetched.
#include "domain/clients/client_keys.hpp"

#include <functional>
#include <stdexcept>
#include <string>

#include "fixture.hpp"

namespace keyhold::domain {
namespace {

// RFC 7517 A.1, the elliptic curve key.
std::string ec_key(const std::string& kid) {
    return R"({"kty":"EC","crv":"P-256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",)"
           R"("y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM","alg":"ES256","kid":")" +
           kid + R"("})";
}

std::string set_of(int count) {
    std::string keys;
    for (int i = 0; i < count; ++i) keys += (i == 0 ? "" : ",") + ec_key("k" + std::to_string(i));
    return R"({"keys":[)" + keys + "]}";
}

std::string refusal(const std::string& jwks) {
    const auto keys = parse_client_keys(jwks);
    return keys ? "" : std::string(keys.error().detail());
}

TEST(ParseClientKeys, takes_a_set_of_ten_keys_and_no_more) {
    EXPECT_EQ(refusal(set_of(1)), "");
    EXPECT_EQ(refusal(set_of(10)), "");
    EXPECT_EQ(refusal(set_of(11)), "jwks: more than 10 keys");
    EXPECT_EQ(refusal(ec_key("k")), "jwks: This is a JWK; wanted is a JWK Set");
    EXPECT_EQ(refusal("{}"), "jwks: This is JSON that is no key; wanted is a JWK Set");
    EXPECT_EQ(refusal(R"({"keys":3})"), "jwks: its keys are no array");
    EXPECT_EQ(refusal("keys"), "jwks: This is no key in any form that is known here; wanted is a JWK Set");
}

TEST(ParseClientKeys, looks_at_no_rsa_key_that_takes_long_to_check) {
    const auto rsa = [](std::size_t digits) {
        return R"({"keys":[{"kty":"RSA","alg":"RS256","e":"AQAB","n":")" + std::string(digits, 'q') + R"("}]})";
    };
    EXPECT_EQ(refusal(rsa(684)), "jwks: an RSA key of more than 4096 bits");
    EXPECT_NE(refusal(rsa(682)), "jwks: an RSA key of more than 4096 bits") << "it is looked at";
}

// 2^2203 - 1 is prime (Lehmer, Robinson 1952; OEIS A000043).
TEST(ParseClientKeys, refuses_a_modulus_that_is_prime) {
    // 2203 bits: 275 bytes of ones behind 0x07; three bytes are four digits.
    const std::string modulus = "B_" + std::string(366, '_');
    EXPECT_NE(refusal(R"({"keys":[{"kty":"RSA","alg":"RS256","e":"AQAB","n":")" + modulus + R"("}]})").find("prime"),
              std::string::npos);
}

TEST(ClientKeys, are_the_new_ones_once_a_client_has_others) {
    FixedClock clock{Time{std::chrono::seconds(1'800'000'000)}};
    ClientKeys keys(clock, [](const RegisteredClient&) { return std::optional<std::string>(); });
    RegisteredClient client;
    client.id = "bank";
    client.jwks = set_of(1);
    const auto first = keys.of(client, ClientKeys::Look::remembered);
    ASSERT_TRUE(first);
    EXPECT_EQ(keys.of(client, ClientKeys::Look::remembered), first) << "they are not parsed for each assertion";
    EXPECT_EQ(keys.of(client, ClientKeys::Look::again), nullptr);
    client.jwks = set_of(2);
    const auto second = keys.of(client, ClientKeys::Look::remembered);
    ASSERT_TRUE(second);
    EXPECT_EQ(second->keys().size(), 2u);
}

// RFC 7517, appendix A.1.
constexpr std::string_view published =
    R"({"keys":[{"kty":"EC","crv":"P-256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",)"
    R"("y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM","kid":"1"}]})";

class ClientKeysTest : public DomainTest {
protected:
    static RegisteredClient client(const std::string& id) {
        return {.id = id, .name = id, .jwks_uri = "https://" + id + ".example/jwks"};
    }

    static RegisteredClient stranger(const std::string& id) {
        RegisteredClient made = client(id);
        made.registration_digest = "of its token";
        return made;
    }

    bool is_broken = false;
    int fetched = 0;
    std::function<void()> meanwhile;  // while the keys of one are fetched
    ClientKeys keys{clock, [this](const RegisteredClient&) -> std::optional<std::string> {
                        ++fetched;
                        if (meanwhile) meanwhile();
                        if (is_broken) throw std::runtime_error("out of something");
                        return std::string(published);
                    }};
};

TEST_F(ClientKeysTest, are_fetched_once_and_remembered) {
    const auto first = keys.of(client("wiki"), ClientKeys::Look::remembered);
    ASSERT_TRUE(first);
    EXPECT_EQ(keys.of(client("wiki"), ClientKeys::Look::remembered), first);
    EXPECT_EQ(fetched, 1);
}

TEST_F(ClientKeysTest, a_fetch_that_breaks_takes_no_place_from_those_that_follow) {
    is_broken = true;
    for (const char* id : {"a", "b", "c", "d", "e"})
        EXPECT_THROW((void)keys.of(client(id), ClientKeys::Look::remembered), std::runtime_error) << id;
    is_broken = false;
    EXPECT_TRUE(keys.of(client("f"), ClientKeys::Look::remembered));
}

// Each fetch begins the next one before it is answered, as if none of them ever were.
TEST_F(ClientKeysTest, however_many_strangers_keys_are_waited_for_the_operators_clients_have_places_of_their_own) {
    std::shared_ptr<const jose::KeySet> found;
    meanwhile = [&] {
        const int at = fetched;
        if (at < 40) (void)keys.of(stranger("s" + std::to_string(at)), ClientKeys::Look::remembered);
        if (at != fetched) return;  // one was begun
        meanwhile = nullptr;
        found = keys.of(client("wiki"), ClientKeys::Look::remembered);
    };
    (void)keys.of(stranger("s0"), ClientKeys::Look::remembered);
    EXPECT_TRUE(found);
    EXPECT_EQ(fetched, 3) << "two of strangers at a time, and the operator's";
}

TEST_F(ClientKeysTest, however_many_strangers_there_are_the_keys_of_the_operators_clients_are_remembered) {
    ASSERT_TRUE(keys.of(client("a"), ClientKeys::Look::remembered));
    for (int i = 0; i < 1100; ++i)
        ASSERT_TRUE(keys.of(stranger("s" + std::to_string(i)), ClientKeys::Look::remembered));
    EXPECT_EQ(fetched, 1101);
    EXPECT_TRUE(keys.of(client("a"), ClientKeys::Look::remembered));
    EXPECT_EQ(fetched, 1101) << "it was not fetched again";
}

}  // namespace
}  // namespace keyhold::domain
