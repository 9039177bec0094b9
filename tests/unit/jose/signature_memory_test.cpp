// SPDX-License-Identifier: Apache-2.0
#include "jose/signature_memory.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>

#include "fixtures.hpp"
#include "jose/algorithm.hpp"

namespace keyhold::jose {
namespace {

using namespace test;

Key remembering(const char* alg, std::size_t count) {
    Key key = Key::generate(*find_algorithm(alg));
    key.remember_signatures(count);
    return key;
}

// The quickest of five rounds of `times` verifications: the machine may have other things to do.
std::chrono::nanoseconds time_of(const Key& key, std::string_view input, std::string_view signature, int times) {
    auto best = std::chrono::nanoseconds::max();
    for (int round = 0; round < 5; ++round) {
        const auto begin = std::chrono::steady_clock::now();
        for (int i = 0; i < times; ++i) EXPECT_TRUE(key.verify(input, signature));
        best = std::min<std::chrono::nanoseconds>(best, std::chrono::steady_clock::now() - begin);
    }
    return best;
}

// One verification under a key that remembers nothing.
std::chrono::nanoseconds cold_time() {
    const Key key = Key::generate(*find_algorithm("ES512"));
    return time_of(key, "input", key.sign("input"), 1);
}

TEST(SignatureMemory, hashes_both_with_a_dot_between) {
    const crypto::SipHash::Key key{1, 2};
    const SignatureMemory memory(1, key);
    crypto::SipHash whole(key);
    whole.update("a.c");
    EXPECT_EQ(memory.hash_of("a", "c"), whole.finish());
    EXPECT_NE(memory.hash_of("ab", "c"), memory.hash_of("a", "bc"));
}

// What one table holds says nothing about another one: nobody can find texts of one hash beforehand.
TEST(SignatureMemory, has_a_key_of_its_own) {
    const SignatureMemory one(1), other(1);
    EXPECT_NE(one.hash_of("input", "signature"), other.hash_of("input", "signature"));
}

TEST(SignatureMemory, holds_what_was_added_until_another_takes_its_place) {
    SignatureMemory memory(1);
    const auto first = memory.hash_of("first", "s"), second = memory.hash_of("second", "s");
    EXPECT_FALSE(memory.holds(first));
    memory.add(first);
    EXPECT_TRUE(memory.holds(first));
    EXPECT_FALSE(memory.holds(second));
    memory.add(second);
    EXPECT_TRUE(memory.holds(second));
    EXPECT_FALSE(memory.holds(first));
}

TEST(SignatureMemory, a_hash_that_differs_in_one_word_is_not_held) {
    SignatureMemory memory(1);
    const auto hash = memory.hash_of("input", "signature");
    memory.add(hash);
    for (std::size_t i = 0; i < hash.size(); ++i) {
        auto other = hash;
        other[i] ^= 1;
        EXPECT_FALSE(memory.holds(other)) << i;
    }
}

TEST(SignatureMemory, never_grows) {
    SignatureMemory memory(100);
    EXPECT_EQ(memory.bytes(), 128U * 16U);
    std::vector<SignatureMemory::Hash> added;
    for (int i = 0; i < 1000; ++i) {
        added.push_back(memory.hash_of(std::to_string(i), "s"));
        memory.add(added.back());
    }
    EXPECT_EQ(memory.bytes(), 128U * 16U);
    int held = 0;
    for (const auto& hash : added) held += memory.holds(hash) ? 1 : 0;
    EXPECT_LE(held, 128);
    EXPECT_GE(held, 100);  // 1,000 hashes leave an expected 0.05 of 128 slots untouched
    EXPECT_THROW(SignatureMemory(0), std::invalid_argument);
    EXPECT_THROW(SignatureMemory((std::size_t{1} << 24) + 1), std::invalid_argument);
}

TEST(KeyMemory, a_signature_that_was_good_before_costs_next_to_nothing) {
    const Key key = remembering("ES512", 64);
    EXPECT_LT(time_of(key, "input", key.sign("input"), 100), 20 * cold_time());
}

TEST(KeyMemory, what_was_changed_is_not_answered_from_it) {
    for (const char* alg : {"ES256", "EdDSA", "RS256", "PS256"}) {
        const Key key = remembering(alg, 64);
        const std::string input = "header.payload", signature = key.sign(input);
        for (int round = 0; round < 3; ++round) {
            ASSERT_TRUE(key.verify(input, signature)) << alg;
            for (std::size_t i = 0; i < input.size(); ++i) {
                std::string changed = input;
                changed[i] = static_cast<char>(changed[i] ^ 1);
                EXPECT_FALSE(key.verify(changed, signature)) << alg << i;
            }
            for (std::size_t i = 0; i < signature.size(); i += 7) {
                std::string changed = signature;
                changed[i] = static_cast<char>(changed[i] ^ 1);
                EXPECT_FALSE(key.verify(input, changed)) << alg << i;
            }
            // The same bytes, divided elsewhere.
            EXPECT_FALSE(key.verify(input + "." + signature.substr(0, 1), signature.substr(1))) << alg;
            EXPECT_FALSE(key.verify(input.substr(0, input.size() - 1), signature)) << alg;
            EXPECT_FALSE(key.verify(input, "")) << alg;
        }
    }
}

TEST(KeyMemory, a_token_of_one_key_is_not_answered_by_anothers_memory) {
    const Key key = remembering("ES256", 64), other = remembering("ES256", 64);
    const std::string signature = key.sign("input");
    EXPECT_TRUE(key.verify("input", signature));
    EXPECT_FALSE(other.verify("input", signature));
    EXPECT_FALSE(other.verify("input", signature));
}

TEST(KeyMemory, an_hmac_key_needs_none) {
    Key key = secret_key();
    key.remember_signatures(64);
    const std::string code = key.sign("input");
    EXPECT_TRUE(key.verify("input", code));
    EXPECT_FALSE(key.verify("inpuu", code));
}

TEST(KeyMemory, keys_that_share_have_one_memory_and_outlive_each_other) {
    const auto cold = cold_time();
    auto first = std::make_unique<Key>(remembering("ES512", 64));
    const std::string signature = first->sign("input"), later = first->sign("later");
    EXPECT_TRUE(first->verify("input", signature));
    KeySet snapshot;
    snapshot.add(first->share());
    EXPECT_EQ(snapshot.signing().kid(), first->kid());
    Key moved = std::move(*first);
    first.reset();
    EXPECT_TRUE(moved.verify("later", later));
    for (const Key* key : std::initializer_list<const Key*>{&snapshot.signing(), &moved}) {
        EXPECT_LT(time_of(*key, "input", signature, 100), 20 * cold);
        EXPECT_LT(time_of(*key, "later", later, 100), 20 * cold);
        EXPECT_FALSE(key->verify("later", signature));
    }
    EXPECT_TRUE(moved.verify("more", snapshot.signing().sign("more")));
}

TEST(KeyMemory, eight_threads_agree_on_what_is_good) {
    const Key key = remembering("ES256", 4);  // few slots: they all write all of them
    std::vector<std::string> inputs, signatures;
    for (int i = 0; i < 16; ++i) {
        inputs.push_back("input " + std::to_string(i));
        signatures.push_back(key.sign(inputs.back()));
    }
    std::atomic<int> wrong = 0;
    std::vector<std::thread> threads;
    for (std::size_t thread = 0; thread < 8; ++thread)
        threads.emplace_back([&, thread] {
            for (std::size_t i = 0; i < 400; ++i) {
                const std::size_t at = (i * 7 + thread) % inputs.size(), next = (at + 1) % inputs.size();
                if (!key.verify(inputs[at], signatures[at])) ++wrong;
                if (i % 8 == 0 && key.verify(inputs[at], signatures[next])) ++wrong;
            }
        });
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace keyhold::jose
