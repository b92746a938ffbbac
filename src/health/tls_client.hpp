// TLS as a client, for checks over HTTPS.
#pragma once

#include <string>

#include "net/openssl.hpp"
#include "portolan/registry/check.hpp"
#include "portolan/registry/plan.hpp"

namespace portolan::health {

class TlsClient {
public:
    /// A session for one connection: its SNI is the check's host, and that host or else the address
    /// must be in the certificate, unless the check does without. nullptr when there is no memory.
    net::openssl::Session session(const registry::HttpCheck& check,
                                  const registry::Address& address);

private:
    struct FreeContext {
        void operator()(SSL_CTX* context) const noexcept { SSL_CTX_free(context); }
    };
    std::unique_ptr<SSL_CTX, FreeContext> context_;  // made when first needed: it reads all roots
};

/// Why a handshake failed, in a few words.
std::string tls_complaint(const SSL& session);

}  // namespace portolan::health
