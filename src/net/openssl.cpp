#include "openssl.hpp"

#include <openssl/err.h>

#include <algorithm>

namespace portolan::net::openssl {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

}  // namespace

std::string last_error() {
    const char* reason = ERR_reason_error_string(ERR_peek_last_error());
    return reason == nullptr ? "an unknown error" : reason;
}

std::vector<std::string> dns_names(const X509& certificate) {
    std::vector<std::string> names;
    const Names all(static_cast<GENERAL_NAMES*>(
        X509_get_ext_d2i(&certificate, NID_subject_alt_name, nullptr, nullptr)));
    for (int i = 0; i < sk_GENERAL_NAME_num(all.get()); ++i) {
        const GENERAL_NAME* each = sk_GENERAL_NAME_value(all.get(), i);
        if (each->type != GEN_DNS) continue;
        const ASN1_IA5STRING* text = each->d.dNSName;
        std::string name(reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
                         static_cast<std::size_t>(ASN1_STRING_length(text)));
        // A name with a zero inside would be another one to whoever stops there.
        if (name.find('\0') != std::string::npos || name.find('*') != std::string::npos) continue;
        std::ranges::transform(name, name.begin(), lower);
        names.push_back(std::move(name));
    }
    return names;
}

}  // namespace portolan::net::openssl
