// The server's side of TLS: its certificate, and what it asks of clients.
//
// DNS over TLS (RFC 7858, 9103): TLS 1.3 alone, ALPN "dot". HTTP: TLS 1.2 too (RFC 9325), ALPN
// "http/1.1". No early data, which others could send again.
//
// One context serves all workers, so that a ticket which one gave is good at the next. It is
// replaced as a whole when its files have changed; connections that are open keep theirs.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <vector>

struct ssl_st;
struct ssl_ctx_st;

namespace portolan::net {

/// Paths of files in PEM.
struct TlsFiles {
    std::string certificate;       // the server's, then those between it and its root
    std::string key;               // its private key, without a passphrase
    std::string client_ca;         // roots of clients' certificates; empty: they are not asked
    bool requires_client = false;  // no connection without a client's certificate
};

/// What is spoken inside.
enum class TlsFor : std::uint8_t { dns, http };

/// A file is no good; what() says which, why, and what to do.
struct TlsError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

using TlsContext = std::shared_ptr<ssl_ctx_st>;

/// DNS names that the client's certificate proves, in lower case; none without one. After the
/// handshake, which has verified it.
std::vector<std::string> client_names(const ssl_st* session);

class TlsServer {
public:
    /// Reads the files, and logs what the certificate is.
    explicit TlsServer(TlsFiles files, TlsFor spoken = TlsFor::dns);  // throws TlsError
    TlsServer(const TlsServer&) = delete;
    TlsServer& operator=(const TlsServer&) = delete;

    /// Reads them again. What was good is kept when they no longer are.
    void reload();  // throws TlsError
    /// For a new connection. From any thread.
    [[nodiscard]] TlsContext context() const;

private:
    using Digest = std::array<std::uint8_t, 32>;

    const TlsFiles files_;
    const TlsFor spoken_;
    Digest digest_{};  // of what the files held
    mutable std::mutex mutex_;
    TlsContext context_;
};

}  // namespace portolan::net
