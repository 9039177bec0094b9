#include "app/certificate.hpp"

#include "app/files.hpp"

namespace keyhold::app {

Result<std::shared_ptr<const http::TlsContext>> read_certificate(const Settings& settings) {
    if (settings.tls_certificate.empty() != settings.tls_key.empty())
        return Error(Errc::configuration, "tls_certificate and tls_key belong together: set both, or none");
    if (settings.tls_certificate.empty()) return std::shared_ptr<const http::TlsContext>();
    auto certificates = read_text_file(settings.tls_certificate);
    if (!certificates) return std::move(certificates).error();
    auto key = read_text_file(settings.tls_key);
    if (!key) return std::move(key).error();
    return http::TlsContext::make(*certificates, *key);
}

}  // namespace keyhold::app
