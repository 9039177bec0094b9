// SPDX-License-Identifier: Apache-2.0
// What one token costs. Times are per call; build with CMAKE_BUILD_TYPE=Release.
#include <benchmark/benchmark.h>

#include <openssl/evp.h>
#include <openssl/params.h>

#include <array>
#include <memory>
#include <stdexcept>
#include <string>

#include "base/base64url.hpp"
#include "base/json.hpp"
#include "crypto/mac.hpp"
#include "crypto/openssl.hpp"
#include "jose/algorithm.hpp"
#include "jose/jws.hpp"
#include "jose/jwt.hpp"

namespace keyhold::jose {
namespace {

constexpr Time now{std::chrono::seconds(1'700'000'000)};
// 200 bytes as a token, all registered claims that the server checks among them.
constexpr std::string_view claims =
    R"({"sub":"testuser","iss":"http://a.io","iat":1699999000,"exp":1700001800,"jti":"0189c8f2"})";

void require(bool condition, const char* what) {
    if (!condition) throw std::runtime_error(what);
}

KeySet keys_for(const char* alg) {
    const Algorithm& algorithm = *find_algorithm(alg);
    KeySet keys;
    if (algorithm.key_type == KeyType::oct) {
        keys.add(Key::from_secret(algorithm, std::string(32, 'k')).value());
    } else {
        keys.add(Key::generate(algorithm));
    }
    return keys;
}

void verify_token(benchmark::State& state, const char* alg) {
    const KeySet keys = keys_for(alg);
    const std::string token = issue(claims, keys.signing());
    Expectations expectations;
    expectations.issuer = "http://a.io";
    for (auto _ : state) {
        const auto verified = verify(token, keys, expectations, now);
        if (!verified || verified->subject() != "testuser") state.SkipWithError("refused");
        benchmark::DoNotOptimize(verified);
    }
    state.counters["token_bytes"] = static_cast<double>(token.size());
}

void jwt_verify_hs256_200_bytes(benchmark::State& state) {
    require(issue(claims, keys_for("HS256").signing()).size() == 200, "the token is not of 200 bytes");
    verify_token(state, "HS256");
}
BENCHMARK(jwt_verify_hs256_200_bytes);

void jwt_verify_hs256_refused(benchmark::State& state) {
    const KeySet keys = keys_for("HS256");
    std::string token = issue(claims, keys.signing());
    token[token.size() - 5] = token[token.size() - 5] == 'A' ? 'B' : 'A';
    for (auto _ : state) benchmark::DoNotOptimize(verify(token, keys, {}, now));
}
BENCHMARK(jwt_verify_hs256_refused);

// 350 bytes, as an access token of ours is: verified each time, and answered from the key's memory.
void verify_350_bytes(benchmark::State& state, bool remembered) {
    Key key = Key::generate_es256();
    if (remembered) key.remember_signatures(1024);
    KeySet keys;
    keys.add(std::move(key));
    std::string token;
    for (std::string filler; token.size() < 350; filler += 'x')
        token = issue(std::string(claims.substr(0, claims.size() - 1)) + R"(,"x":")" + filler + "\"}", keys.signing());
    for (auto _ : state) {
        const auto verified = verify(token, keys, {}, now);
        if (!verified || verified->subject() != "testuser") state.SkipWithError("refused");
        benchmark::DoNotOptimize(verified);
    }
    state.counters["token_bytes"] = static_cast<double>(token.size());
}
BENCHMARK_CAPTURE(verify_350_bytes, es256_cold, false);
BENCHMARK_CAPTURE(verify_350_bytes, es256_remembered, true);

BENCHMARK_CAPTURE(verify_token, es256, "ES256");
BENCHMARK_CAPTURE(verify_token, eddsa, "EdDSA");
BENCHMARK_CAPTURE(verify_token, rs256, "RS256");

void issue_token(benchmark::State& state, const char* alg) {
    const KeySet keys = keys_for(alg);
    for (auto _ : state) benchmark::DoNotOptimize(issue(claims, keys.signing()));
}
BENCHMARK_CAPTURE(issue_token, hs256, "HS256");
BENCHMARK_CAPTURE(issue_token, es256, "ES256");
BENCHMARK_CAPTURE(issue_token, eddsa, "EdDSA");
BENCHMARK_CAPTURE(issue_token, rs256, "RS256");

void hmac_sha256_150_bytes(benchmark::State& state) {
    const crypto::Mac mac("SHA256", std::string(32, 'k'));
    const std::string message(150, 'm');
    for (auto _ : state) benchmark::DoNotOptimize(mac.compute(message));
}
BENCHMARK(hmac_sha256_150_bytes);

// The yardstick of other machines: OpenSSL's EVP_MAC, kept and re-initialised without a key.
void hmac_sha256_150_bytes_evp_mac(benchmark::State& state) {
    const std::unique_ptr<EVP_MAC, crypto::Free<EVP_MAC_free>> mac(EVP_MAC_fetch(nullptr, "HMAC", nullptr));
    const std::unique_ptr<EVP_MAC_CTX, crypto::Free<EVP_MAC_CTX_free>> context(EVP_MAC_CTX_new(mac.get()));
    std::string digest = "SHA256", key(32, 'k');
    const std::array parameters{OSSL_PARAM_construct_utf8_string("digest", digest.data(), 0),
                                OSSL_PARAM_construct_end()};
    const auto* const secret = reinterpret_cast<const unsigned char*>(key.data());
    require(EVP_MAC_init(context.get(), secret, key.size(), parameters.data()) == 1, "EVP_MAC_init");
    const std::string message(150, 'm');
    std::array<unsigned char, 32> code{};
    std::size_t size = 0;
    for (auto _ : state) {
        EVP_MAC_init(context.get(), nullptr, 0, nullptr);
        EVP_MAC_update(context.get(), reinterpret_cast<const unsigned char*>(message.data()), message.size());
        EVP_MAC_final(context.get(), code.data(), &size, code.size());
        benchmark::DoNotOptimize(code);
    }
}
BENCHMARK(hmac_sha256_150_bytes_evp_mac);

void json_parse_claims(benchmark::State& state) {
    json::Document document;
    for (auto _ : state) benchmark::DoNotOptimize(document.parse(claims));
}
BENCHMARK(json_parse_claims);

void base64url_decode_claims(benchmark::State& state) {
    const std::string text = base64url::encode(claims);
    std::string room(claims.size(), '\0');
    for (auto _ : state) benchmark::DoNotOptimize(base64url::decode(text, room));
}
BENCHMARK(base64url_decode_claims);

void base64url_encode_claims(benchmark::State& state) {
    for (auto _ : state) benchmark::DoNotOptimize(base64url::encode(claims));
}
BENCHMARK(base64url_encode_claims);

}  // namespace
}  // namespace keyhold::jose
