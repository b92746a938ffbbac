#include "health/tls_client.hpp"

#include <openssl/err.h>

namespace portolan::health {

net::openssl::Session TlsClient::session(const registry::HttpCheck& check,
                                         const registry::Address& address) {
    if (context_ == nullptr) {
        context_.reset(SSL_CTX_new(TLS_client_method()));
        if (context_ == nullptr) return nullptr;
        SSL_CTX_set_default_verify_paths(context_.get());  // SSL_CERT_FILE and SSL_CERT_DIR too
        SSL_CTX_set_mode(context_.get(),
                         SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
        SSL_CTX_set_options(context_.get(), SSL_OP_IGNORE_UNEXPECTED_EOF);
    }
    net::openssl::Session session(SSL_new(context_.get()));
    if (session == nullptr) return nullptr;
    const std::string host = check.host.substr(0, check.host.find(':'));
    if (!host.empty()) SSL_set_tlsext_host_name(session.get(), host.c_str());
    if (!check.verifies) return session;
    SSL_set_verify(session.get(), SSL_VERIFY_PEER, nullptr);
    if (!host.empty()) {
        SSL_set1_host(session.get(), host.c_str());
    } else {
        X509_VERIFY_PARAM_set1_ip(SSL_get0_param(session.get()), address.octets.data(),
                                  address.size);
    }
    return session;
}

std::string tls_complaint(const SSL& session) {
    const long verified = SSL_get_verify_result(&session);
    if (verified != X509_V_OK) return X509_verify_cert_error_string(verified);
    const char* reason = ERR_reason_error_string(ERR_peek_error());
    return reason == nullptr ? "the handshake failed" : reason;
}

}  // namespace portolan::health
