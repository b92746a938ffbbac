#include "portolan/dns/wire.hpp"

#include <algorithm>

namespace portolan::dns {
namespace {

/// Pointers that one name may follow: as many as it can have labels. Without the bound a message
/// of 64 KiB could send each of 4,000 owners down the same 8,000 pointers.
constexpr unsigned most_hops = 127;

}  // namespace

Result<NameView> Reader::plain_name() noexcept {
    const std::uint8_t* octets = message_.data() + position_;
    const std::size_t limit = std::min(remaining(), max_name_octets);
    for (std::size_t at = 0; at < limit;) {
        const std::uint8_t length = octets[at];
        if (length > max_label_octets) return WireError::bad_label;
        at += length + 1U;
        if (length > 0) continue;
        position_ += at;
        return NameView({octets, at});
    }
    return limit < max_name_octets ? WireError::truncated : WireError::name_too_long;
}

Result<Name> Reader::name() noexcept {
    std::array<std::uint8_t, max_name_octets> expanded;
    std::size_t size = 0;
    std::size_t at = position_;
    std::size_t barrier = position_;  // pointers must go before this
    std::size_t end = 0;              // where reading goes on: behind the first pointer
    unsigned hops = 0;
    for (;;) {
        if (at >= message_.size()) return WireError::truncated;
        const std::uint8_t length = message_[at];
        if ((length & 0xc0U) == 0xc0U) {
            if (at + 1 >= message_.size()) return WireError::truncated;
            const std::size_t target = load_u16(message_.data() + at) & 0x3fffU;
            if (end == 0) end = at + 2;
            if (target >= barrier || ++hops > most_hops) return WireError::bad_pointer;
            barrier = at = target;
            continue;
        }
        if (length > max_label_octets) return WireError::bad_label;
        if (at + length >= message_.size()) return WireError::truncated;
        if (size + length + 1U > max_name_octets) return WireError::name_too_long;
        std::copy_n(message_.data() + at, length + 1U, expanded.data() + size);
        size += length + 1U;
        at += length + 1U;
        if (length == 0) break;
    }
    position_ = end != 0 ? end : at;
    return Name(NameView({expanded.data(), size}));
}

}  // namespace portolan::dns
