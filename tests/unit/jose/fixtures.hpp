// SPDX-License-Identifier: Apache-2.0
// What the tests of jose/ share: the vectors of tests/data/jose and tokens with one thing changed.
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "base/base64url.hpp"
#include "base/json.hpp"
#include "jose/algorithm.hpp"
#include "jose/jws.hpp"
#include "jose/jwt.hpp"

namespace keyhold::jose::test {

// A file of tests/data/jose; the test fails if it is not there.
inline std::string read_data(const std::string& name) {
    std::ifstream file(std::string(KEYHOLD_SOURCE_DIR "/tests/data/jose/") + name, std::ios::binary);
    EXPECT_TRUE(file) << name;
    return {std::istreambuf_iterator<char>(file), {}};
}

// `jwk` is JSON text, `token` the compact form of a JWS; `source` says where it is from, and is not unique:
// vector_of() takes the first one.
struct Vector {
    std::string source, alg, jwk, token;
};

inline std::vector<Vector> signature_vectors() {
    json::Document document;
    const auto root = document.parse(read_data("signatures.json"));
    std::vector<Vector> vectors;
    for (auto row = root->first(); row; row = row->next()) {
        const auto text = [&](const char* name) { return std::string(row->find(name)->string().value()); };
        std::string jwk;
        json::append_value(jwk, *row->find("jwk"));
        vectors.push_back({text("source"), text("alg"), jwk, text("token")});
    }
    EXPECT_FALSE(vectors.empty());  // Jws.every_row_of_the_table_has_a_vector says which are missing
    return vectors;
}

inline const Vector& vector_of(std::string_view source) {
    static const std::vector<Vector> vectors = signature_vectors();
    for (const Vector& vector : vectors)
        if (vector.source == source) return vector;
    throw std::out_of_range("no such vector");
}

// A JWK with one member replaced, or added, or (for an empty value) taken away.
inline std::string with(std::string_view jwk, std::string_view member, std::string_view value) {
    json::Document document;
    const auto root = document.parse(jwk);
    std::string text;
    json::Writer writer(text);
    writer.begin_object();
    for (auto old = root->first(); old; old = old->next()) {
        if (old->name() == member) continue;
        std::string kept;
        json::append_value(kept, *old);
        writer.name(old->name());
        writer.raw(kept);
    }
    if (!value.empty()) {
        writer.name(member);
        writer.raw(value);
    }
    writer.end_object();
    return text;
}

// `named` is the algorithm of a key that has no "alg" member (RFC 7517 §4.4).
inline Result<Key> parse_key(std::string_view jwk, const Algorithm* named = nullptr) {
    json::Document document;
    return Key::from_jwk(document.parse(jwk).value(), named);
}

inline KeySet keys_of(Key key) {
    KeySet keys;
    keys.add(std::move(key));
    return keys;
}

// 320 bits: RFC 7518 §3.2 asks for 256 with HS256, but for 384 with HS384.
constexpr std::string_view secret = "a secret of forty bytes, for HS256 alone";
inline Key secret_key(std::string kid = {}) {
    return Key::from_secret(*find_algorithm("HS256"), secret, std::move(kid)).value();
}
// A token that is well signed whatever its header says.
inline std::string signed_token(std::string_view header, std::string_view payload) {
    return sign_compact(header, payload, secret_key());
}

// Why a good text would be refused; "accepted" if it is not.
// Errors are compared by their codes and not by their sentences, which may be worded anew.
template <class T>
std::string code_of(const Result<T>& result) {
    return result ? "accepted" : std::string(result.error().row().code);
}

}  // namespace keyhold::jose::test
