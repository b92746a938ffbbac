#include "portolan/sign/key.hpp"

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <catch2/catch.hpp>

#include <thread>

#include "dns/presentation_codecs.hpp"
#include "portolan/dns/presentation.hpp"
#include "portolan/dns/wire.hpp"
#include "portolan/sign/ds.hpp"
#include "portolan/sign/key_text.hpp"

using namespace portolan;
using namespace portolan::sign;

namespace {

/// The examples of RFC 6605 6.1 and RFC 8080 6.1, in one line each.
struct Example {
    const char* zone;
    const char* private_text;
    const char* dnskey;
    const char* ds;
    const char* owner;
    dns::Type type;
    const char* rdata;
    const char* rrsig;
};
const Example examples[] = {
    {"example.net.",
     "Private-key-format: v1.2\nAlgorithm: 13 (ECDSAP256SHA256)\n"
     "PrivateKey: GU6SnQ/Ou+xC5RumuIUIuJZteXT2z0O/ok1s38Et6mQ=\n",
     "257 3 13 GojIhhXUN/u4v54ZQqGSnyhWJwaubCvTmeexv7bR6edb"
     "krSqQpF64cYbcB7wNcP+e+MAnLr+Wi9xMWyQLc8NAA==",
     "55648 13 2 b4c8c1fe2e7477127b27115656ad6256f424625bf5c1e2770ce6d6e37df61d17",
     "www.example.net.", dns::Type::a, "192.0.2.1",
     "A 13 3 3600 20100909100439 20100812100439 55648 example.net. "
     "qx6wLYqmh+l9oCKTN6qIc+bw6ya+KJ8oMz0YP107epXAyGmt+3SNruPFKG7tZoLBLlUzGGus7ZwmwWep666VCw=="},
    {"example.com.",
     "Private-key-format: v1.2\nAlgorithm: 15 (ED25519)\n"
     "PrivateKey: ODIyNjAzODQ2MjgwODAxMjI2NDUxOTAyMDQxNDIyNjI=\n",
     "257 3 15 l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4=",
     "3613 15 2 3aa5ab37efce57f737fc1627013fee07bdf241bd10f3b1964ab55c78e79a304b", "example.com.",
     dns::Type::mx, "10 mail.example.com.",
     "MX 15 2 3600 20150819220000 20150729220000 3613 example.com. "
     "oL9krJun7xfBOIWcGHi7mag5/hdZrKWw15jPGrHpjQeRAvTdszaPD+QLs3fx8A4M3e23mRZ9VrbpMngwcrqNAg=="},
    {"example.com.",
     "Private-key-format: v1.2\nAlgorithm: 15 (ED25519)\n"
     "PrivateKey: DSSF3o0s0f+ElWzj9E/Osxw8hLpk55chkmx0LYN5WiY=\n",
     "257 3 15 zPnZ/QwEe7S8C5SPz2OfS5RR40ATk2/rYnE9xHIEijs=",
     "35217 15 2 401781b934e392de492ec77ae2e15d70f6575a1c0bc59c5275c04ebe80c6614c", "example.com.",
     dns::Type::mx, "10 mail.example.com.",
     "MX 15 2 3600 20150819220000 20150729220000 35217 example.com. "
     "zXQ0bkYgQTEFyfLyi9QoiY6D8ZdYo4wyUhVioYZXFdT410QPRITQSqJSnzQoSm5poJ7gD7AQR0O7KuI5k2pcBg=="},
};

constexpr std::size_t signature_octets = 64;

KeyPtr key_of(const Example& row) {
    const auto key = parse_private_text(row.private_text, true);
    REQUIRE(key.has_value());
    return *key;
}

/// RFC 4034 3.1.8.1, for a set of one record.
dns::Octets signed_data(const Example& row) {
    dns::Octets data = dns::rdata_from(dns::Type::rrsig, row.rrsig);
    data.erase(data.end() - signature_octets, data.end());
    const dns::Name owner = dns::name_from(row.owner);
    dns::codec::put(data, owner.octets());
    dns::codec::put_u16(data, static_cast<std::uint32_t>(row.type));
    dns::codec::put_u16(data, 1);
    dns::codec::put_u32(data, 3600);
    const dns::Octets rdata = dns::rdata_from(row.type, row.rdata);
    dns::codec::put_u16(data, static_cast<std::uint32_t>(rdata.size()));
    dns::codec::put(data, rdata);
    return data;
}

dns::Octets der_integer(dns::OctetView half) {
    while (half.size() > 1 && half[0] == 0) half = half.subspan(1);
    dns::Octets value(half.begin(), half.end());
    if (value[0] >= 0x80) value.insert(value.begin(), 0);
    dns::Octets der{2, static_cast<std::uint8_t>(value.size())};
    dns::codec::put(der, value);
    return der;
}

/// Whether OpenSSL accepts the signature, with the public key as the DNSKEY has it.
bool verifies(dns::OctetView dnskey, dns::OctetView data, dns::OctetView signature) {
    const bool is_ed25519 = dnskey[3] == 15;
    dns::Octets info;  // SubjectPublicKeyInfo
    REQUIRE(dns::codec::read_hex(is_ed25519
                                     ? "302a300506032b6570032100"
                                     : "3059301306072a8648ce3d020106082a8648ce3d03010703420004",
                                 info));
    dns::codec::put(info, dnskey.subspan(4));
    const std::uint8_t* at = info.data();
    EVP_PKEY* key = d2i_PUBKEY(nullptr, &at, static_cast<long>(info.size()));
    REQUIRE(key != nullptr);
    dns::Octets given(signature.begin(), signature.end());
    if (!is_ed25519) {
        dns::Octets halves = der_integer(signature.first(32));
        dns::codec::put(halves, der_integer(signature.subspan(32)));
        given = {0x30, static_cast<std::uint8_t>(halves.size())};
        dns::codec::put(given, halves);
    }
    EVP_MD_CTX* context = EVP_MD_CTX_new();
    REQUIRE(EVP_DigestVerifyInit(context, nullptr, is_ed25519 ? nullptr : EVP_sha256(), nullptr,
                                 key) == 1);
    const int verdict =
        EVP_DigestVerify(context, given.data(), given.size(), data.data(), data.size());
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(key);
    return verdict == 1;
}

constexpr Algorithm algorithms[] = {Algorithm::ecdsap256sha256, Algorithm::ed25519};

}  // namespace

TEST_CASE("keys are those of the examples in RFC 6605 and RFC 8080") {
    for (const auto& row : examples) {
        CAPTURE(row.dnskey);
        const KeyPtr key = key_of(row);
        CHECK(dns::rdata_to_text(dns::Type::dnskey, key->dnskey()) == row.dnskey);
        const auto ds = ds_of(dns::name_from(row.zone), key->dnskey());
        CHECK(dns::rdata_to_text(dns::Type::ds, ds) == row.ds);
        CHECK(key->tag() == std::stoul(row.ds));
        CHECK(key->is_secure_entry_point());
    }
}

TEST_CASE("signatures are those of the examples, or as good") {
    for (const auto& row : examples) {
        CAPTURE(row.rrsig);
        const KeyPtr key = key_of(row);
        const dns::Octets data = signed_data(row);
        const dns::Octets rrsig = dns::rdata_from(dns::Type::rrsig, row.rrsig);
        const auto example = dns::OctetView(rrsig).last(signature_octets);
        CHECK(verifies(key->dnskey(), data, example));

        dns::Octets ours = key->sign(data);
        CHECK(verifies(key->dnskey(), data, ours));
        const bool is_deterministic = key->algorithm() == Algorithm::ed25519;
        CHECK(std::ranges::equal(ours, example) == is_deterministic);
        ours[10] ^= 1U;
        CHECK_FALSE(verifies(key->dnskey(), data, ours));
    }
}

TEST_CASE("a thousand signatures verify, whatever zeros r and s begin with") {
    for (const Algorithm algorithm : algorithms) {
        const KeyPtr key = Key::generate(algorithm, false);
        CHECK_FALSE(key->is_secure_entry_point());
        dns::Octets data(4);
        for (std::uint32_t i = 0; i < 1000; ++i) {
            dns::store_u32(data.data(), i);
            REQUIRE(verifies(key->dnskey(), data, key->sign(data)));
        }
    }
}

TEST_CASE("several threads sign with one key") {
    for (const Algorithm algorithm : algorithms) {
        const KeyPtr key = Key::generate(algorithm, true);
        std::vector<dns::Octets> signatures(4);
        std::vector<std::thread> threads;
        for (std::size_t i = 0; i < signatures.size(); ++i) {
            threads.emplace_back([&key, &signatures, i] {
                for (int times = 0; times < 50; ++times) {
                    signatures[i] = key->sign(dns::Octets{static_cast<std::uint8_t>(i)});
                }
            });
        }
        for (auto& thread : threads) thread.join();
        for (std::size_t i = 0; i < signatures.size(); ++i) {
            const dns::Octets data{static_cast<std::uint8_t>(i)};
            CHECK(verifies(key->dnskey(), data, signatures[i]));
        }
    }
}

TEST_CASE("a key comes back from its secret and from its text") {
    for (const Algorithm algorithm : algorithms) {
        for (const bool is_sep : {false, true}) {
            const KeyPtr key = Key::generate(algorithm, is_sep);
            const KeyPtr again = Key::from_secret(algorithm, is_sep, key->secret());
            REQUIRE(again != nullptr);
            CHECK(std::ranges::equal(again->dnskey(), key->dnskey()));
            const auto read = parse_private_text(to_private_text(*key), is_sep);
            REQUIRE(read.has_value());
            CHECK(std::ranges::equal((*read)->dnskey(), key->dnskey()));
            CHECK((*read)->secret() == key->secret());
        }
    }
}

TEST_CASE("what is no secret of the algorithm is no key") {
    const dns::Octets zero(32, 0);
    const dns::Octets beyond_the_order(32, 0xff);
    const dns::Octets usual(32, 1);
    const dns::Octets shorter(31, 1);
    const dns::Octets longer(33, 1);
    CHECK(Key::from_secret(Algorithm::ecdsap256sha256, true, zero) == nullptr);
    CHECK(Key::from_secret(Algorithm::ecdsap256sha256, true, beyond_the_order) == nullptr);
    for (const Algorithm algorithm : algorithms) {
        CHECK(Key::from_secret(algorithm, true, usual) != nullptr);
        CHECK(Key::from_secret(algorithm, true, shorter) == nullptr);
        CHECK(Key::from_secret(algorithm, true, longer) == nullptr);
        CHECK(Key::from_secret(algorithm, true, {}) == nullptr);
    }
}

TEST_CASE("a private part is refused with its line") {
    struct Row {
        const char* text;
        std::uint32_t line;
        const char* message;
    };
    const Row rows[] = {
        {"", 0, "no private key in BIND's form (Private-key-format: v1.3)"},
        {"PrivateKey: AAAA\n", 0, "no private key in BIND's form (Private-key-format: v1.3)"},
        {"Private-key-format: v1.3\n\nAlgorithm: 8 (RSASHA256)\nModulus: AAAA\n", 3,
         "the algorithm \"8 (RSASHA256)\" is neither 13 (ECDSAP256SHA256) nor 15 (ED25519)"},
        {"Private-key-format: v1.3\nPrivateKey: AAAA\n", 0,
         "the algorithm \"\" is neither 13 (ECDSAP256SHA256) nor 15 (ED25519)"},
        {"Private-key-format: v1.3\nAlgorithm: 15\nPrivateKey: ####\n", 3,
         "PrivateKey is no key of ED25519"},
        {"Private-key-format: v1.3\nAlgorithm: 15\nPrivateKey: AAAA", 3,
         "PrivateKey is no key of ED25519"},
        {"Private-key-format: v1.3\nAlgorithm: 13 (ECDSAP256SHA256)\nPrivateKey:\n", 3,
         "PrivateKey is no key of ECDSAP256SHA256"},
        {"Private-key-format: v1.3\nAlgorithm: 13 (ECDSAP256SHA256)\n", 0,
         "PrivateKey is no key of ECDSAP256SHA256"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.text);
        const auto key = parse_private_text(row.text, true);
        REQUIRE_FALSE(key.has_value());
        CHECK(key.error().line == row.line);
        CHECK(key.error().message == row.message);
    }
}

TEST_CASE("BIND's times, odd blanks and line ends are read over") {
    const auto key = parse_private_text(
        "Private-key-format: v1.3\r\nAlgorithm:15 (ED25519)\r\n"
        "PrivateKey:   ODIyNjAzODQ2MjgwODAxMjI2NDUxOTAyMDQxNDIyNjI= \r\n"
        "Created: 20260101000000\r\nActivate: 20260101000000",
        true);
    REQUIRE(key.has_value());
    CHECK((*key)->tag() == 3613);
}

TEST_CASE("files are named as dnssec-keygen names them, and the public one is a record") {
    const KeyPtr key = key_of(examples[1]);
    CHECK(key_file_stem(dns::name_from("Example.COM."), key->algorithm(), key->tag()) ==
          "Kexample.com.+015+03613");
    CHECK(key_file_stem(dns::name_from("a/b.example."), Algorithm::ecdsap256sha256, 7) ==
          "Ka_b.example.+013+00007");
    CHECK(to_public_text(dns::name_from("example.com."), *key) ==
          "; a key that a DS may name, tag 3613\n"
          "example.com. IN DNSKEY 257 3 15 l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4=\n");
}

TEST_CASE("the records that ask for no DS are those of RFC 8078 4") {
    CHECK(cds_delete() == dns::rdata_from(dns::Type::cds, "0 0 0 00"));
    CHECK(cdnskey_delete() == dns::rdata_from(dns::Type::cdnskey, "0 3 0 AA=="));
}
