// Writing one reply: sections in order, RRsets whole or not at all.
#pragma once

#include <string_view>

#include "opt.hpp"
#include "portolan/answer/respond.hpp"
#include "portolan/dns/query.hpp"
#include "portolan/dns/rrset.hpp"
#include "portolan/dns/wire.hpp"
#include "signatures.hpp"

namespace portolan::answer {

/// A reply under construction in an exchange's room. The header and the question, echoed bit for
/// bit (0x20 mixed case included), stand from the start; room for OPT is set aside, so that EDNS
/// survives truncation.
class Reply {
public:
    /// A compression pointer can name the first 16,383 octets only (RFC 1035 4.1.4).
    static constexpr std::size_t pointer_limit = 0x4000;

    Reply(Exchange& exchange, const dns::Query& query, const Moment& moment) noexcept;

    /// Adds the set to Answer. `owner` is the offset in the reply where its owner's name stands.
    /// False when it does not fit; then nothing was written.
    bool answer(const dns::Rrset& rrset, std::size_t owner) noexcept {
        return add(rrset.body(), rrset.count(), owner, answers_);
    }
    /// The same of `count` records in the form of a set's body.
    bool answer(dns::OctetView records, std::uint16_t count, std::size_t owner) noexcept {
        return add(records, count, owner, answers_);
    }
    bool authority(dns::OctetView records, std::uint16_t count, std::size_t owner) noexcept {
        return add(records, count, owner, authorities_);
    }
    bool authority(const dns::Rrset& rrset, std::size_t owner) noexcept {
        return authority(rrset.body(), rrset.count(), owner);
    }
    /// Adds a set and its signatures to Authority under a name that does not stand in the reply:
    /// `labels`, octets of a name's beginning, before the name at `rest`.
    bool authority_named(dns::OctetView labels, std::size_t rest, const dns::Rrset& rrset,
                         const Signatures& signatures) noexcept;
    bool additional(const dns::Rrset& rrset, std::size_t owner) noexcept {
        return additional(rrset.body(), rrset.count(), owner);
    }
    bool additional(dns::OctetView records, std::uint16_t count, std::size_t owner) noexcept {
        return add(records, count, owner, additionals_);
    }
    /// Adds the CNAME that a DNAME synthesises (RFC 6672 3.1).
    bool answer_cname(dns::Ttl ttl, std::size_t owner, dns::NameView target) noexcept;
    /// Adds a TXT of at most 255 octets in class CH at the query's name.
    bool answer_text(std::string_view text) noexcept;

    /// A set and its signatures, both or neither.
    bool additional(const dns::Rrset& rrset, const Signatures& signatures,
                    std::size_t owner) noexcept {
        return writer_.left() >= rrset.body().size() + signatures.octets.size() &&
               additional(rrset, owner) && additional(signatures.octets, signatures.count, owner);
    }

    /// The offset at which the next record will begin.
    [[nodiscard]] std::size_t position() const noexcept { return writer_.position(); }
    /// A name that stands in the reply at `offset`, uncompressed.
    [[nodiscard]] dns::NameView name_at(std::size_t offset) const noexcept;

    void truncate() noexcept { flags_ |= dns::flag::truncated; }
    void set_authoritative(bool yes) noexcept {
        flags_ = static_cast<std::uint16_t>(yes ? flags_ | dns::flag::authoritative
                                                : flags_ & ~dns::flag::authoritative);
    }
    /// Says that the query's own name is in the zone.
    void set_name_exists(bool yes) noexcept { exchange_.name_exists = yes; }
    /// Says why, to clients with EDNS (RFC 8914). `text` must last until finish().
    void explain(ExtendedError error, std::string_view text = {}) noexcept {
        opt_.explain(error, text);
    }

    /// Writes OPT and header, and the outcome into the exchange.
    void finish(dns::Rcode rcode, ReplyClass reply_class) noexcept;

private:
    bool add(dns::OctetView records, std::uint16_t count, std::size_t owner,
             std::uint16_t& counter) noexcept {
        const std::size_t start = writer_.position();
        if (owner >= pointer_limit || !writer_.octets(records)) return false;
        if (owner != dns::header_octets) point_owners(writer_.at(start), count, owner);
        counter = static_cast<std::uint16_t>(counter + count);
        return true;
    }

    /// Points the owner of each of `count` records, just written, at `owner`.
    static void point_owners(std::uint8_t* record, std::uint16_t count,
                             std::size_t owner) noexcept {
        for (; count > 0; --count) {
            dns::store_u16(record, static_cast<std::uint16_t>(0xc000U | owner));
            record += dns::Rrset::header_octets + dns::load_u16(record + 10);
        }
    }

    Exchange& exchange_;
    const dns::Query& query_;
    Outcome outcome_;
    Opt opt_;
    std::size_t limit_;   // of the whole reply
    dns::Writer writer_;  // of all but OPT
    std::uint16_t flags_;
    std::uint16_t answers_ = 0;
    std::uint16_t authorities_ = 0;
    std::uint16_t additionals_ = 0;
};

}  // namespace portolan::answer
