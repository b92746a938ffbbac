// The signatures that belong to a set.
#pragma once

#include "portolan/answer/table.hpp"

namespace portolan::answer {

/// Some records of a set, in its form.
struct Signatures {
    dns::OctetView octets;
    std::uint16_t count = 0;
};

/// The record's signatures that cover the type. Those of one type lie together, by rising types.
inline Signatures signatures_of(const Record& record, dns::Type covered) noexcept {
    const dns::Rrset* set = record.find(dns::Type::rrsig);
    if (set == nullptr) return {};
    const auto type = static_cast<std::uint16_t>(covered);
    const std::uint8_t* first = set->body().data();
    const std::uint8_t* const end = first + set->body().size();
    const auto covers = [](const std::uint8_t* one) {
        return dns::load_u16(one + dns::Rrset::header_octets);
    };
    const auto after = [](const std::uint8_t* one) {
        return one + dns::Rrset::header_octets + dns::load_u16(one + 10);
    };
    while (first != end && covers(first) < type) first = after(first);
    Signatures found;
    const std::uint8_t* last = first;
    for (; last != end && covers(last) == type; last = after(last)) ++found.count;
    found.octets = {first, last};
    return found;
}

}  // namespace portolan::answer
