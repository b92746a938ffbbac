#include "portolan/transfer/update.hpp"

#include <algorithm>

#include "portolan/dns/query.hpp"
#include "portolan/dns/rdata.hpp"

namespace portolan::transfer {
namespace {

using dns::Class;
using dns::Rcode;
using dns::Type;

constexpr std::uint16_t update_lease = 2;  // an EDNS option's code (RFC 9664 9)

/// One record as it stands in the message.
struct Record {
    dns::Name owner;
    Type type{};
    Class klass{};
    std::uint32_t ttl = 0;
    std::size_t length = 0;  // octets of RDATA, at which the reader stands
};

class Reading {
public:
    explicit Reading(dns::OctetView message) : reader_(message, dns::header_octets) {}

    Rcode run(Update& update) {
        const std::uint8_t* header = reader_.message().data();
        if (dns::load_u16(header + 4) != 1 || !read_zone(update)) return Rcode::formerr;
        const auto each = [&](std::size_t at, auto read) {
            for (unsigned left = dns::load_u16(header + at); left > 0; --left) {
                const auto record = read_record();
                if (!record) return Rcode::formerr;
                const Rcode rcode = (this->*read)(update, *record);
                if (rcode != Rcode::noerror) return rcode;
            }
            return Rcode::noerror;
        };
        Rcode rcode = each(6, &Reading::read_prerequisite);
        if (rcode == Rcode::noerror) rcode = each(8, &Reading::read_edit);
        if (rcode == Rcode::noerror) rcode = each(10, &Reading::read_additional);
        if (rcode == Rcode::noerror && reader_.remaining() > 0) return Rcode::formerr;
        return rcode;
    }

private:
    /// The zone section is one SOA without RDATA (RFC 2136 2.3).
    bool read_zone(Update& update) {
        const auto name = reader_.name();
        const auto type = reader_.u16();
        const auto klass = reader_.u16();
        if (!name || !type || !klass) return false;
        update.zone = dns::PackedName(dns::LowerName(*name).view());
        return static_cast<Type>(*type) == Type::soa && static_cast<Class>(*klass) == Class::in;
    }

    std::optional<Record> read_record() {
        const auto owner = reader_.name();
        const auto type = reader_.u16();
        const auto klass = reader_.u16();
        const auto ttl = reader_.u32();
        const auto length = reader_.u16();
        if (!owner || !type || !klass || !ttl || !length) return std::nullopt;
        if (*length > reader_.remaining()) return std::nullopt;
        return Record{*owner, static_cast<Type>(*type), static_cast<Class>(*klass), *ttl, *length};
    }

    /// RFC 2136 3.2.5.
    Rcode read_prerequisite(Update& update, const Record& record) {
        using Kind = Prerequisite::Kind;
        if (record.ttl != 0) return Rcode::formerr;
        if (!is_in_zone(update, record)) return Rcode::notzone;
        Prerequisite next{Kind::set_is, lower(record), record.type, {}};
        const bool is_of_name = record.type == Type::any;
        if (dns::is_meta(record.type) && !is_of_name) return Rcode::formerr;
        if (record.klass == Class::in) {
            auto rdata = read_rdata(record);
            if (!rdata || is_of_name) return Rcode::formerr;
            const auto same = std::ranges::find_if(update.prerequisites, [&](const auto& each) {
                return each.kind == Kind::set_is && each.type == next.type &&
                       each.owner == next.owner;
            });
            auto& set = same != update.prerequisites.end()
                            ? *same
                            : update.prerequisites.emplace_back(std::move(next));
            set.rdatas.push_back(*std::move(rdata));
            return Rcode::noerror;
        }
        if (record.length != 0) return Rcode::formerr;
        if (record.klass == Class::any) {
            next.kind = is_of_name ? Kind::name_is_used : Kind::set_exists;
        } else if (record.klass == Class::none) {
            next.kind = is_of_name ? Kind::name_is_free : Kind::set_is_none;
        } else {
            return Rcode::formerr;
        }
        update.prerequisites.push_back(std::move(next));
        return Rcode::noerror;
    }

    /// RFC 2136 3.4.1.3.
    Rcode read_edit(Update& update, const Record& record) {
        using Kind = Edit::Kind;
        if (!is_in_zone(update, record)) return Rcode::notzone;
        Edit next{Kind::add, lower(record), record.type, {record.ttl}, {}};
        const bool is_of_name = record.type == Type::any;
        if (dns::is_meta(record.type) && !is_of_name) return Rcode::formerr;
        if (record.klass == Class::any) {
            if (record.ttl != 0 || record.length != 0) return Rcode::formerr;
            next.kind = is_of_name ? Kind::remove_name : Kind::remove_set;
        } else {
            if (record.klass == Class::none) {
                if (record.ttl != 0) return Rcode::formerr;
                next.kind = Kind::remove_record;
            } else if (record.klass != Class::in) {
                return Rcode::formerr;
            }
            auto rdata = read_rdata(record);
            if (!rdata || is_of_name) return Rcode::formerr;
            next.rdata = *std::move(rdata);
        }
        update.edits.push_back(std::move(next));
        return Rcode::noerror;
    }

    /// Of what stands in Additional only EDNS is looked at: addresses that come along say nothing.
    Rcode read_additional(Update& update, const Record& record) {
        const auto data = reader_.octets(record.length);
        if (record.type != Type::opt) return Rcode::noerror;
        if (update.has_edns || !record.owner.view().is_root()) return Rcode::formerr;
        update.has_edns = true;
        return read_options(update, *data) ? Rcode::noerror : Rcode::formerr;
    }

    static bool read_options(Update& update, dns::OctetView options) {
        dns::Reader reader(options);
        while (reader.remaining() > 0) {
            const auto code = reader.u16();
            const auto length = reader.u16();
            if (!code || !length) return false;
            const auto data = reader.octets(*length);
            if (!data) return false;
            if (*code != update_lease) continue;
            if (data->size() != 4 && data->size() != 8) return false;  // LEASE, and KEY-LEASE
            update.lease = std::chrono::seconds(dns::load_u32(data->data()));
        }
        return true;
    }

    std::optional<dns::Octets> read_rdata(const Record& record) {
        auto rdata = dns::read_rdata(record.type, reader_, record.length);
        return rdata ? std::optional(*std::move(rdata)) : std::nullopt;
    }

    static dns::PackedName lower(const Record& record) {
        return dns::PackedName(dns::LowerName(record.owner).view());
    }

    static bool is_in_zone(const Update& update, const Record& record) {
        return record.owner.view().is_at_or_below(update.zone.view());
    }

    dns::Reader reader_;
};

/// The RDATA in one order and, as names are compared, in one case (RFC 2136 1.1).
std::vector<dns::Octets> comparable(Type type, const auto& rdatas) {
    std::vector<dns::Octets> all;
    for (const auto& rdata : rdatas) {
        dns::Octets octets(rdata.begin(), rdata.end());
        dns::for_each_name(type, rdata, [&](dns::NameView name) {
            const auto at = name.octets().data() - &*rdata.begin();
            dns::fold_into(name.octets().data(), name.size(), &octets[static_cast<unsigned>(at)]);
        });
        all.push_back(std::move(octets));
    }
    std::ranges::sort(all);
    const auto repeated = std::ranges::unique(all);
    all.erase(repeated.begin(), repeated.end());
    return all;
}

Rcode unmet(const Prerequisite& wanted, const answer::Record* record) {
    using Kind = Prerequisite::Kind;
    const dns::Rrset* set = record != nullptr ? record->find(wanted.type) : nullptr;
    const bool is_used = record != nullptr && record->set_count() > 0;
    switch (wanted.kind) {
        case Kind::set_exists:
            return set != nullptr ? Rcode::noerror : Rcode::nxrrset;
        case Kind::set_is:
            return set != nullptr &&
                           comparable(wanted.type, wanted.rdatas) == comparable(wanted.type, *set)
                       ? Rcode::noerror
                       : Rcode::nxrrset;
        case Kind::set_is_none:
            return set == nullptr ? Rcode::noerror : Rcode::yxrrset;
        case Kind::name_is_used:
            return is_used ? Rcode::noerror : Rcode::nxdomain;
        case Kind::name_is_free:
            return is_used ? Rcode::yxdomain : Rcode::noerror;
    }
    return Rcode::servfail;
}

}  // namespace

boost::system::result<Update, Rcode> read_update(dns::OctetView message) {
    Update update;
    if (message.size() < dns::header_octets) return Rcode::formerr;
    const Rcode rcode = Reading(message).run(update);
    if (rcode != Rcode::noerror) return rcode;
    return update;
}

Rcode unmet(const Update& update, const answer::Table& zone) {
    for (const auto& wanted : update.prerequisites) {
        const Rcode rcode = unmet(wanted, zone.find(wanted.owner.view().octets()));
        if (rcode != Rcode::noerror) return rcode;
    }
    return Rcode::noerror;
}

dns::Octets update_reply(dns::OctetView request, Rcode rcode,
                         std::optional<std::chrono::seconds> lease) {
    constexpr std::uint16_t payload = 1232;
    constexpr std::size_t opt = dns::header_octets, option = opt + dns::opt_octets;
    dns::Octets reply(lease ? option + dns::option_octets + 4 : opt);
    std::copy_n(request.begin(), 2, reply.begin());
    const auto flags = (dns::load_u16(&request[2]) & dns::flag::opcode_mask) | dns::flag::response |
                       static_cast<std::uint16_t>(rcode);
    dns::store_u16(&reply[2], static_cast<std::uint16_t>(flags));
    if (!lease) return reply;
    dns::store_u16(&reply[10], 1);
    dns::store_u16(&reply[opt + 1], static_cast<std::uint16_t>(Type::opt));
    dns::store_u16(&reply[opt + 3], payload);
    dns::store_u16(&reply[opt + 9], dns::option_octets + 4);
    dns::store_u16(&reply[option], update_lease);
    dns::store_u16(&reply[option + 2], 4);
    dns::store_u32(&reply[option + 4], static_cast<std::uint32_t>(lease->count()));
    return reply;
}

}  // namespace portolan::transfer
