// SPDX-License-Identifier: Apache-2.0
#include "http/connection/tls.hpp"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <ctime>
#include <new>
#include <string>

#include "http/connection/ticket_keys.hpp"

namespace keyhold::http {
namespace {

// Forward secrecy and AEAD; those of TLS 1.3 are so anyway (RFC 9325 §4.2).
constexpr const char* ciphers_of_1_2 =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";

// ALPN (RFC 7301): we speak http/1.1, and nothing else to who insists.
// Called only where a client sends ALPN at all; without it both speak HTTP/1.1 anyway.
int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* size, const unsigned char* offered,
                    unsigned int offered_size, void*) {
    static constexpr std::array<unsigned char, 9> ours{8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
    unsigned char* selected = nullptr;
    const int found = ::SSL_select_next_proto(&selected, size, ours.data(), ours.size(), offered, offered_size);
    *chosen = selected;
    return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

// OpenSSL would otherwise ask for one at the terminal.
int no_passphrase(char*, int, int, void*) { return -1; }

template <auto function>
struct FreeBy {
    template <class T>
    void operator()(T* object) const {
        function(object);
    }
};
using Bio = std::unique_ptr<BIO, FreeBy<::BIO_free>>;
using Certificate = std::unique_ptr<X509, FreeBy<::X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, FreeBy<::EVP_PKEY_free>>;

Bio reader_of(const Secret& text) {
    return Bio(::BIO_new_mem_buf(text.reveal().data(), static_cast<int>(text.reveal().size())));
}

// Called with OpenSSL's errors still queued, so they are cleared: a later call of this thread would take them for its
// own.
Error wrong(std::string what) {
    ::ERR_clear_error();
    return Error(errors::configuration, std::move(what));
}

// OpenSSL's own word for what it does not like, as in "ee key too small".
std::string reason() {
    const char* const text = ::ERR_reason_error_string(::ERR_peek_last_error());
    return text != nullptr ? std::string(": ") + text : std::string();
}

// The epoch if the certificate's time cannot be read: that shows in /metrics as a certificate that is over.
std::chrono::system_clock::time_point time_of(const ASN1_TIME* time) {
    std::tm parts{};
    if (::ASN1_TIME_to_tm(time, &parts) != 1) return {};
    return std::chrono::system_clock::from_time_t(::timegm(&parts));
}

Result<> set_certificates(SSL_CTX* context, BIO* pem) {
    const Certificate own(::PEM_read_bio_X509_AUX(pem, nullptr, no_passphrase, nullptr));
    if (!own) return wrong("tls_certificate holds no certificate in PEM" + reason());
    if (::SSL_CTX_use_certificate(context, own.get()) != 1) return wrong("tls_certificate cannot be used" + reason());
    // SSL_CTX_add0_chain_cert takes over what it is given, if it succeeds.
    while (Certificate next{::PEM_read_bio_X509(pem, nullptr, no_passphrase, nullptr)})
        if (::SSL_CTX_add0_chain_cert(context, next.release()) != 1)
            return wrong("the chain in tls_certificate cannot be used" + reason());
    // The loop ends where no further certificate stands in the text; any other reason is one that is damaged.
    if (ERR_GET_REASON(::ERR_peek_last_error()) != PEM_R_NO_START_LINE)
        return wrong("the chain in tls_certificate cannot be read" + reason());
    ::ERR_clear_error();
    return {};
}

// The keys of tickets go with the SSL_CTX, which streams may need after its TlsContext is gone.
void free_ticket_keys(void*, void* keys, CRYPTO_EX_DATA*, int, long, void*) { delete static_cast<TicketKeys*>(keys); }

int place_of_ticket_keys() {
    static const int place = ::SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, free_ticket_keys);
    return place;
}

// HMAC-SHA256 under the key's own half; OpenSSL computes and compares it.
bool start(EVP_MAC_CTX* mac, TicketKeys::Key& key) {
    std::array<char, 7> digest{"SHA256"};
    const std::array<OSSL_PARAM, 3> parameters{
        ::OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, key.mac.data(), key.mac.size()),
        ::OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest.data(), 0), ::OSSL_PARAM_construct_end()};
    return ::EVP_MAC_CTX_set_params(mac, parameters.data()) == 1;
}

// SSL_CTX_set_tlsext_ticket_key_evp_cb(3): 1 goes on, 0 makes it a full handshake, 2 gives a new ticket too, and what
// is negative ends the handshake.
// `is_made` is 1 where a ticket is to be sealed and 0 where one that a client shows is to be opened; name, iv, cipher
// and mac are OpenSSL's to read or ours to fill in. On the thread of the handshake.
int seal_ticket(SSL* stream, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac,
                int is_made) {
    auto* const keys =
        static_cast<TicketKeys*>(::SSL_CTX_get_ex_data(::SSL_get_SSL_CTX(stream), place_of_ticket_keys()));
    const auto now = std::chrono::steady_clock::now();
    auto current = keys->current(now);
    if (!current) return -1;
    if (is_made != 0) {
        std::copy(current->name.begin(), current->name.end(), name);
        const bool is_ready =
            ::RAND_bytes(iv, ::EVP_CIPHER_get_iv_length(::EVP_aes_256_cbc())) == 1 &&
            ::EVP_EncryptInit_ex2(cipher, ::EVP_aes_256_cbc(), current->cipher.data(), iv, nullptr) == 1 &&
            start(mac, *current);
        return is_ready ? 1 : -1;
    }
    auto key = keys->find(std::span<const unsigned char, 16>(name, 16), now);
    // Sealed by another process, or under a key that is over: a full handshake, no error.
    if (!key) return 0;
    const bool is_ready =
        ::EVP_DecryptInit_ex2(cipher, ::EVP_aes_256_cbc(), key->cipher.data(), iv, nullptr) == 1 && start(mac, *key);
    if (!is_ready) return -1;
    return key->name == current->name ? 1 : 2;
}

}  // namespace

void TlsContext::Free::operator()(ssl_ctx_st* context) const { ::SSL_CTX_free(context); }
void TlsStream::Free::operator()(ssl_st* stream) const { ::SSL_free(stream); }

Result<std::shared_ptr<const TlsContext>> TlsContext::make(const Secret& certificates, const Secret& key) {
    auto made = std::make_shared<TlsContext>();
    made->context_.reset(::SSL_CTX_new(::TLS_server_method()));
    SSL_CTX* const context = made->context_.get();
    if (context == nullptr) throw std::bad_alloc();
    ::SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    ::SSL_CTX_set_security_level(context, 2);  // nothing under 112 bits: no RSA key of less than 2048
    ::SSL_CTX_set_cipher_list(context, ciphers_of_1_2);
    // A client could otherwise make us compute handshakes without end within one connection (TLS 1.2 alone has
    // renegotiation).
    ::SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION);
    // An idle connection holds no buffers. What a partial write left comes from our own buffer, which may have moved.
    // The chain is what stands in tls_certificate: OpenSSL would look for the rest of it at each handshake, among
    // authorities that we have none of.
    ::SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                    SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_NO_AUTO_CHAIN);
    // A record's head and what follows it, and records that came together, by one read().
    ::SSL_CTX_set_read_ahead(context, 1);
    ::SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);  // clients resume by tickets, which cost us nothing
    auto ticket_keys = std::make_unique<TicketKeys>();
    if (::SSL_CTX_set_ex_data(context, place_of_ticket_keys(), ticket_keys.get()) != 1) throw std::bad_alloc();
    ticket_keys.release();
    ::SSL_CTX_set_tlsext_ticket_key_evp_cb(context, seal_ticket);
    ::SSL_CTX_set_alpn_select_cb(context, choose_protocol, nullptr);

    const Bio certificate_reader = reader_of(certificates);
    if (auto set = set_certificates(context, certificate_reader.get()); !set) return std::move(set).error();
    const Bio key_reader = reader_of(key);
    const Key private_key(::PEM_read_bio_PrivateKey(key_reader.get(), nullptr, no_passphrase, nullptr));
    if (!private_key) return wrong("tls_key holds no private key in PEM without a passphrase");
    if (::SSL_CTX_use_PrivateKey(context, private_key.get()) != 1 || ::SSL_CTX_check_private_key(context) != 1)
        return wrong("tls_key does not belong to the certificate in tls_certificate");
    made->expires_at_ = time_of(::X509_get0_notAfter(::SSL_CTX_get0_certificate(context)));
    return std::shared_ptr<const TlsContext>(std::move(made));
}

TlsStream::TlsStream(const TlsContext& context, int descriptor) : stream_(::SSL_new(context.context_.get())) {
    if (!stream_ || ::SSL_set_fd(stream_.get(), descriptor) != 1) throw std::bad_alloc();
    ::SSL_set_accept_state(stream_.get());
}

// SSL_get_error(3) has to be asked right after the call, with the queue of errors as that left it; hence
// ERR_clear_error() before each of them.
TlsStream::Outcome TlsStream::outcome_of(int result, std::size_t size) {
    if (result == 1) return {Progress::done, size};
    switch (::SSL_get_error(stream_.get(), result)) {
        case SSL_ERROR_WANT_READ:
            return {Progress::wants_read};
        case SSL_ERROR_WANT_WRITE:
            return {Progress::wants_write};
        case SSL_ERROR_SSL:
            // The first bytes were an HTTP request and no ClientHello: somebody has typed http: for https:, and is told
            // so.
            if (ERR_GET_REASON(::ERR_peek_error()) == SSL_R_HTTP_REQUEST) return {Progress::plain_http};
            return {Progress::ended};
        default:
            return {Progress::ended};
    }
}

TlsStream::Outcome TlsStream::read(std::span<char> buffer) {
    ::ERR_clear_error();
    std::size_t size = 0;
    const int result = ::SSL_read_ex(stream_.get(), buffer.data(), buffer.size(), &size);
    return outcome_of(result, size);
}

TlsStream::Outcome TlsStream::write(std::string_view bytes) {
    ::ERR_clear_error();
    std::size_t size = 0;
    const int result = ::SSL_write_ex(stream_.get(), bytes.data(), bytes.size(), &size);
    return outcome_of(result, size);
}

bool TlsStream::is_established() const { return ::SSL_is_init_finished(stream_.get()) == 1; }
bool TlsStream::has_more() const { return ::SSL_has_pending(stream_.get()) == 1; }

// Before the handshake is over there is nothing to close, and SSL_shutdown(3) must not be called. The client's own
// close_notify is not waited for, as it costs a round trip and tells us nothing.
void TlsStream::say_goodbye() {
    ::ERR_clear_error();
    if (is_established()) ::SSL_shutdown(stream_.get());
}

}  // namespace keyhold::http
