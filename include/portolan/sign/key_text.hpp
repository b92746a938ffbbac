// Keys as text: the pair of files that BIND's dnssec-keygen makes, which other tools read too.
//
//     Kzone.+013+04711.private      Private-key-format, Algorithm, PrivateKey: a line each
//     Kzone.+013+04711.key          the DNSKEY record
#pragma once

#include <boost/system/result.hpp>
#include <cstdint>
#include <string>
#include <string_view>

#include "portolan/dns/name.hpp"
#include "portolan/sign/key.hpp"

namespace portolan::sign {

/// "ECDSAP256SHA256", as in records and files.
std::string_view to_string(Algorithm algorithm) noexcept;

/// "Ksvc.corp.example.+013+04711": how both files of a key are called before the dot.
std::string key_file_stem(dns::NameView zone, Algorithm algorithm, std::uint16_t tag);

/// The private part. Whoever asks keeps it secret.
std::string to_private_text(const Key& key);
/// The record, with a line before it that says what the key is.
std::string to_public_text(dns::NameView zone, const Key& key);

/// Why a private part was refused; the line is 1-based, 0 for the text as a whole.
struct KeyTextError {
    std::uint32_t line = 0;
    std::string message;
};

/// Reads a private part, of version 1.2 and later. Lines that it does not know, as BIND's times,
/// are left out. Whether the key is a secure entry point stands in the other file.
boost::system::result<KeyPtr, KeyTextError> parse_private_text(std::string_view text,
                                                               bool is_secure_entry_point);

}  // namespace portolan::sign
