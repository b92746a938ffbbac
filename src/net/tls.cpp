#include "portolan/net/tls.hpp"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/sha.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <ctime>
#include <fstream>
#include <sstream>
#include <string_view>
#include <vector>

#include "openssl.hpp"

namespace portolan::net {
namespace {

using namespace openssl;

struct Protocol {
    std::string_view alpn;  // as a list: the length of each name before it (RFC 7301 3.1)
    int least_version;
};
constexpr Protocol dns{
    "\x03"
    "dot",
    TLS1_3_VERSION};
constexpr Protocol http{
    "\x08"
    "http/1.1",
    TLS1_2_VERSION};

constexpr std::string_view session_context = "portolan";

template <class... Words>
[[noreturn]] void fail(fmt::format_string<Words...> format, Words&&... words) {
    throw TlsError(fmt::format(format, std::forward<Words>(words)...));
}

std::string read_file(const char* what, const std::string& path) {
    errno = 0;
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();  // fails on an empty file too, then without errno
    if (errno != 0) fail("cannot read the {} {}: {}", what, path, std::strerror(errno));
    return text.str();
}

std::string read_secret_file(const char* what, const std::string& path) {
    struct stat status {};
    if (stat(path.c_str(), &status) == 0 && (status.st_mode & S_IROTH) != 0) {
        fail("all users may read the {} {}, so it is no secret: chmod o-r {}, and make a new one",
             what, path, path);
    }
    return read_file(what, path);
}

/// What the files hold.
struct Texts {
    explicit Texts(const TlsFiles& files)
        : certificate(read_file("certificate", files.certificate)),
          key(read_secret_file("private key", files.key)) {
        if (!files.client_ca.empty()) client_ca = read_file("clients' CA", files.client_ca);
    }
    ~Texts() { OPENSSL_cleanse(key.data(), key.size()); }
    Texts(const Texts&) = delete;
    Texts& operator=(const Texts&) = delete;

    [[nodiscard]] std::array<std::uint8_t, 32> digest() const {
        std::array<std::uint8_t, 3 * SHA256_DIGEST_LENGTH> each;
        auto* at = each.data();
        for (const std::string* text : {&certificate, &key, &client_ca}) {
            SHA256(reinterpret_cast<const std::uint8_t*>(text->data()), text->size(), at);
            at += SHA256_DIGEST_LENGTH;
        }
        std::array<std::uint8_t, SHA256_DIGEST_LENGTH> all;
        SHA256(each.data(), each.size(), all.data());
        return all;
    }

    std::string certificate, key, client_ca;
};

Bio reader_of(const std::string& text) {
    Bio bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
    if (bio == nullptr) throw std::bad_alloc();
    return bio;
}

std::vector<Certificate> read_certificates(const char* what, const std::string& path,
                                           const std::string& text) {
    std::vector<Certificate> certificates;
    const Bio bio = reader_of(text);
    while (X509* each = PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)) {
        certificates.emplace_back(each);
    }
    if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE) {
        fail("the {} {} is damaged: {}", what, path, last_error());
    }
    if (certificates.empty()) {
        fail("the {} {} holds no certificate in PEM, which begins with -----BEGIN CERTIFICATE-----",
             what, path);
    }
    return certificates;
}

/// Asked for a passphrase, the library would ask the terminal.
int no_passphrase(char*, int, int, void* was_asked) {
    *static_cast<bool*>(was_asked) = true;
    return -1;
}

PrivateKey read_key(const std::string& path, const std::string& text) {
    bool is_encrypted = false;
    const Bio bio = reader_of(text);
    PrivateKey key(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, &is_encrypted));
    if (is_encrypted) {
        fail(
            "the private key {} has a passphrase, for which a server cannot ask: openssl pkey -in "
            "{} -out FILE",
            path, path);
    }
    if (key == nullptr) {
        fail(
            "the private key {} holds none in PEM, which begins with -----BEGIN PRIVATE KEY-----: "
            "{}",
            path, last_error());
    }
    return key;
}

/// A client that names protocols must name ours (RFC 7301 3.2); older clients name none.
int choose_protocol(SSL*, const std::uint8_t** chosen, std::uint8_t* size,
                    const std::uint8_t* offered, unsigned offered_size, void* spoken) {
    const std::string_view alpn = static_cast<const Protocol*>(spoken)->alpn;
    const auto* ours = reinterpret_cast<const std::uint8_t*>(alpn.data());
    std::uint8_t* found = nullptr;
    const int verdict = SSL_select_next_proto(
        &found, size, ours, static_cast<unsigned>(alpn.size()), offered, offered_size);
    *chosen = found;
    return verdict == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

void set_conduct(SSL_CTX* context, const Protocol& spoken) {
    SSL_CTX_set_min_proto_version(context, spoken.least_version);
    // The end of a message is known from its length, so nothing is lost with a missing goodbye.
    SSL_CTX_set_options(context, SSL_OP_IGNORE_UNEXPECTED_EOF | SSL_OP_NO_RENEGOTIATION);
    // An idle connection has no buffers, as over TCP.
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                  SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_read_ahead(context, 1);  // one call to the system brings many small records
    // Sessions are resumed by tickets, of which the server keeps nothing but their key.
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_num_tickets(context, 1);
    SSL_CTX_set_session_id_context(context,
                                   reinterpret_cast<const std::uint8_t*>(session_context.data()),
                                   session_context.size());
    SSL_CTX_set_max_early_data(context, 0);
    SSL_CTX_set_alpn_select_cb(context, choose_protocol, const_cast<Protocol*>(&spoken));
}

void set_certificate(SSL_CTX* context, const TlsFiles& files, std::vector<Certificate> chain,
                     const PrivateKey& key) {
    if (X509_check_private_key(chain.front().get(), key.get()) != 1) {
        fail("the private key {} is not that of the certificate {}, whose key is another",
             files.key, files.certificate);
    }
    if (SSL_CTX_use_certificate(context, chain.front().get()) != 1 ||
        SSL_CTX_use_PrivateKey(context, key.get()) != 1) {
        fail("the certificate {} cannot be used: {}", files.certificate, last_error());
    }
    for (std::size_t i = 1; i < chain.size(); ++i) {
        if (SSL_CTX_add1_chain_cert(context, chain[i].get()) != 1) {
            fail("the certificate {} cannot be used with its chain: {}", files.certificate,
                 last_error());
        }
    }
}

void ask_clients(SSL_CTX* context, const TlsFiles& files, const std::vector<Certificate>& roots) {
    X509_STORE* store = SSL_CTX_get_cert_store(context);
    for (const auto& root : roots) {
        if (X509_STORE_add_cert(store, root.get()) != 1 ||
            SSL_CTX_add_client_CA(context, root.get()) != 1) {
            fail("the clients' CA {} cannot be used: {}", files.client_ca, last_error());
        }
    }
    const int required = files.requires_client ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0;
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | required, nullptr);
}

std::string text_of(const ASN1_TIME* time) {
    std::tm parts{};
    if (ASN1_TIME_to_tm(time, &parts) != 1) return "an unreadable time";
    char text[32] = {};
    std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S UTC", &parts);
    return text;
}

/// What clients pin (RFC 7858 4.2): base64 of SHA-256 of the public key.
std::string pin_of(X509* certificate) {
    std::uint8_t* key = nullptr;
    const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &key);
    if (size < 0) throw std::bad_alloc();
    std::array<std::uint8_t, SHA256_DIGEST_LENGTH> digest;
    SHA256(key, static_cast<std::size_t>(size), digest.data());
    OPENSSL_free(key);
    std::array<std::uint8_t, 4 * ((SHA256_DIGEST_LENGTH + 2) / 3) + 1> text;
    EVP_EncodeBlock(text.data(), digest.data(), digest.size());
    return reinterpret_cast<const char*>(text.data());
}

void describe(const std::string& path, X509* certificate) {
    const ASN1_TIME* begin = X509_get0_notBefore(certificate);
    const ASN1_TIME* end = X509_get0_notAfter(certificate);
    if (X509_cmp_current_time(end) < 0) {
        spdlog::warn("the certificate {} has expired on {}: clients that check it turn away", path,
                     text_of(end));
    } else if (X509_cmp_current_time(begin) > 0) {
        spdlog::warn("the certificate {} is not good before {}: clients that check it turn away",
                     path, text_of(begin));
    }
    const auto names = dns_names(*certificate);
    spdlog::info("TLS by {}: {}, until {}, pin-sha256 {}", path,
                 names.empty() ? "no name" : fmt::format("{}", fmt::join(names, ", ")),
                 text_of(end), pin_of(certificate));
}

TlsContext make_context(const TlsFiles& files, const Texts& texts, const Protocol& spoken) {
    ERR_clear_error();
    TlsContext context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
    if (context == nullptr) throw std::bad_alloc();
    set_conduct(context.get(), spoken);
    auto chain = read_certificates("certificate", files.certificate, texts.certificate);
    X509* own = chain.front().get();  // the context holds it too
    set_certificate(context.get(), files, std::move(chain), read_key(files.key, texts.key));
    if (!files.client_ca.empty()) {
        ask_clients(context.get(), files,
                    read_certificates("clients' CA", files.client_ca, texts.client_ca));
    }
    describe(files.certificate, own);
    return context;
}

}  // namespace

std::vector<std::string> client_names(const ssl_st* session) {
    const X509* certificate = SSL_get0_peer_certificate(session);
    return certificate == nullptr ? std::vector<std::string>() : dns_names(*certificate);
}

TlsServer::TlsServer(TlsFiles files, TlsFor spoken) : files_(std::move(files)), spoken_(spoken) {
    reload();
}

void TlsServer::reload() {
    const Texts texts(files_);
    const Digest digest = texts.digest();
    if (context_ != nullptr && digest == digest_) return;  // tickets stay good
    auto context = make_context(files_, texts, spoken_ == TlsFor::dns ? dns : http);
    digest_ = digest;
    const std::lock_guard lock(mutex_);
    context_ = std::move(context);
}

TlsContext TlsServer::context() const {
    const std::lock_guard lock(mutex_);
    return context_;
}

}  // namespace portolan::net
