// One owner on its way to being signed.
#pragma once

#include <algorithm>

#include "portolan/sign/signing.hpp"

namespace portolan::sign {

/// What an owner holds and what it is to hold: first without the signatures, which come last.
struct Signer::Node {
    dns::PackedName owner;
    Sets before;
    Sets after;
    bool is_occluded = false;  // below a zone cut or a DNAME: none of it is ours to sign
    bool is_cut = false;       // of its sets, those that the parent speaks for are (RFC 4035 2.2)
};

inline const dns::RrsetPtr* find_set(const Sets& sets, dns::Type type) noexcept {
    const auto found = std::ranges::find(sets, type, &dns::Rrset::type);
    return found == sets.end() ? nullptr : &*found;
}

inline void put_set(Sets& sets, dns::RrsetPtr set) {
    const auto place = std::ranges::lower_bound(sets, set->type(), {}, &dns::Rrset::type);
    if (place != sets.end() && (*place)->type() == set->type()) {
        *place = std::move(set);
    } else {
        sets.insert(place, std::move(set));
    }
}

inline void drop_set(Sets& sets, dns::Type type) {
    std::erase_if(sets, [type](const auto& set) { return set->type() == type; });
}

/// The types that a place in the ring tells of: at a zone cut, the parent's alone (RFC 4035 2.3).
inline Types types_of(const Sets& sets, bool is_cut) {
    Types types;
    for (const auto& set : sets) {
        const dns::Type type = set->type();
        if (type == dns::Type::rrsig || type == dns::Type::nsec) continue;
        if (is_cut && type != dns::Type::ns && type != dns::Type::ds) continue;
        types.push_back(type);
    }
    return types;
}

/// Whether any of them is signed: at a zone cut, DS alone; SOA and NS make the apex signed.
inline bool has_signed(const Types& types, bool is_cut) noexcept {
    return is_cut ? std::ranges::find(types, dns::Type::ds) != types.end() : !types.empty();
}

inline bool is_cut_of(const Sets& sets, dns::NameView owner, dns::NameView apex) noexcept {
    return owner != apex && find_set(sets, dns::Type::ns) != nullptr;
}

/// Applies one change to an owner's sets.
inline void apply(Sets& sets, const zone::Change& change) {
    if (change.after == nullptr) {
        drop_set(sets, change.type);
    } else {
        put_set(sets, change.after);
    }
}

}  // namespace portolan::sign
