#include "portolan/sign/key_text.hpp"

#include <fmt/format.h>
#include <openssl/crypto.h>

#include "dns/presentation_codecs.hpp"
#include "portolan/dns/presentation.hpp"

namespace portolan::sign {
namespace {

/// Octets that are wiped when they go.
struct Secret {
    dns::Octets octets;
    Secret() = default;
    explicit Secret(dns::Octets taken) : octets(std::move(taken)) {}
    Secret(const Secret&) = delete;
    Secret& operator=(const Secret&) = delete;
    ~Secret() { OPENSSL_cleanse(octets.data(), octets.size()); }
};

std::string_view trimmed(std::string_view text) noexcept {
    const auto is_blank = [](char c) { return c == ' ' || c == '\t' || c == '\r'; };
    while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
    return text;
}

/// What the lines of a private part say.
struct PrivateLines {
    std::string_view version;
    std::string_view algorithm;
    std::string_view secret;
    std::uint32_t algorithm_line = 0;
    std::uint32_t secret_line = 0;

    explicit PrivateLines(std::string_view text) {
        for (std::uint32_t line = 1; !text.empty(); ++line) {
            const auto end = std::min(text.find('\n'), text.size());
            take(text.substr(0, end), line);
            text.remove_prefix(std::min(end + 1, text.size()));
        }
    }

private:
    void take(std::string_view line, std::uint32_t number) noexcept {
        const auto colon = std::min(line.find(':'), line.size());
        const auto key = trimmed(line.substr(0, colon));
        const auto value = trimmed(line.substr(std::min(colon + 1, line.size())));
        if (key == "Private-key-format") version = value;
        if (key == "Algorithm") {
            algorithm = value;
            algorithm_line = number;
        }
        if (key == "PrivateKey") {
            secret = value;
            secret_line = number;
        }
    }
};

/// "13 (ECDSAP256SHA256)", or the number alone.
std::optional<Algorithm> read_algorithm(std::string_view text) noexcept {
    const auto number = dns::codec::number(text.substr(0, text.find(' ')), 255);
    for (const Algorithm each : {Algorithm::ecdsap256sha256, Algorithm::ed25519}) {
        if (number == static_cast<std::uint32_t>(each)) return each;
    }
    return std::nullopt;
}

}  // namespace

std::string_view to_string(Algorithm algorithm) noexcept {
    return algorithm == Algorithm::ed25519 ? "ED25519" : "ECDSAP256SHA256";
}

std::string key_file_stem(dns::NameView zone, Algorithm algorithm, std::uint16_t tag) {
    dns::Name lower(zone);
    lower.lower();
    std::string name = dns::to_text(lower);
    for (char& c : name) {
        if (c == '/') c = '_';  // the one octet that no file's name may have
    }
    return fmt::format("K{}+{:03}+{:05}", name, static_cast<unsigned>(algorithm), tag);
}

std::string to_private_text(const Key& key) {
    const Secret secret(key.secret());
    std::string text =
        fmt::format("Private-key-format: v1.3\nAlgorithm: {} ({})\nPrivateKey: ",
                    static_cast<unsigned>(key.algorithm()), to_string(key.algorithm()));
    dns::codec::print_base64(secret.octets, text);
    return text += '\n';
}

std::string to_public_text(dns::NameView zone, const Key& key) {
    const char* use = key.is_secure_entry_point() ? "a key that a DS may name" : "a zone's key";
    return fmt::format("; {}, tag {}\n{} IN DNSKEY {}\n", use, key.tag(), dns::to_text(zone),
                       dns::rdata_to_text(dns::Type::dnskey, key.dnskey()));
}

boost::system::result<KeyPtr, KeyTextError> parse_private_text(std::string_view text,
                                                               bool is_secure_entry_point) {
    const PrivateLines lines(text);
    if (!lines.version.starts_with("v1.")) {
        return KeyTextError{0, "no private key in BIND's form (Private-key-format: v1.3)"};
    }
    const auto algorithm = read_algorithm(lines.algorithm);
    if (!algorithm) {
        return KeyTextError{lines.algorithm_line,
                            fmt::format("the algorithm \"{}\" is neither 13 (ECDSAP256SHA256) nor "
                                        "15 (ED25519)",
                                        lines.algorithm)};
    }
    Secret secret;
    const bool is_read = dns::codec::read_base64(lines.secret, secret.octets);
    KeyPtr key =
        is_read ? Key::from_secret(*algorithm, is_secure_entry_point, secret.octets) : nullptr;
    if (key == nullptr) {
        return KeyTextError{lines.secret_line,
                            fmt::format("PrivateKey is no key of {}", to_string(*algorithm))};
    }
    return key;
}

}  // namespace portolan::sign
