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
// Sets are immutable once built and held by shared_ptr; readers on other threads need no lock.
#pragma once

#include <cstdint>
#include <iterator>
#include <memory>
#include <vector>

#include "portolan/dns/types.hpp"
#include "portolan/dns/wire.hpp"

namespace portolan::dns {

class Rrset {
public:
    static constexpr std::size_t header_octets = 12;  // pointer, type, class, ttl, rdlength

    /// `rdatas` are wire RDATA with uncompressed names. Duplicates are dropped (RFC 2181 5.5)
    /// and the rest put into canonical order (RFC 4034 6.3), so equal content is equal octets.
    Rrset(Type type, Ttl ttl, std::vector<Octets> rdatas);

    [[nodiscard]] Type type() const noexcept { return type_; }
    [[nodiscard]] Ttl ttl() const noexcept { return ttl_; }
    [[nodiscard]] std::uint16_t count() const noexcept { return count_; }
    /// All records in answer form, see above.
    [[nodiscard]] OctetView body() const noexcept { return body_; }

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
    [[nodiscard]] Iterator begin() const noexcept { return Iterator(body_.data()); }
    [[nodiscard]] Iterator end() const noexcept { return Iterator(body_.data() + body_.size()); }

    friend bool operator==(const Rrset& a, const Rrset& b) noexcept { return a.body_ == b.body_; }

private:
    Type type_;
    std::uint16_t count_ = 0;
    Ttl ttl_;
    Octets body_;
};

using RrsetPtr = std::shared_ptr<const Rrset>;

}  // namespace portolan::dns
