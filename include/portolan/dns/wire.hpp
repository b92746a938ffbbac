// Octets in and out: a Reader that cannot run past its end and a Writer that says no.
//
// All integers are big endian on the wire and host order in C++. Neither class throws or
// allocates; both are cheap to copy, so a caller may try something and fall back.
#pragma once

#include <boost/system/result.hpp>
#include <cstdint>
#include <cstring>

#include "portolan/dns/name.hpp"
#include "portolan/dns/types.hpp"

namespace portolan::dns {

enum class WireError : std::uint8_t {
    truncated,      // the octets end inside an item
    bad_label,      // a label type other than plain or pointer (RFC 6891 5 retired the rest)
    bad_pointer,    // a compression pointer that does not point backwards
    name_too_long,  // over 255 octets once expanded
    bad_rdata,      // RDATA that does not fit its type
};

template <class T>
using Result = boost::system::result<T, WireError>;

inline std::uint16_t load_u16(const std::uint8_t* at) noexcept {
    return static_cast<std::uint16_t>((at[0] << 8) | at[1]);
}
inline std::uint32_t load_u32(const std::uint8_t* at) noexcept {
    return (static_cast<std::uint32_t>(load_u16(at)) << 16) | load_u16(at + 2);
}
inline void store_u16(std::uint8_t* at, std::uint16_t value) noexcept {
    at[0] = static_cast<std::uint8_t>(value >> 8);
    at[1] = static_cast<std::uint8_t>(value);
}
inline void store_u32(std::uint8_t* at, std::uint32_t value) noexcept {
    store_u16(at, static_cast<std::uint16_t>(value >> 16));
    store_u16(at + 2, static_cast<std::uint16_t>(value));
}

/// Reads a whole message from the front. `position()` counts from the message's first octet,
/// so names may follow compression pointers to anything before them.
class Reader {
public:
    explicit Reader(OctetView message, std::size_t position = 0) noexcept
        : message_(message), position_(position) {}

    [[nodiscard]] std::size_t position() const noexcept { return position_; }
    [[nodiscard]] std::size_t remaining() const noexcept { return message_.size() - position_; }
    [[nodiscard]] OctetView message() const noexcept { return message_; }

    Result<std::uint8_t> u8() noexcept {
        if (remaining() < 1) return WireError::truncated;
        return message_[position_++];
    }
    Result<std::uint16_t> u16() noexcept {
        if (remaining() < 2) return WireError::truncated;
        position_ += 2;
        return load_u16(message_.data() + position_ - 2);
    }
    Result<std::uint32_t> u32() noexcept {
        if (remaining() < 4) return WireError::truncated;
        position_ += 4;
        return load_u32(message_.data() + position_ - 4);
    }
    Result<OctetView> octets(std::size_t count) noexcept {
        if (remaining() < count) return WireError::truncated;
        position_ += count;
        return message_.subspan(position_ - count, count);
    }
    /// A name, compressed or not. Every pointer must point before the name's own start, and
    /// before the previous pointer's target, so loops cannot be (RFC 1035 4.1.4).
    Result<Name> name() noexcept;
    /// A name that carries no pointer, borrowed from the message.
    Result<NameView> plain_name() noexcept;

private:
    OctetView message_;
    std::size_t position_;
};

/// Writes into room that the caller owns. A put that does not fit writes nothing and returns
/// false; the caller then truncates or drops what was optional (RFC 2181 9).
class Writer {
public:
    explicit Writer(std::span<std::uint8_t> room, std::size_t position = 0) noexcept
        : room_(room), position_(position) {}

    [[nodiscard]] std::size_t position() const noexcept { return position_; }
    [[nodiscard]] std::size_t left() const noexcept { return room_.size() - position_; }
    void rewind(std::size_t position) noexcept { position_ = position; }
    /// The octets at `at`, already written; for patching counts.
    [[nodiscard]] std::uint8_t* at(std::size_t at) noexcept { return room_.data() + at; }

    bool u8(std::uint8_t value) noexcept {
        if (left() < 1) return false;
        room_[position_++] = value;
        return true;
    }
    bool u16(std::uint16_t value) noexcept {
        if (left() < 2) return false;
        room_[position_++] = static_cast<std::uint8_t>(value >> 8);
        room_[position_++] = static_cast<std::uint8_t>(value);
        return true;
    }
    bool u32(std::uint32_t value) noexcept {
        if (left() < 4) return false;
        return u16(static_cast<std::uint16_t>(value >> 16)) &&
               u16(static_cast<std::uint16_t>(value));
    }
    bool octets(OctetView octets) noexcept {
        if (left() < octets.size()) return false;
        if (!octets.empty()) std::memcpy(room_.data() + position_, octets.data(), octets.size());
        position_ += octets.size();
        return true;
    }

private:
    std::span<std::uint8_t> room_;
    std::size_t position_;
};

}  // namespace portolan::dns
