// Transaction signatures (RFC 8945): messages that only a holder of the shared key can have made.
//
// The last record of a signed message is a TSIG. Its MAC covers the message without that record,
// the key's name and the time. A reply's MAC covers the request's MAC as well, so that it answers
// that request and no other; in a transfer each message's MAC covers the one before, so that none
// can be left out. A Tsig holds that chain for one exchange:
//
//     server   read and verify the request, then sign the replies in the order in which they go out
//     client   of_client, then sign the request
//
// Keys are shared by count: an exchange may outlive the plan that named its key.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "portolan/dns/name.hpp"
#include "portolan/dns/types.hpp"

namespace portolan::dns {

enum class TsigAlgorithm : std::uint8_t { hmac_sha256, hmac_sha384, hmac_sha512 };

/// "hmac-sha256", as in key files and, as a name, in the record.
std::string_view to_string(TsigAlgorithm algorithm) noexcept;
std::optional<TsigAlgorithm> parse_tsig_algorithm(std::string_view text) noexcept;  // in any case
/// Octets of a whole MAC, and the best size of a secret (RFC 2104 3).
std::size_t mac_octets(TsigAlgorithm algorithm) noexcept;

struct TsigKey {
    PackedName name;
    TsigAlgorithm algorithm = TsigAlgorithm::hmac_sha256;
    Octets secret;
    friend bool operator==(const TsigKey&, const TsigKey&) = default;
};
using TsigKeyPtr = std::shared_ptr<const TsigKey>;

/// A key as BIND's configuration and `tsig-keygen` write it:
///     key "name" { algorithm hmac-sha256; secret "base64"; };
std::string to_key_file(const TsigKey& key);

/// The record's error field (RFC 8945 3), which are extended RCODEs as well.
enum class TsigError : std::uint16_t {
    none = 0,
    bad_sig = 16,
    bad_key = 17,
    bad_time = 18,
    bad_trunc = 22,
};
std::string_view to_string(TsigError error) noexcept;  // "BADSIG"

class Tsig {
public:
    /// Seconds that the clocks of two servers may differ (RFC 8945 10).
    static constexpr std::uint16_t usual_fudge = 300;

    Tsig() = default;
    /// For the requests of a client.
    static Tsig of_client(TsigKeyPtr key);

    enum class Found : std::uint8_t {
        absent,     // no TSIG record
        malformed,  // several, not the last record, or no TSIG at all: FORMERR (RFC 8945 5.1)
        present,
    };
    /// Looks for the record behind a message's others. `message` need not outlive the Tsig.
    Found read(OctetView message);

    /// Checks what was read against the keys, in the order of RFC 8945 5.2: key, MAC, time, and
    /// the length of the MAC, which must be whole. nullopt for a MAC of a length that none of the
    /// algorithm has, which is FORMERR (5.2.2.1). `now` is in seconds since 1970.
    std::optional<TsigError> verify(std::span<const TsigKeyPtr> keys, std::uint64_t now);

    /// The key's name as the message has it, whether there is such a key or not.
    [[nodiscard]] NameView key_name() const noexcept { return name_; }
    /// The key of a request that verified; nullptr when it did not, or was not signed.
    [[nodiscard]] const TsigKeyPtr& verified_key() const noexcept { return verified_; }
    /// When it was signed, by the signer's clock, in seconds since 1970.
    [[nodiscard]] std::uint64_t time_signed() const noexcept { return time_; }
    /// The message that was read, without the record.
    [[nodiscard]] OctetView unsigned_message() const noexcept { return message_; }

    /// Octets that the next sign() will append.
    [[nodiscard]] std::size_t signature_octets() const noexcept;
    /// Appends the record to a reply, the next message of a transfer, or a client's request, and
    /// counts it in ARCOUNT. After BADKEY and BADSIG it has no MAC; after BADTIME and BADTRUNC
    /// it has (RFC 8945 5.3.2), and after BADTIME the server's time as well (5.2.3).
    void sign(Octets& message, std::uint64_t now);

private:
    struct Fields;

    Octets message_;
    PackedName name_;
    PackedName algorithm_;
    std::uint64_t time_ = 0;  // of the request
    std::uint16_t fudge_ = usual_fudge;
    std::uint16_t original_id_ = 0;
    std::uint16_t request_error_ = 0;
    Octets other_;  // of the request
    Octets mac_;    // of the request, then of the message signed last
    bool has_mac_ = false;
    bool is_first_ = true;
    TsigError error_ = TsigError::none;
    TsigKeyPtr signer_;
    TsigKeyPtr verified_;
};

}  // namespace portolan::dns
