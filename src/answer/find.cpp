#include "portolan/answer/find.hpp"

namespace portolan::answer {
namespace {

/// A CNAME answers for every type but itself and those that may stand beside it (RFC 2181 10.1,
/// RFC 4034 3 and 4).
bool follows_alias(dns::Type type) noexcept {
    return type != dns::Type::cname && type != dns::Type::any && type != dns::Type::rrsig &&
           type != dns::Type::nsec;
}

/// RFC 8482 4.1: one RRset of our choice answers ANY; amplifiers and gossips get no more. Data, if
/// there are any, rather than what is said of them.
const dns::Rrset& any_of(const Record& record) noexcept {
    for (unsigned i = 0; i < record.set_count(); ++i) {
        const dns::Type type = record.set(i).type();
        if (type != dns::Type::rrsig && type != dns::Type::nsec) return record.set(i);
    }
    return record.set(0);
}

}  // namespace

const Record* wildcard_below(const Table& table, const Record& encloser) noexcept {
    if (!encloser.has_wildcard()) return nullptr;
    dns::Name wildcard(encloser.name());
    if (!wildcard.prepend("*")) return nullptr;
    return table.find(wildcard.octets());
}

Lookup at_record(Source source, dns::Type type) noexcept {
    const Record& record = *source.record;
    if (record.set_count() == 0) return NoData{source};
    if (const dns::Rrset* rrset = record.find(type); rrset != nullptr) {
        return Positive{source, rrset};
    }
    if (type == dns::Type::any) return Positive{source, &any_of(record)};
    if (follows_alias(type)) {
        if (const dns::Rrset* cname = record.find(dns::Type::cname); cname != nullptr) {
            return Alias{source, cname};
        }
    }
    return NoData{source};
}

Lookup find(const Table& table, const dns::LowerName& name, const Record* exact,
            dns::Type type) noexcept {
    const Record& nearest = exact != nullptr ? *exact : table.closest_encloser(name);
    const unsigned cut = nearest.cut();
    const unsigned dname = nearest.dname();

    // The upper of a cut and a DNAME wins: what lies below either is not this zone's to say.
    if (cut != Record::no_depth && cut <= dname) {
        // DS is the parent's word about the child, so the cut itself answers it (RFC 4035 3.1.4.1).
        const bool asks_parent = type == dns::Type::ds && cut == name.labels();
        if (!asks_parent) {
            const Record& owner = *table.find(name.ancestor(cut));
            return Referral{&owner, owner.find(dns::Type::ns)};
        }
    } else if (dname < name.labels()) {  // a DNAME's own owner is not rewritten (RFC 6672 2.3)
        const Record& owner = *table.find(name.ancestor(dname));
        return Substitution{&owner, owner.find(dns::Type::dname)};
    }

    if (exact != nullptr) return at_record({exact}, type);
    if (const Record* wildcard = wildcard_below(table, nearest); wildcard != nullptr) {
        return at_record({wildcard, &nearest}, type);
    }
    return NxDomain{&nearest};
}

const Record* find_target(const Table& table, dns::NameView target, std::uint64_t hash) noexcept {
    const Record* exact = table.find_in_any_case(target, hash);
    if (exact != nullptr && exact->dname() == Record::no_depth) return exact;

    const dns::LowerName name(target);
    const dns::LowerName& apex = table.apex();
    if (!name.is_at_or_below(apex.octets(), apex.labels())) return nullptr;
    const Record& nearest = exact != nullptr ? *exact : table.closest_encloser(name);
    if (nearest.dname() < name.labels()) return nullptr;
    if (exact != nullptr) return exact;
    return nearest.cut() == Record::no_depth ? wildcard_below(table, nearest) : nullptr;
}

}  // namespace portolan::answer
