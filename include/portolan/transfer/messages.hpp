// What a transfer sends: records in their order, packed into messages.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <vector>

#include "portolan/dns/query.hpp"
#include "portolan/dns/tsig.hpp"
#include "portolan/transfer/content.hpp"

namespace portolan::transfer {

/// One record: its owner, and its octets in answer form (dns/rrset.hpp).
struct RecordView {
    dns::NameView owner;
    dns::OctetView record;
};

/// The records of a transfer, one after the other.
class Sequence {
public:
    virtual ~Sequence() = default;
    /// nullopt behind the last one. What is returned lives as long as the sequence.
    virtual std::optional<RecordView> next() = 0;
};

/// SOA, everything else, SOA (RFC 5936 2.2).
std::unique_ptr<Sequence> whole_zone(ContentPtr content);
/// New SOA, old SOA, what goes, new SOA, what comes, new SOA (RFC 1995 4): the steps condensed to
/// one difference. There must be steps.
std::unique_ptr<Sequence> difference(dns::NameView apex, Steps steps);
/// The SOA alone: there is nothing new, or it does not fit into a datagram (RFC 1995 2).
std::unique_ptr<Sequence> soa_alone(dns::NameView apex, dns::RrsetPtr soa);

/// The request that the messages answer, as far as they repeat it.
struct Asked {
    dns::Octets question;  // header and question, octet by octet
    bool has_edns = false;
    explicit Asked(dns::OctetView request, const dns::Query& query);
};

/// Puts a sequence's records into messages, filling each up to a limit.
class Messages {
public:
    /// With a Tsig that has verified the request, each message is signed.
    Messages(Asked asked, std::unique_ptr<Sequence> sequence, std::optional<dns::Tsig> tsig);

    /// Replaces `message` by the next one, of at most `limit` octets; false when all are made, or
    /// when the next record does not fit into a message of its own. Every message repeats the
    /// question, so that owners can point at its name.
    bool next(dns::Octets& message, std::size_t limit, std::uint64_t now);
    /// Whether all records have been put into messages.
    [[nodiscard]] bool is_done() const noexcept { return !pending_; }

private:
    bool put_record(dns::Octets& message, const RecordView& record, std::size_t limit);
    std::size_t put_owner(dns::Octets& message, dns::NameView owner);
    [[nodiscard]] bool is_in_last(dns::OctetView name) const noexcept;
    void remember(dns::NameView owner, std::size_t shared, std::size_t place) noexcept;

    /// The owner written last, and where in the message each of its labels stands.
    struct LastOwner {
        std::array<std::uint8_t, dns::max_name_octets> octets;
        std::size_t size = 0;
        std::array<std::uint16_t, dns::max_name_octets> places;  // by the label's offset in it
    };

    Asked asked_;
    std::unique_ptr<Sequence> sequence_;
    std::optional<dns::Tsig> tsig_;
    std::optional<RecordView> pending_;
    LastOwner last_;
    bool is_first_ = true;
};

/// Header and question alone, and OPT when the request had one.
dns::Octets bare_reply(const Asked& asked, dns::Rcode rcode);
/// The same, with a reason for who reads EDNS: an extended error (RFC 8914).
dns::Octets bare_reply(const Asked& asked, dns::Rcode rcode, std::uint16_t extended_error,
                       std::string_view text);

/// The first message of a sequence, which must hold all of it; nullopt when it does not fit.
std::optional<dns::Octets> single_message(const Asked& asked, std::unique_ptr<Sequence> sequence,
                                          std::size_t limit);

}  // namespace portolan::transfer
