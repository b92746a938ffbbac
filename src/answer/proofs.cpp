#include "proofs.hpp"

#include <algorithm>

namespace portolan::answer {
namespace {

constexpr std::uint8_t opt_out = 1;  // flag of NSEC3 (RFC 5155 3.1.2.1)

bool has_type(dns::OctetView bitmap, dns::Type type) noexcept {
    const auto number = static_cast<std::uint16_t>(type);
    while (bitmap.size() > 2 && bitmap.size() >= 2U + bitmap[1]) {
        const std::size_t octet = number % 256 / 8;
        if (bitmap[0] == number / 256) {
            return octet < bitmap[1] && (bitmap[2 + octet] & (0x80U >> number % 8)) != 0;
        }
        bitmap = bitmap.subspan(2U + bitmap[1]);
    }
    return false;
}

/// The RDATA of the record's NSEC3 that has these parameters; empty when there is none.
dns::OctetView nsec3_of(const Record& record, const sign::Nsec3Parameters& parameters) noexcept {
    const dns::Rrset* set = record.find(dns::Type::nsec3);
    if (set == nullptr) return {};
    for (const auto rdata : *set) {
        if (sign::nsec3_parameters(rdata) == parameters) return rdata;
    }
    return {};
}

dns::OctetView bitmap_of(dns::OctetView nsec3) noexcept {
    const std::size_t hash = 5U + nsec3[4];  // where its length octet stands
    return nsec3.subspan(hash + 1 + nsec3[hash]);
}

/// The next name that the record's NSEC tells.
dns::NameView next_after(const Record& record) noexcept {
    const auto next = dns::Reader(*record.find(dns::Type::nsec)->begin()).plain_name();
    return next ? *next : dns::NameView();
}

/// Whether either end of what the record's NSEC covers is that name, or stands below it.
bool leads_to(const Record& record, dns::NameView name) noexcept {
    return record.name().is_at_or_below(name) || next_after(record).is_at_or_below(name);
}

/// Whether a name that is not the first lies between the two, round the end. Of records that stand
/// on both sides of a chain's seam a reader may see one before a change and the other behind it.
bool lies_between(dns::NameView first, dns::NameView name, dns::NameView last) noexcept {
    return first < last ? first < name && name < last : first < name || name < last;
}

dns::Name wildcard_of(const Record& encloser) noexcept {
    dns::Name wildcard(encloser.name());
    static_cast<void>(wildcard.prepend("*"));  // where that does not fit, no name does either
    return wildcard;
}

}  // namespace

bool Proofs::no_name(const dns::LowerName& name, const Record& encloser) noexcept {
    if (!negative_.nsec3()) return cover_closer(name, encloser) && cover(wildcard_of(encloser));
    const unsigned labels = add_closest_encloser(name, encloser.labels());
    if (!cover_hash(name.ancestor(labels + 1))) return false;
    dns::Name wildcard(dns::NameView(name.ancestor(labels)));
    if (!wildcard.prepend("*") || cover_hash(wildcard.octets())) return true;
    // There is one, but opt-out hides the empty non-terminals that keep it from the name: nothing
    // can prove that, and so this is the best there is.
    return labels < encloser.labels() && opts_out(name.ancestor(labels + 1)) &&
           cover_hash(wildcard_of(encloser).octets());
}

bool Proofs::no_closer_name(const dns::LowerName& name, const Record& encloser) noexcept {
    if (!negative_.nsec3()) return cover_closer(name, encloser);
    return cover_hash(name.ancestor(encloser.labels() + 1));
}

bool Proofs::no_type(const Record& record, dns::Type type) noexcept {
    if (negative_.nsec3()) return no_type_by_hash(record, type);
    if (record.find(dns::Type::nsec) != nullptr) return add(&record);
    const Record* before = above(record);
    return before != nullptr && add(before);
}

bool Proofs::no_type_at_wildcard(const dns::LowerName& name, const Record& encloser,
                                 const Record& wildcard, dns::Type type) noexcept {
    // The wildcard below it has its denial already, or still, while the encloser's own has not.
    if (negative_.nsec3() && add_closest_encloser(name, encloser.labels()) != encloser.labels() &&
        !opts_out(encloser.name().octets())) {
        return false;
    }
    return no_closer_name(name, encloser) && no_type(wildcard, type);
}

/// Adds a record, once. False when another version of one is there, from now on.
bool Proofs::add(const Record* record) noexcept {
    for (const Record* each : records()) {
        if (each == record) return !is_torn_;
        if (each->name().has_same_octets(record->name())) is_torn_ = true;
    }
    if (count_ < most) records_[count_++] = record;
    return !is_torn_;
}

/// A name that is in the chain, or has names below it there, has come since it was not found.
bool Proofs::cover(dns::NameView lower_name) noexcept {
    const Record* record = table_.nsec_chain().at_or_before(lower_name);
    if (record == nullptr) return true;  // a chain that was never there
    return !leads_to(*record, lower_name) &&
           lies_between(record->name(), lower_name, next_after(*record)) && add(record);
}

/// The record that covers the name tells its closest encloser, too: the longest ancestor that it
/// shares with either end. That another one was found means that names come or go.
bool Proofs::cover_closer(const dns::LowerName& name, const Record& encloser) noexcept {
    const Record* record = table_.nsec_chain().at_or_before(name.view());
    if (record == nullptr) return true;  // a chain that was never there
    const dns::NameView closer(name.ancestor(encloser.labels() + 1));
    return leads_to(*record, encloser.name()) && !leads_to(*record, closer) &&
           lies_between(record->name(), name.view(), next_after(*record)) && add(record);
}

/// An empty non-terminal has no NSEC of its own (RFC 4035 2.3): it is there because the next name
/// after the one before it stands below it. nullptr when that is not so, now.
const Record* Proofs::above(const Record& empty) const noexcept {
    const Record* record = table_.nsec_chain().at_or_before(empty.name());
    const bool is_above = record != nullptr && !record->name().has_same_octets(empty.name()) &&
                          next_after(*record).is_at_or_below(empty.name());
    return is_above ? record : nullptr;
}

bool Proofs::has_name(const dns::LowerName& name, unsigned labels) const noexcept {
    const dns::OctetView ancestor = name.ancestor(labels);
    if (negative_.nsec3()) return look_up(ancestor).matches || opts_out(ancestor);
    const Record* record = table_.nsec_chain().at_or_before(name.view());
    return record != nullptr && leads_to(*record, dns::NameView(ancestor));
}

const Record& Proofs::version_of(const Record& record) const noexcept {
    const Record* found = table_.nsec_chain().at_or_before(record.name());
    const bool is_it = found != nullptr && found->name().has_same_octets(record.name());
    return is_it ? *found : record;
}

/// Records with other parameters, of a chain that is coming or going, are passed over.
Proofs::Hashed Proofs::look_up(dns::OctetView lower_name) const noexcept {
    constexpr unsigned patience = 256;
    const auto& parameters = *negative_.nsec3();
    const dns::Name owner = sign::nsec3_owner(
        sign::nsec3_hash(dns::NameView(lower_name), parameters), table_.apex().view());
    const Chain& chain = table_.nsec3_chain();
    const Record* record = chain.at_or_before(owner);
    for (unsigned i = 0; record != nullptr && nsec3_of(*record, parameters).empty(); ++i) {
        record = i < patience ? chain.before(record->name()) : nullptr;
    }
    if (record == nullptr) return {};
    const dns::OctetView rdata = nsec3_of(*record, parameters);
    const std::size_t hash = 5U + rdata[4];  // where its length octet stands
    sign::Nsec3Hash next{};
    if (rdata[hash] != next.size()) return {record, false, false};
    std::copy_n(&rdata[hash + 1], next.size(), next.begin());
    const dns::Name last = sign::nsec3_owner(next, table_.apex().view());
    return {record, record->name().has_same_octets(owner),
            lies_between(record->name(), owner, last)};
}

bool Proofs::cover_hash(dns::OctetView lower_name) noexcept {
    const Hashed hashed = look_up(lower_name);
    if (hashed.record == nullptr) return true;
    return !hashed.matches && hashed.covers && add(hashed.record);
}

/// Adds the match of the ancestor of `name` that has so many labels, or of the closest one above
/// it that has a match: with opt-out, names that lead to insecure delegations alone may have none.
/// Returns its labels.
unsigned Proofs::add_closest_encloser(const dns::LowerName& name, unsigned labels) noexcept {
    for (; labels > table_.apex().labels(); --labels) {
        const Hashed hashed = look_up(name.ancestor(labels));
        if (!hashed.matches) continue;
        add(hashed.record);
        return labels;
    }
    const Hashed apex = look_up(name.ancestor(labels));
    if (apex.matches) add(apex.record);
    return labels;
}

/// By the match of the name; or, where opt-out leaves names out, by that of its closest provable
/// encloser (RFC 5155 7.2.4).
bool Proofs::no_type_by_hash(const Record& record, dns::Type type) noexcept {
    const auto& parameters = *negative_.nsec3();
    const Hashed hashed = look_up(record.name().octets());
    if (hashed.record == nullptr) return true;
    const dns::OctetView nsec3 = nsec3_of(*hashed.record, parameters);
    if (hashed.matches) {
        // A type that it lists has come since, or has just gone.
        return !has_type(bitmap_of(nsec3), type) && add(hashed.record);
    }
    const dns::LowerName name(record.name());
    const unsigned labels = add_closest_encloser(name, name.labels() - 1);
    return cover_hash(name.ancestor(labels + 1)) && opts_out(name.ancestor(labels + 1));
}

/// Whether the name is covered by a record that says nothing of unsigned delegations, nor of the
/// empty non-terminals that lead to them alone (RFC 5155 6).
bool Proofs::opts_out(dns::OctetView lower_name) const noexcept {
    const Hashed hashed = look_up(lower_name);
    return hashed.record != nullptr && !hashed.matches &&
           (nsec3_of(*hashed.record, *negative_.nsec3())[1] & opt_out) != 0;
}

}  // namespace portolan::answer
