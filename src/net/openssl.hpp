// OpenSSL's objects, which free themselves.
#pragma once

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string>
#include <vector>

namespace portolan::net::openssl {

template <auto Function>
struct Free {
    void operator()(auto* object) const noexcept { Function(object); }
};
using Bio = std::unique_ptr<BIO, Free<BIO_free>>;
using Certificate = std::unique_ptr<X509, Free<X509_free>>;
using PrivateKey = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using Names = std::unique_ptr<GENERAL_NAMES, Free<GENERAL_NAMES_free>>;
using Session = std::unique_ptr<SSL, Free<SSL_free>>;

/// What the library has last complained of on this thread, in its own words.
std::string last_error();

/// DNS names of a certificate, in lower case (RFC 9525 2: the common name is none). Names with a
/// wildcard prove nothing of one machine, and are left out.
std::vector<std::string> dns_names(const X509& certificate);

}  // namespace portolan::net::openssl
