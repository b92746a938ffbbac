#include "portolan/dns/lower_name.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace portolan::dns {
namespace {

const std::uint64_t key = draw_hash_key();

constexpr std::size_t width = 16;
using Octets16 = std::uint8_t __attribute__((vector_size(width)));

void fold_sixteen(const std::uint8_t* from, std::uint8_t* to) noexcept {
    Octets16 octets;
    std::memcpy(&octets, from, width);
    octets |= static_cast<Octets16>(octets - 'A' <= 'Z' - 'A') & ('a' - 'A');
    std::memcpy(to, &octets, width);
}

}  // namespace

void fold_into(const std::uint8_t* from, std::size_t size, std::uint8_t* to) noexcept {
    if (size < width) {
        while (size-- > 0) *to++ = fold(*from++);
        return;
    }
    for (std::size_t at = 0; at + width < size; at += width) fold_sixteen(from + at, to + at);
    fold_sixteen(from + size - width, to + size - width);  // again, some of them
}

std::uint64_t keyed_hash(OctetView octets) noexcept {
    return XXH3_64bits_withSeed(octets.data(), octets.size(), key);
}

}  // namespace portolan::dns
