#include "portolan/dns/tsig.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>

#include "dns/presentation_codecs.hpp"
#include "portolan/dns/presentation.hpp"
#include "portolan/dns/query.hpp"
#include "portolan/dns/wire.hpp"

namespace portolan::dns {
namespace {

using codec::put;
using codec::put_u16;
using codec::put_u32;

struct AlgorithmRow {
    TsigAlgorithm algorithm;
    std::string_view text;
    std::size_t octets;  // of the whole MAC
    const EVP_MD* (*digest)();
};

constexpr std::array<AlgorithmRow, 3> algorithms{{
    {TsigAlgorithm::hmac_sha256, "hmac-sha256", 32, EVP_sha256},
    {TsigAlgorithm::hmac_sha384, "hmac-sha384", 48, EVP_sha384},
    {TsigAlgorithm::hmac_sha512, "hmac-sha512", 64, EVP_sha512},
}};

constexpr std::size_t fixed_octets = 26;  // of a TSIG record: all but names, MAC and other data
constexpr std::size_t time_octets = 6;    // 48 bits

const AlgorithmRow& row_of(TsigAlgorithm algorithm) noexcept {
    return algorithms[static_cast<std::size_t>(algorithm)];
}

void put_u48(Octets& octets, std::uint64_t value) {
    put_u16(octets, static_cast<std::uint32_t>(value >> 32) & 0xffffU);
    put_u32(octets, static_cast<std::uint32_t>(value));
}

/// Octets with their number before them.
void put_counted(Octets& octets, OctetView counted) {
    put_u16(octets, static_cast<std::uint32_t>(counted.size()));
    put(octets, counted);
}

/// Names are digested in lower case (RFC 8945 4.3.3).
void put_lower(Octets& octets, NameView name) {
    Name lower(name);
    lower.lower();
    put(octets, lower.octets());
}

/// What stands in the digest behind the message (RFC 8945 4.3.3).
void put_variables(Octets& data, NameView key, NameView algorithm, std::uint64_t time,
                   std::uint16_t fudge, std::uint16_t error, OctetView other) {
    put_lower(data, key);
    put_u16(data, static_cast<std::uint32_t>(Class::any));
    put_u32(data, 0);  // TTL
    put_lower(data, algorithm);
    put_u48(data, time);
    put_u16(data, fudge);
    put_u16(data, error);
    put_counted(data, other);
}

Octets hmac(const TsigKey& key, OctetView data) {
    Octets mac(EVP_MAX_MD_SIZE);
    unsigned size = 0;
    HMAC(row_of(key.algorithm).digest(), key.secret.data(), static_cast<int>(key.secret.size()),
         data.data(), data.size(), mac.data(), &size);
    mac.resize(size);
    return mac;
}

}  // namespace

/// A record behind the question, with its RDATA taken apart when it is a TSIG.
struct Tsig::Fields {
    Name owner;
    Type type{};
    Class klass{};
    std::uint32_t ttl = 0;
    std::size_t rdata = 0;  // where it begins in the message …
    std::size_t end = 0;    // … and ends

    Name algorithm;
    std::uint64_t time = 0;
    std::uint16_t fudge = 0;
    OctetView mac;
    std::uint16_t original_id = 0;
    std::uint16_t error = 0;
    OctetView other;

    static std::optional<Fields> read(Reader& reader) noexcept {
        const auto owner = reader.name();
        const auto type = reader.u16();
        const auto klass = reader.u16();
        const auto ttl = reader.u32();
        const auto length = reader.u16();
        if (!owner || !type || !klass || !ttl || !length) return std::nullopt;
        Fields fields;
        fields.rdata = reader.position();
        if (!reader.octets(*length)) return std::nullopt;
        fields.owner = *owner;
        fields.type = static_cast<Type>(*type);
        fields.klass = static_cast<Class>(*klass);
        fields.ttl = *ttl;
        fields.end = reader.position();
        return fields;
    }

    /// False when the RDATA is not that of a TSIG (RFC 8945 4.2).
    bool read_rdata(OctetView message) noexcept {
        Reader reader(message.first(end), rdata);
        const auto algorithm_name = reader.plain_name();
        const auto time_high = reader.u16();
        const auto time_low = reader.u32();
        const auto fudge_seconds = reader.u16();
        const auto mac_size = reader.u16();
        if (!algorithm_name || !time_high || !time_low || !fudge_seconds || !mac_size) return false;
        const auto mac_octets = reader.octets(*mac_size);
        const auto id = reader.u16();
        const auto error_code = reader.u16();
        const auto other_size = reader.u16();
        if (!mac_octets || !id || !error_code || !other_size) return false;
        const auto other_octets = reader.octets(*other_size);
        if (!other_octets || reader.remaining() != 0) return false;
        algorithm = Name(*algorithm_name);
        time = std::uint64_t{*time_high} << 32 | *time_low;
        fudge = *fudge_seconds;
        mac = *mac_octets;
        original_id = *id;
        error = *error_code;
        other = *other_octets;
        return klass == Class::any && ttl == 0;
    }
};

std::string_view to_string(TsigAlgorithm algorithm) noexcept { return row_of(algorithm).text; }

std::optional<TsigAlgorithm> parse_tsig_algorithm(std::string_view text) noexcept {
    const auto is_same = [](char a, char b) {
        return fold(static_cast<std::uint8_t>(a)) == static_cast<std::uint8_t>(b);
    };
    for (const auto& row : algorithms) {
        if (std::ranges::equal(text, row.text, is_same)) return row.algorithm;
    }
    return std::nullopt;
}

std::size_t mac_octets(TsigAlgorithm algorithm) noexcept { return row_of(algorithm).octets; }

std::string to_key_file(const TsigKey& key) {
    std::string name = to_text(key.name);
    if (name.size() > 1) name.pop_back();
    std::string text = "key \"" + name + "\" {\n\talgorithm ";
    text += to_string(key.algorithm);
    text += ";\n\tsecret \"";
    codec::print_base64(key.secret, text);
    return text + "\";\n};\n";
}

std::string_view to_string(TsigError error) noexcept {
    switch (error) {
        case TsigError::none:
            return "NOERROR";
        case TsigError::bad_sig:
            return "BADSIG";
        case TsigError::bad_key:
            return "BADKEY";
        case TsigError::bad_time:
            return "BADTIME";
        case TsigError::bad_trunc:
            return "BADTRUNC";
    }
    return "";
}

Tsig Tsig::of_client(TsigKeyPtr key) {
    Tsig tsig;
    tsig.name_ = key->name;
    tsig.algorithm_ = name_from(to_string(key->algorithm));
    tsig.signer_ = std::move(key);
    return tsig;
}

Tsig::Found Tsig::read(OctetView message) {
    if (message.size() < header_octets) return Found::absent;
    Reader reader(message, header_octets);
    for (unsigned count = load_u16(message.data() + 4); count > 0; --count) {
        if (!reader.name() || !reader.octets(4)) return Found::absent;
    }
    const unsigned additionals = load_u16(message.data() + 10);
    unsigned left = load_u16(message.data() + 6) + load_u16(message.data() + 8) + additionals;
    for (; left > 0; --left) {
        const std::size_t start = reader.position();
        auto fields = Fields::read(reader);
        if (!fields) return Found::absent;  // malformed, but not by its TSIG
        if (fields->type != Type::tsig) continue;
        const bool is_last = left == 1 && additionals > 0 && reader.remaining() == 0;
        if (!is_last || !fields->read_rdata(message)) return Found::malformed;
        name_ = fields->owner;
        algorithm_ = fields->algorithm;
        time_ = fields->time;
        fudge_ = fields->fudge;
        mac_.assign(fields->mac.begin(), fields->mac.end());
        has_mac_ = true;
        original_id_ = fields->original_id;
        request_error_ = fields->error;
        other_.assign(fields->other.begin(), fields->other.end());
        message_.assign(message.begin(), message.begin() + static_cast<std::ptrdiff_t>(start));
        store_u16(message_.data() + 10, static_cast<std::uint16_t>(additionals - 1));
        return Found::present;
    }
    return Found::absent;
}

std::optional<TsigError> Tsig::verify(std::span<const TsigKeyPtr> keys, std::uint64_t now) {
    const auto found = std::ranges::find_if(keys, [this](const TsigKeyPtr& key) {
        return key->name == name_ && name_from(to_string(key->algorithm)) == algorithm_.view();
    });
    if (found == keys.end()) return error_ = TsigError::bad_key;
    const TsigKey& key = **found;
    const std::size_t whole = row_of(key.algorithm).octets;
    if (mac_.size() > whole || mac_.size() < std::max<std::size_t>(10, whole / 2)) {
        return std::nullopt;
    }
    Octets data = message_;
    store_u16(data.data(), original_id_);  // a forwarder may have given it another
    put_variables(data, name_, algorithm_, time_, fudge_, request_error_, other_);
    const Octets expected = hmac(key, data);
    if (CRYPTO_memcmp(expected.data(), mac_.data(), mac_.size()) != 0) {
        return error_ = TsigError::bad_sig;
    }
    signer_ = *found;
    const std::uint64_t apart = now > time_ ? now - time_ : time_ - now;
    if (apart > fudge_) return error_ = TsigError::bad_time;
    if (mac_.size() < whole) return error_ = TsigError::bad_trunc;
    verified_ = *found;
    return error_ = TsigError::none;
}

std::size_t Tsig::signature_octets() const noexcept {
    const std::size_t mac = signer_ == nullptr ? 0 : row_of(signer_->algorithm).octets;
    const std::size_t other = error_ == TsigError::bad_time ? time_octets : 0;
    return name_.view().size() + algorithm_.view().size() + fixed_octets + mac + other;
}

void Tsig::sign(Octets& message, std::uint64_t now) {
    const bool is_late = error_ == TsigError::bad_time;
    const auto error = static_cast<std::uint16_t>(error_);
    // A reply to a late request repeats its time and fudge, and tells our time beside them.
    const std::uint64_t time = is_late ? time_ : now;
    const std::uint16_t fudge = is_late ? fudge_ : usual_fudge;
    Octets our_time;
    if (is_late) put_u48(our_time, now);
    Octets mac;
    if (signer_ != nullptr) {
        Octets data;
        data.reserve(message.size() + 1024);
        if (has_mac_) put_counted(data, mac_);
        put(data, message);
        if (is_first_) {
            put_variables(data, name_, algorithm_, time, fudge, error, our_time);
        } else {  // the timers alone (RFC 8945 5.3.1)
            put_u48(data, time);
            put_u16(data, fudge);
        }
        mac = hmac(*signer_, data);
    }
    const std::uint16_t id = load_u16(message.data());
    Octets rdata;
    put(rdata, algorithm_.view().octets());
    put_u48(rdata, time);
    put_u16(rdata, fudge);
    put_counted(rdata, mac);
    put_u16(rdata, id);
    put_u16(rdata, error);
    put_counted(rdata, our_time);
    put(message, name_.view().octets());
    put_u16(message, static_cast<std::uint32_t>(Type::tsig));
    put_u16(message, static_cast<std::uint32_t>(Class::any));
    put_u32(message, 0);
    put_counted(message, rdata);
    store_u16(message.data() + 10, static_cast<std::uint16_t>(load_u16(message.data() + 10) + 1));
    mac_ = std::move(mac);
    has_mac_ = true;
    is_first_ = false;
}

}  // namespace portolan::dns
