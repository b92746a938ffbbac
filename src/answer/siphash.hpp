// SipHash-2-4, the keyed hash in which servers of different make agree on DNS cookies (RFC
// 9018 4.4).
//
// Written out, because it runs for a query on the packet path, where the crypto library's form of
// it (a context from the heap for every message) has no place.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

#include "portolan/dns/types.hpp"

namespace portolan::answer {

using SipKey = std::array<std::uint8_t, 16>;

/// The hash as its eight octets in the order that the RFC compares them in: little endian.
inline std::array<std::uint8_t, 8> siphash(const SipKey& key, dns::OctetView octets) noexcept {
    static_assert(std::endian::native == std::endian::little);
    const auto load = [](const std::uint8_t* at) {
        std::uint64_t word = 0;
        std::memcpy(&word, at, sizeof word);
        return word;
    };
    const std::uint64_t k0 = load(key.data());
    const std::uint64_t k1 = load(key.data() + 8);
    std::uint64_t v0 = k0 ^ 0x736f6d6570736575U;
    std::uint64_t v1 = k1 ^ 0x646f72616e646f6dU;
    std::uint64_t v2 = k0 ^ 0x6c7967656e657261U;
    std::uint64_t v3 = k1 ^ 0x7465646279746573U;
    const auto rounds = [&](int count) {
        for (; count > 0; --count) {
            v0 += v1, v1 = std::rotl(v1, 13) ^ v0, v0 = std::rotl(v0, 32);
            v2 += v3, v3 = std::rotl(v3, 16) ^ v2;
            v0 += v3, v3 = std::rotl(v3, 21) ^ v0;
            v2 += v1, v1 = std::rotl(v1, 17) ^ v2, v2 = std::rotl(v2, 32);
        }
    };
    const auto take = [&](std::uint64_t word) {
        v3 ^= word;
        rounds(2);
        v0 ^= word;
    };
    std::size_t at = 0;
    for (; at + 8 <= octets.size(); at += 8) take(load(octets.data() + at));
    std::array<std::uint8_t, 8> last{};
    if (at < octets.size()) std::memcpy(last.data(), octets.data() + at, octets.size() - at);
    last[7] = static_cast<std::uint8_t>(octets.size());
    take(load(last.data()));
    v2 ^= 0xff;
    rounds(4);
    return std::bit_cast<std::array<std::uint8_t, 8>>(v0 ^ v1 ^ v2 ^ v3);
}

}  // namespace portolan::answer
