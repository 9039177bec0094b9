// SPDX-License-Identifier: Apache-2.0
#include "http/tls.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <array>
#include <ctime>
#include <new>
#include <string>

namespace keyhold::http {
namespace {

// Forward secrecy and AEAD; those of TLS 1.3 are so anyway (RFC 9325 §4.2).
constexpr const char* ciphers_of_1_2 =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";

// ALPN (RFC 7301): we speak http/1.1, and nothing else to who insists.
int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* size, const unsigned char* offered,
                    unsigned int offered_size, void*) {
    static constexpr std::array<unsigned char, 9> ours{8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
    unsigned char* selected = nullptr;
    const int found = ::SSL_select_next_proto(&selected, size, ours.data(), ours.size(), offered, offered_size);
    *chosen = selected;
    return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

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

Error wrong(std::string what) {
    ::ERR_clear_error();
    return Error(errors::configuration, std::move(what));
}

// OpenSSL's own word for what it does not like, as in "ee key too small".
std::string reason() {
    const char* const text = ::ERR_reason_error_string(::ERR_peek_last_error());
    return text != nullptr ? std::string(": ") + text : std::string();
}

std::chrono::system_clock::time_point time_of(const ASN1_TIME* time) {
    std::tm parts{};
    if (::ASN1_TIME_to_tm(time, &parts) != 1) return {};
    return std::chrono::system_clock::from_time_t(::timegm(&parts));
}

Result<> set_certificates(SSL_CTX* context, BIO* pem) {
    const Certificate own(::PEM_read_bio_X509_AUX(pem, nullptr, no_passphrase, nullptr));
    if (!own) return wrong("tls_certificate holds no certificate in PEM" + reason());
    if (::SSL_CTX_use_certificate(context, own.get()) != 1) return wrong("tls_certificate cannot be used" + reason());
    while (Certificate next{::PEM_read_bio_X509(pem, nullptr, no_passphrase, nullptr)})
        if (::SSL_CTX_add0_chain_cert(context, next.release()) != 1)
            return wrong("the chain in tls_certificate cannot be used" + reason());
    if (ERR_GET_REASON(::ERR_peek_last_error()) != PEM_R_NO_START_LINE)
        return wrong("the chain in tls_certificate cannot be read" + reason());
    ::ERR_clear_error();
    return {};
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
    ::SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION);
    // An idle connection holds no buffers. What a partial write left comes from our own buffer, which may have moved.
    ::SSL_CTX_set_mode(context,
                       SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    ::SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);  // clients resume by tickets, which cost us nothing
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

TlsStream::Outcome TlsStream::outcome_of(int result, std::size_t size) {
    if (result == 1) return {Progress::done, size};
    switch (::SSL_get_error(stream_.get(), result)) {
        case SSL_ERROR_WANT_READ:
            return {Progress::wants_read};
        case SSL_ERROR_WANT_WRITE:
            return {Progress::wants_write};
        case SSL_ERROR_SSL:
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
bool TlsStream::has_more() const { return ::SSL_pending(stream_.get()) > 0; }

void TlsStream::say_goodbye() {
    ::ERR_clear_error();
    if (is_established()) ::SSL_shutdown(stream_.get());
}

}  // namespace keyhold::http
