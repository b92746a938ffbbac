// A name made ready to be looked up: in lower case, with the places of its labels known, so that
// each of its ancestors is a view, ready to be hashed and compared octet by octet.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>

#include "portolan/dns/name.hpp"

namespace portolan::dns {

/// Copies `size` octets, ASCII upper case made lower (RFC 4343 3), sixteen at a time. The two must
/// not overlap.
void fold_into(const std::uint8_t* from, std::size_t size, std::uint8_t* to) noexcept;

/// Keyed hash of octets, the same for the life of the process: the key is drawn at its start, so
/// that nobody outside can aim names at one slot of a table.
std::uint64_t keyed_hash(OctetView octets) noexcept;

/// The key, at random; called once (hash_key.cpp).
std::uint64_t draw_hash_key();

class LowerName {
public:
    LowerName() noexcept { octets_[0] = offsets_[0] = 0; }
    explicit LowerName(NameView name) noexcept { assign(name); }
    void assign(NameView name) noexcept {
        size_ = static_cast<std::uint8_t>(name.size());
        fold_into(name.octets().data(), name.size(), octets_.data());
        labels_ = 0;
        for (unsigned at = 0; octets_[at] != 0; at += octets_[at] + 1U) {
            offsets_[labels_++] = static_cast<std::uint8_t>(at);
        }
        offsets_[labels_] = static_cast<std::uint8_t>(size_ - 1);
    }

    [[nodiscard]] unsigned labels() const noexcept { return labels_; }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] OctetView octets() const noexcept { return {octets_.data(), size_}; }
    [[nodiscard]] NameView view() const noexcept { return NameView(octets()); }
    /// The ancestor that has `labels` labels, at most as many as this name; itself with all.
    [[nodiscard]] OctetView ancestor(unsigned labels) const noexcept {
        const std::size_t start = offsets_[labels_ - labels];
        return {octets_.data() + start, size_ - start};
    }
    /// True for the name whose lower-case octets these are, and all below it.
    [[nodiscard]] bool is_at_or_below(OctetView lower, unsigned labels) const noexcept {
        if (labels > labels_) return false;
        const OctetView own = ancestor(labels);
        return own.size() == lower.size() && std::memcmp(own.data(), lower.data(), own.size()) == 0;
    }

private:
    std::array<std::uint8_t, max_name_octets + 1> octets_;
    std::array<std::uint8_t, 128> offsets_;
    std::uint8_t size_ = 1;
    std::uint8_t labels_ = 0;
};

}  // namespace portolan::dns
