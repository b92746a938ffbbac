#include "portolan/dns/name.hpp"

#include <algorithm>

namespace portolan::dns {
namespace {

/// Offsets of the labels of a name, leftmost first. At most 127 labels fit in 255 octets.
struct LabelOffsets {
    std::array<std::uint8_t, 128> at;
    unsigned count = 0;

    explicit LabelOffsets(OctetView octets) noexcept {
        for (std::size_t i = 0; octets[i] != 0; i += octets[i] + 1U) {
            at[count++] = static_cast<std::uint8_t>(i);
        }
    }
};

bool equal_folded(const std::uint8_t* a, const std::uint8_t* b, std::size_t size) noexcept {
    // Length octets are at most 63, below 'A', so folding a whole name at once is sound.
    for (std::size_t i = 0; i < size; ++i) {
        if (fold(a[i]) != fold(b[i])) return false;
    }
    return true;
}

std::strong_ordering compare_labels(OctetView a, OctetView b) noexcept {
    const std::size_t common = std::min(a.size(), b.size());
    for (std::size_t i = 0; i < common; ++i) {
        if (const auto order = fold(a[i]) <=> fold(b[i]); order != 0) return order;
    }
    return a.size() <=> b.size();
}

}  // namespace

unsigned NameView::label_count() const noexcept {
    unsigned count = 0;
    for (std::size_t i = 0; octets_[i] != 0; i += octets_[i] + 1U) ++count;
    return count;
}

NameView NameView::ancestor(unsigned count) const noexcept {
    std::size_t at = 0;
    while (count-- > 0) at += octets_[at] + 1U;
    return NameView({octets_ + at, size_ - at});
}

bool NameView::is_at_or_below(NameView zone) const noexcept {
    if (zone.size_ > size_) return false;
    const std::size_t start = static_cast<std::size_t>(size_ - zone.size_);
    if (!equal_folded(octets_ + start, zone.octets_, zone.size_)) return false;
    // The same octets must also begin at a label boundary.
    std::size_t at = 0;
    while (at < start) at += octets_[at] + 1U;
    return at == start;
}

bool operator==(NameView a, NameView b) noexcept {
    return a.size_ == b.size_ && equal_folded(a.octets_, b.octets_, a.size_);
}

std::strong_ordering operator<=>(NameView a, NameView b) noexcept {
    const LabelOffsets left(a.octets());
    const LabelOffsets right(b.octets());
    const unsigned common = std::min(left.count, right.count);
    for (unsigned i = 1; i <= common; ++i) {
        const std::uint8_t* x = a.octets_ + left.at[left.count - i];
        const std::uint8_t* y = b.octets_ + right.at[right.count - i];
        if (const auto order = compare_labels({x + 1, *x}, {y + 1, *y}); order != 0) return order;
    }
    return left.count <=> right.count;
}

bool Name::prepend(OctetView label) noexcept {
    if (label.empty() || label.size() > max_label_octets) return false;
    if (size_ + label.size() + 1 > max_name_octets) return false;
    std::memmove(octets_.data() + label.size() + 1, octets_.data(), size_);
    octets_[0] = static_cast<std::uint8_t>(label.size());
    std::memcpy(octets_.data() + 1, label.data(), label.size());
    size_ = static_cast<std::uint8_t>(size_ + label.size() + 1);
    return true;
}

bool Name::prepend_all(NameView prefix) noexcept {
    const std::size_t added = prefix.size() - 1;
    if (size_ + added > max_name_octets) return false;
    std::memmove(octets_.data() + added, octets_.data(), size_);
    std::memcpy(octets_.data(), prefix.octets().data(), added);
    size_ = static_cast<std::uint8_t>(size_ + added);
    return true;
}

void Name::lower() noexcept {
    for (std::size_t i = 0; i < size_; ++i) octets_[i] = fold(octets_[i]);
}

}  // namespace portolan::dns
