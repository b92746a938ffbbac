#include "portolan/dns/lower_name.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace portolan::dns {
namespace {

const std::uint64_t key = draw_hash_key();

/// Lower case for eight octets at once: those between 'A' and 'Z' have bit 5 set.
std::uint64_t fold_eight(std::uint64_t octets) noexcept {
    constexpr std::uint64_t each = 0x0101010101010101U;
    const std::uint64_t low = octets & (0x7f * each);
    const std::uint64_t above_z = low + (0x7f - 'Z') * each;
    const std::uint64_t from_a = low + (0x80 - 'A') * each;
    const std::uint64_t is_upper = (from_a ^ above_z) & ~octets & (0x80 * each);
    return octets | (is_upper >> 2);
}

}  // namespace

void fold_into(const std::uint8_t* from, std::size_t size, std::uint8_t* to) noexcept {
    std::uint64_t eight = 0;
    for (; size >= sizeof eight; size -= sizeof eight) {
        std::memcpy(&eight, from, sizeof eight);
        eight = fold_eight(eight);
        std::memcpy(to, &eight, sizeof eight);
        from += sizeof eight;
        to += sizeof eight;
    }
    for (; size > 0; --size) *to++ = fold(*from++);
}

std::uint64_t keyed_hash(OctetView octets) noexcept {
    return XXH3_64bits_withSeed(octets.data(), octets.size(), key);
}

}  // namespace portolan::dns
