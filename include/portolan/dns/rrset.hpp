// One RRset, packed in the form in which it will stand in an answer.
//
// The unit of DNS data is the RRset, not the record (RFC 2181 5): one owner, type, class, TTL,
// and a set of RDATA. Here the owner is left to whoever holds the set, and the records are kept
// as the octets of an Answer section whose owner is the query's name:
//
//     C0 0C | type | class | ttl | rdlength | rdata      one after another
//
// 0xC00C is the compression pointer to offset 12, where QNAME stands in every reply. So the
// packet path copies a set with one memcpy, a transfer or a master file walks the same octets,
// and two owners with the same content (an application's two service names, say) share one set.
// Names inside RDATA are never compressed: SRV targets must not be (RFC 2782), and for the rest
// nothing is gained that is worth the second form.
//
// Signatures are an exception: the RRSIG records of one owner are a set here, whose records keep
// TTLs of their own. Each covers another RRset and has that one's TTL (RFC 4034 3), which its
// Original TTL field states. In canonical order those that cover one type lie together.
//
// A set is one block of memory: a header of 16 octets, the records and, for types that point at
// hosts, the keyed hash of each target, so that their addresses are found without hashing. It is
// immutable once made and counted by its holders; the packet path, which reads sets that somebody
// else holds, never touches the count.
#pragma once

#include <atomic>
#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <cstdint>
#include <iterator>
#include <optional>
#include <span>
#include <vector>

#include "portolan/dns/types.hpp"
#include "portolan/dns/wire.hpp"

namespace portolan::dns {

/// Where RDATA of the type keeps the name of the host that it points at, whose addresses belong
/// into Additional (RFC 1035 3.3, RFC 2782); nullopt for other types.
constexpr std::optional<std::size_t> target_offset(Type type) noexcept {
    switch (type) {
        case Type::ns:
            return 0;
        case Type::mx:
        case Type::kx:
        case Type::afsdb:
        case Type::rt:
        case Type::svcb:  // RFC 9460 4.1
        case Type::https:
            return 2;
        case Type::srv:
            return 6;
        default:
            return std::nullopt;
    }
}

class Rrset {
public:
    static constexpr std::size_t header_octets = 12;  // pointer, type, class, ttl, rdlength

    [[nodiscard]] Type type() const noexcept { return type_; }
    /// Of all records; of RRSIG records the lowest, since each has its own: see `ttl_of`.
    [[nodiscard]] Ttl ttl() const noexcept { return ttl_; }
    /// The TTL of one record, whose RDATA is a view that iteration gave.
    [[nodiscard]] static Ttl ttl_of(OctetView rdata) noexcept {
        return {load_u32(rdata.data() - 6)};
    }
    [[nodiscard]] std::uint16_t count() const noexcept { return count_; }
    /// All records in answer form, see above.
    [[nodiscard]] OctetView body() const noexcept {
        return {reinterpret_cast<const std::uint8_t*>(this + 1), size_};
    }

    /// keyed_hash of each record's target in lower case, in the records' order; empty for types
    /// without one (target_offset).
    [[nodiscard]] std::span<const std::uint64_t> target_hashes() const noexcept {
        const auto* end = reinterpret_cast<const std::uint8_t*>(this + 1) + padded(size_);
        return {reinterpret_cast<const std::uint64_t*>(end), target_offset(type_) ? count_ : 0U};
    }

    /// The RDATA one by one, as views into the body.
    class Iterator {
    public:
        using value_type = OctetView;
        using difference_type = std::ptrdiff_t;
        Iterator() = default;
        explicit Iterator(const std::uint8_t* record) noexcept : record_(record) {}
        OctetView operator*() const noexcept {
            return {record_ + header_octets, load_u16(record_ + 10)};
        }
        Iterator& operator++() noexcept {
            record_ += header_octets + load_u16(record_ + 10);
            return *this;
        }
        Iterator operator++(int) noexcept {
            auto old = *this;
            ++*this;
            return old;
        }
        friend bool operator==(Iterator, Iterator) = default;

    private:
        const std::uint8_t* record_ = nullptr;
    };
    [[nodiscard]] Iterator begin() const noexcept { return Iterator(body().data()); }
    [[nodiscard]] Iterator end() const noexcept { return Iterator(body().data() + size_); }

    friend bool operator==(const Rrset& a, const Rrset& b) noexcept;

    friend void intrusive_ptr_add_ref(const Rrset* set) noexcept {
        set->holders_.fetch_add(1, std::memory_order_relaxed);
    }
    friend void intrusive_ptr_release(const Rrset* set) noexcept {
        if (set->holders_.fetch_sub(1, std::memory_order_acq_rel) == 1) destroy(set);
    }

private:
    friend boost::intrusive_ptr<const Rrset> make_rrset(Type, Ttl, std::span<OctetView>);
    Rrset(Type type, Ttl ttl, std::uint16_t count, std::uint32_t size) noexcept
        : type_(type), count_(count), ttl_(ttl), size_(size) {}
    static constexpr std::size_t padded(std::size_t size) noexcept { return (size + 7) & ~7U; }
    static void destroy(const Rrset* set) noexcept;

    mutable std::atomic<std::uint32_t> holders_{0};
    Type type_;
    std::uint16_t count_;
    Ttl ttl_;
    std::uint32_t size_;  // octets of the body, which follows in the same block
};

using RrsetPtr = boost::intrusive_ptr<const Rrset>;

/// `rdatas` are wire RDATA with uncompressed names. Duplicates are dropped (RFC 2181 5.5)
/// and the rest put into canonical order (RFC 4034 6.3), so equal content is equal octets.
/// For RRSIG `ttl` is not looked at: each record gets its Original TTL (RFC 4034 3).
RrsetPtr make_rrset(Type type, Ttl ttl, const std::vector<Octets>& rdatas);
/// The same of views, which are put into order where they stand; nothing else is allocated.
RrsetPtr make_rrset(Type type, Ttl ttl, std::span<OctetView> rdatas);

}  // namespace portolan::dns
