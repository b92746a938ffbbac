// The server's side of DNS over TLS (RFC 7858, 9103): its certificate, and what it asks of clients.
//
// TLS 1.3 alone, ALPN "dot", and no early data, which others could send again.
// One context serves all workers, so that a ticket which one gave is good at the next. It is
// replaced as a whole when its files have changed; connections that are open keep theirs.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>

struct ssl_ctx_st;

namespace portolan::net {

/// Paths of files in PEM.
struct TlsFiles {
    std::string certificate;       // the server's, then those between it and its root
    std::string key;               // its private key, without a passphrase
    std::string client_ca;         // roots of clients' certificates; empty: they are not asked
    bool requires_client = false;  // no connection without a client's certificate
};

/// A file is no good; what() says which, why, and what to do.
struct TlsError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

using TlsContext = std::shared_ptr<ssl_ctx_st>;

class TlsServer {
public:
    /// Reads the files, and logs what the certificate is.
    explicit TlsServer(TlsFiles files);  // throws TlsError
    TlsServer(const TlsServer&) = delete;
    TlsServer& operator=(const TlsServer&) = delete;

    /// Reads them again. What was good is kept when they no longer are.
    void reload();  // throws TlsError
    /// For a new connection. From any thread.
    [[nodiscard]] TlsContext context() const;

private:
    using Digest = std::array<std::uint8_t, 32>;

    const TlsFiles files_;
    Digest digest_{};  // of what the files held
    mutable std::mutex mutex_;
    TlsContext context_;
};

}  // namespace portolan::net
