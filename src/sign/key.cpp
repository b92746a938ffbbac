#include "portolan/sign/key.hpp"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>
#include <openssl/param_build.h>

#include <array>
#include <stdexcept>

#include "dns/presentation_codecs.hpp"

namespace portolan::sign {
namespace {

constexpr std::size_t secret_octets = 32;  // a P-256 scalar, an Ed25519 seed
constexpr std::size_t point_octets = 65;   // 4, x, y: an uncompressed point (SEC 1 2.3.3)
constexpr std::size_t half_octets = 32;    // r or s

template <auto function>
struct Freeing {
    template <class T>
    void operator()(T* object) const noexcept {
        function(object);
    }
};
using Pkey = std::unique_ptr<EVP_PKEY, Freeing<EVP_PKEY_free>>;
using PkeyContext = std::unique_ptr<EVP_PKEY_CTX, Freeing<EVP_PKEY_CTX_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, Freeing<EVP_MD_CTX_free>>;
using Group = std::unique_ptr<EC_GROUP, Freeing<EC_GROUP_free>>;
using Point = std::unique_ptr<EC_POINT, Freeing<EC_POINT_free>>;
using Number = std::unique_ptr<BIGNUM, Freeing<BN_clear_free>>;
using Builder = std::unique_ptr<OSSL_PARAM_BLD, Freeing<OSSL_PARAM_BLD_free>>;
using Params = std::unique_ptr<OSSL_PARAM, Freeing<OSSL_PARAM_free>>;
using EcdsaSignature = std::unique_ptr<ECDSA_SIG, Freeing<ECDSA_SIG_free>>;

[[noreturn]] void fail(const char* what) {
    throw std::runtime_error(std::string("the cryptographic library failed to ") + what);
}

Pkey generate_pair(Algorithm algorithm) {
    Pkey pair(algorithm == Algorithm::ed25519 ? EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")
                                              : EVP_EC_gen("P-256"));
    if (!pair) fail("make a key");
    return pair;
}

/// The public point of a scalar; nothing when it is not within 1 … order - 1.
std::optional<std::array<std::uint8_t, point_octets>> point_of(const BIGNUM& scalar) {
    const Group group(EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1));
    const Point point(group ? EC_POINT_new(group.get()) : nullptr);
    if (!point) fail("compute with points");
    if (BN_is_zero(&scalar) || BN_cmp(&scalar, EC_GROUP_get0_order(group.get())) >= 0) {
        return std::nullopt;
    }
    std::array<std::uint8_t, point_octets> octets;
    if (EC_POINT_mul(group.get(), point.get(), &scalar, nullptr, nullptr, nullptr) != 1 ||
        EC_POINT_point2oct(group.get(), point.get(), POINT_CONVERSION_UNCOMPRESSED, octets.data(),
                           octets.size(), nullptr) != octets.size()) {
        fail("compute with points");
    }
    return octets;
}

Pkey ecdsa_pair(dns::OctetView secret) {
    const Number scalar(BN_secure_new());
    if (!scalar || !BN_bin2bn(secret.data(), static_cast<int>(secret.size()), scalar.get())) {
        fail("read a number");
    }
    BN_set_flags(scalar.get(), BN_FLG_CONSTTIME);
    const auto point = point_of(*scalar);
    if (!point) return nullptr;
    const Builder builder(OSSL_PARAM_BLD_new());
    if (!builder ||
        !OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0) ||
        !OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_PRIV_KEY, scalar.get()) ||
        !OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point->data(),
                                          point->size())) {
        fail("read a key");
    }
    const Params params(OSSL_PARAM_BLD_to_param(builder.get()));
    const PkeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
    EVP_PKEY* pair = nullptr;
    if (!params || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
        EVP_PKEY_fromdata(context.get(), &pair, EVP_PKEY_KEYPAIR, params.get()) != 1) {
        fail("read a key");
    }
    return Pkey(pair);
}

/// nullptr when the secret is none of the algorithm's.
Pkey pair_from(Algorithm algorithm, dns::OctetView secret) {
    if (secret.size() != secret_octets) return nullptr;
    if (algorithm == Algorithm::ecdsap256sha256) return ecdsa_pair(secret);
    return Pkey(
        EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, secret.data(), secret.size()));
}

/// As a DNSKEY has it: the point without its first octet (RFC 6605 4), or as it is (RFC 8080 3).
dns::Octets public_key(EVP_PKEY* pair, Algorithm algorithm) {
    std::array<std::uint8_t, point_octets> octets;
    std::size_t size = octets.size();
    const bool is_given =
        algorithm == Algorithm::ed25519
            ? EVP_PKEY_get_raw_public_key(pair, octets.data(), &size) == 1
            : EVP_PKEY_get_octet_string_param(pair, OSSL_PKEY_PARAM_PUB_KEY, octets.data(),
                                              octets.size(), &size) == 1;
    if (!is_given) fail("tell a public key");
    const std::size_t first = algorithm == Algorithm::ed25519 ? 0 : 1;
    return {octets.begin() + static_cast<std::ptrdiff_t>(first),
            octets.begin() + static_cast<std::ptrdiff_t>(size)};
}

dns::Octets dnskey_of(Algorithm algorithm, bool is_secure_entry_point, const dns::Octets& key) {
    constexpr std::uint8_t protocol = 3;  // RFC 4034 2.1.2
    const std::uint8_t sep = is_secure_entry_point ? 1 : 0;
    dns::Octets rdata{1, sep, protocol, static_cast<std::uint8_t>(algorithm)};  // 1: a zone's key
    dns::codec::put(rdata, key);
    return rdata;
}

const EVP_MD* sha256() {
    static const EVP_MD* const digest = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    return digest;
}

/// r and s in 32 octets each, which the library gives as DER.
dns::Octets raw_signature(const std::uint8_t* der, std::size_t size) {
    const EcdsaSignature signature(d2i_ECDSA_SIG(nullptr, &der, static_cast<long>(size)));
    dns::Octets raw(2 * half_octets);
    if (!signature ||
        BN_bn2binpad(ECDSA_SIG_get0_r(signature.get()), raw.data(), half_octets) < 0 ||
        BN_bn2binpad(ECDSA_SIG_get0_s(signature.get()), raw.data() + half_octets, half_octets) <
            0) {
        fail("sign");
    }
    return raw;
}

}  // namespace

/// The library's key and, for ECDSA, what signing starts from: a copy of a context costs less
/// than to make one.
struct Key::Pair {
    Pkey key;
    PkeyContext signing;

    explicit Pair(Pkey pair, Algorithm algorithm) : key(std::move(pair)) {
        if (algorithm == Algorithm::ed25519) return;
        signing.reset(EVP_PKEY_CTX_new_from_pkey(nullptr, key.get(), nullptr));
        if (!signing || EVP_PKEY_sign_init(signing.get()) != 1) fail("sign");
    }

    [[nodiscard]] dns::Octets sign_ecdsa(dns::OctetView data) const {
        std::array<std::uint8_t, EVP_MAX_MD_SIZE> digest;
        unsigned digest_size = 0;
        std::array<std::uint8_t, 2 * half_octets + 8> der;  // 8: its tags, lengths and signs
        std::size_t size = der.size();
        const PkeyContext context(EVP_PKEY_CTX_dup(signing.get()));
        if (!context ||
            EVP_Digest(data.data(), data.size(), digest.data(), &digest_size, sha256(), nullptr) !=
                1 ||
            EVP_PKEY_sign(context.get(), der.data(), &size, digest.data(), digest_size) != 1) {
            fail("sign");
        }
        return raw_signature(der.data(), size);
    }

    [[nodiscard]] dns::Octets sign_ed25519(dns::OctetView data) const {
        const DigestContext context(EVP_MD_CTX_new());
        dns::Octets signature(2 * half_octets);
        std::size_t size = signature.size();
        if (!context ||
            EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key.get()) != 1 ||
            EVP_DigestSign(context.get(), signature.data(), &size, data.data(), data.size()) != 1) {
            fail("sign");
        }
        return signature;
    }
};

Key::Key(Algorithm algorithm, bool is_secure_entry_point, std::unique_ptr<Pair> pair)
    : algorithm_(algorithm), pair_(std::move(pair)),
      dnskey_(dnskey_of(algorithm, is_secure_entry_point, public_key(pair_->key.get(), algorithm))),
      tag_(key_tag(dnskey_)) {}

Key::~Key() = default;

KeyPtr Key::generate(Algorithm algorithm, bool is_secure_entry_point) {
    auto pair = std::make_unique<Pair>(generate_pair(algorithm), algorithm);
    return KeyPtr(new Key(algorithm, is_secure_entry_point, std::move(pair)));
}

KeyPtr Key::from_secret(Algorithm algorithm, bool is_secure_entry_point, dns::OctetView secret) {
    Pkey key = pair_from(algorithm, secret);
    if (!key) return nullptr;
    auto pair = std::make_unique<Pair>(std::move(key), algorithm);
    return KeyPtr(new Key(algorithm, is_secure_entry_point, std::move(pair)));
}

dns::Octets Key::secret() const {
    dns::Octets octets(secret_octets);
    if (algorithm_ == Algorithm::ed25519) {
        std::size_t size = octets.size();
        if (EVP_PKEY_get_raw_private_key(pair_->key.get(), octets.data(), &size) != 1) {
            fail("tell a private key");
        }
        return octets;
    }
    BIGNUM* scalar = nullptr;
    const bool is_given =
        EVP_PKEY_get_bn_param(pair_->key.get(), OSSL_PKEY_PARAM_PRIV_KEY, &scalar) == 1;
    const Number owned(scalar);
    if (!is_given || BN_bn2binpad(scalar, octets.data(), secret_octets) < 0) {
        fail("tell a private key");
    }
    return octets;
}

dns::Octets Key::sign(dns::OctetView data) const {
    return algorithm_ == Algorithm::ed25519 ? pair_->sign_ed25519(data) : pair_->sign_ecdsa(data);
}

std::uint16_t key_tag(dns::OctetView dnskey) noexcept {
    std::uint32_t sum = 0;
    for (std::size_t i = 0; i < dnskey.size(); ++i) {
        sum += std::uint32_t{dnskey[i]} << (i % 2 == 0 ? 8U : 0U);
    }
    return static_cast<std::uint16_t>(sum + (sum >> 16U));
}

}  // namespace portolan::sign
