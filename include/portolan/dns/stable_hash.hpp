// A hash that is the same in every process and on every machine, for what is written down or must
// be agreed upon. It recognises content and spreads it; it does not guard against forgery.
#pragma once

#include <cstdint>
#include <string_view>

#include "portolan/dns/name.hpp"

namespace portolan::dns {

/// FNV-1a, 64 bits.
class StableHash {
public:
    void add(OctetView octets) noexcept {
        for (const auto octet : octets) add(octet);
    }
    void add_folded(OctetView octets) noexcept {
        for (const auto octet : octets) add(fold(octet));
    }
    void add(std::string_view text) noexcept {
        for (const char octet : text) add(static_cast<std::uint8_t>(octet));
    }
    void add(std::uint8_t octet) noexcept { value_ = (value_ ^ octet) * 0x100000001b3U; }

    [[nodiscard]] std::uint64_t value() const noexcept { return value_; }
    /// The last octets of what FNV-1a hashes move few of its bits. Here each bit of the hash moves
    /// half of the others (the finaliser of SplitMix64).
    [[nodiscard]] std::uint64_t mixed() const noexcept {
        std::uint64_t value = value_;
        value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9U;
        value = (value ^ (value >> 27)) * 0x94d049bb133111ebU;
        return value ^ (value >> 31);
    }

private:
    std::uint64_t value_ = 0xcbf29ce484222325U;
};

}  // namespace portolan::dns
