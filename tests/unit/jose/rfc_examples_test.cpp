// SPDX-License-Identifier: Apache-2.0
// The RFCs' own examples (tests/data/jose/rfc_keys.json and rfc_tokens.json; each row names its section). What is good
// there is good here; what a reader of the compact form must not understand is refused.
#include <gtest/gtest.h>

#include "fixtures.hpp"

namespace keyhold::jose {
namespace {

using namespace test;

// The text of a value as JSON, or a string as it is.
std::string text_of(const json::Value& value) {
    if (value.is_string()) return std::string(*value.string());
    std::string text;
    json::append_value(text, value);
    return text;
}

template <class Each>
void for_each_row(const char* file, std::size_t count, Each each) {
    json::Document document;
    const auto rows = document.parse(read_data(file));
    ASSERT_TRUE(rows) << document.error().reason;
    ASSERT_EQ(rows->size(), count);
    for (auto row = rows->first(); row; row = row->next()) {
        SCOPED_TRACE(*row->find("source")->string());
        each(*row);
    }
}

TEST(RfcExamples, keys_are_read_as_what_they_are) {
    for_each_row("rfc_keys.json", 15, [](const json::Value& row) {
        const auto keys = KeySet::parse(text_of(*row.find("text")));
        if (const auto refused = row.find("refused")) {
            EXPECT_EQ(code_of(keys), *refused->string());
            return;
        }
        ASSERT_TRUE(keys) << keys.error().detail();
        const auto algorithms = row.find("algorithms");
        ASSERT_EQ(keys->keys().size(), algorithms->size());
        auto algorithm = algorithms->first();
        for (const Key& key : keys->keys()) {
            EXPECT_EQ(key.algorithm().name, *algorithm->string());
            EXPECT_EQ(key.can_sign(), *row.find("signs")->boolean());
            EXPECT_TRUE(key.can_verify());
            algorithm = algorithm->next();
        }
    });
}

TEST(RfcExamples, tokens_are_accepted_or_refused_as_a_compact_reader_must) {
    for_each_row("rfc_tokens.json", 24, [](const json::Value& row) {
        const auto keys = KeySet::parse(text_of(*row.find("key")));
        ASSERT_TRUE(keys) << keys.error().detail();
        const std::string token = text_of(*row.find("token"));
        const auto parts = split(token);
        const std::string outcome = parts ? code_of(verify_signature(*parts, *keys)) : code_of(parts);
        EXPECT_EQ(outcome, *row.find("outcome")->string());
    });
}

// RFC 8037 A.4 and RFC 7515 A.2 are deterministic: our own signature is the one that is printed there (jws_test.cpp
// compares them). RFC 7517 A.2's key has a printed thumbprint in RFC 7638 §3.1.
TEST(RfcExamples, a_private_key_has_the_thumbprint_of_its_public_half) {
    for_each_row("rfc_keys.json", 15, [](const json::Value& row) {
        if (row.find("source")->string() != "RFC 7517 A.2") return;
        const KeySet keys = KeySet::parse(text_of(*row.find("text"))).value();
        EXPECT_EQ(keys.signing().kid(), "2011-04-29");
        EXPECT_EQ(keys.signing().thumbprint(), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
    });
}

}  // namespace
}  // namespace keyhold::jose
