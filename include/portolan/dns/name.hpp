// Domain names as values.
//
// A name is its wire form: length-prefixed labels ending in the root's zero octet, at most 255
// octets (RFC 1035 3.1). Two classes share one set of questions:
//
//   - NameView borrows such octets: the QNAME in a packet, the target in an RDATA, an owner in a
//     zone.
//   - Name holds them inline, without the heap. It is a transient (a name being built, looked up,
//     or walked), never stored by the million: zones keep owners and RDATA packed.
//
// Both are always absolute and well-formed: whoever makes a NameView has validated the octets
// (`parse_name` in wire.hpp for packets, `parse_name` in presentation.hpp for text), so no
// reader of a name checks lengths again. Equality and order ignore ASCII case (RFC 4343);
// the octets keep the case they came with.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "portolan/dns/types.hpp"

namespace portolan::dns {

inline constexpr std::size_t max_name_octets = 255;  // RFC 1035 2.3.4, with the root's zero
inline constexpr std::size_t max_label_octets = 63;

/// ASCII lower case of one octet; other octets are left alone (RFC 4343 3).
constexpr std::uint8_t fold(std::uint8_t octet) noexcept {
    return octet >= 'A' && octet <= 'Z' ? static_cast<std::uint8_t>(octet + 32) : octet;
}

/// A borrowed, valid, uncompressed, absolute name. Lives as long as the octets it points at.
class NameView {
public:
    NameView() noexcept : octets_(&root_octet), size_(1) {}
    /// `octets` must be a whole valid name; nothing is checked here.
    explicit NameView(OctetView octets) noexcept
        : octets_(octets.data()), size_(static_cast<std::uint8_t>(octets.size())) {}

    [[nodiscard]] OctetView octets() const noexcept { return {octets_, size_}; }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] bool is_root() const noexcept { return size_ == 1; }

    /// Number of labels, the root's not counted: "a.b." has 2.
    [[nodiscard]] unsigned label_count() const noexcept;
    /// The leftmost label without its length octet; empty for the root.
    [[nodiscard]] OctetView first_label() const noexcept { return {octets_ + 1, octets_[0]}; }
    /// The name without its leftmost label. Must not be the root.
    [[nodiscard]] NameView parent() const noexcept {
        return NameView(
            {octets_ + octets_[0] + 1, static_cast<std::size_t>(size_ - octets_[0] - 1)});
    }
    /// The name without its `count` leftmost labels, which must exist.
    [[nodiscard]] NameView ancestor(unsigned count) const noexcept;
    [[nodiscard]] bool is_wildcard() const noexcept { return octets_[0] == 1 && octets_[1] == '*'; }
    /// True for `zone` itself and every name below it.
    [[nodiscard]] bool is_at_or_below(NameView zone) const noexcept;

    /// Equal to the last bit, case included.
    [[nodiscard]] bool has_same_octets(NameView other) const noexcept {
        return size_ == other.size_ && std::memcmp(octets_, other.octets_, size_) == 0;
    }

    friend bool operator==(NameView a, NameView b) noexcept;
    /// Canonical order: by labels from the right, as lower-case octets (RFC 4034 6.1).
    friend std::strong_ordering operator<=>(NameView a, NameView b) noexcept;

private:
    static constexpr std::uint8_t root_octet = 0;
    const std::uint8_t* octets_;
    std::uint8_t size_;
};

/// An owned name, inline. Build from text with `parse_name`/`name_from` (presentation.hpp).
class Name {
public:
    Name() noexcept { octets_[0] = 0; }  // the root
    explicit Name(NameView view) noexcept : size_(static_cast<std::uint8_t>(view.size())) {
        std::memcpy(octets_.data(), view.octets().data(), view.size());
    }
    Name(const Name& other) noexcept : Name(other.view()) {}
    Name& operator=(const Name& other) noexcept {
        size_ = other.size_;
        std::memmove(octets_.data(), other.octets_.data(), size_);
        return *this;
    }

    [[nodiscard]] NameView view() const noexcept { return NameView({octets_.data(), size_}); }
    operator NameView() const noexcept { return view(); }  // NOLINT: a Name is a NameView
    [[nodiscard]] OctetView octets() const noexcept { return {octets_.data(), size_}; }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }

    /// Puts one label in front. False, and unchanged, when the label is empty or over 63 octets
    /// or the name would pass 255.
    [[nodiscard]] bool prepend(OctetView label) noexcept;
    [[nodiscard]] bool prepend(std::string_view label) noexcept {
        return prepend(
            OctetView{reinterpret_cast<const std::uint8_t*>(label.data()), label.size()});
    }
    /// Puts all labels of `prefix` (its root left out) in front. False when it does not fit.
    [[nodiscard]] bool prepend_all(NameView prefix) noexcept;
    /// ASCII upper case becomes lower case.
    void lower() noexcept;

    friend bool operator==(const Name& a, const Name& b) noexcept { return a.view() == b.view(); }
    friend std::strong_ordering operator<=>(const Name& a, const Name& b) noexcept {
        return a.view() <=> b.view();
    }

private:
    std::array<std::uint8_t, max_name_octets> octets_;
    std::uint8_t size_ = 1;
};

/// A stored name: the wire octets in one exactly sized string (small ones inline).
class PackedName {
public:
    PackedName() : octets_(1, '\0') {}
    PackedName(NameView view)  // NOLINT: storing a view is the purpose
        : octets_(reinterpret_cast<const char*>(view.octets().data()), view.size()) {}
    PackedName(const Name& name) : PackedName(name.view()) {}  // NOLINT
    [[nodiscard]] NameView view() const noexcept {
        return NameView({reinterpret_cast<const std::uint8_t*>(octets_.data()), octets_.size()});
    }
    operator NameView() const noexcept { return view(); }  // NOLINT

    /// As names: ASCII case does not count.
    friend bool operator==(const PackedName& a, const PackedName& b) noexcept {
        return a.view() == b.view();
    }
    friend std::strong_ordering operator<=>(const PackedName& a, const PackedName& b) noexcept {
        return a.view() <=> b.view();
    }

private:
    std::string octets_;
};

/// Canonical order for containers keyed by PackedName and asked with a NameView.
struct CanonicalOrder {
    using is_transparent = void;
    bool operator()(NameView a, NameView b) const noexcept { return (a <=> b) < 0; }
};

}  // namespace portolan::dns
