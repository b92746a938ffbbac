// The records that prove what an answer says is not there (RFC 4035 3.1.3, RFC 5155 7.2).
//
// A zone is denied by NSEC or by NSEC3. A record of denial matches a name, and then lists its
// types, or covers it, and then says that nothing is there. With NSEC one record may do several of
// these things; it is collected once.
//
// The zone may be changed between the lookup and the collecting, or be in the middle of a change:
// a name may have come whose denials have not. Where what was looked up and what denies contradict
// each other the functions return false, and the query wants to be answered anew; and if the writer
// rests there, by what the denials have (`has_name`), which is the zone before or after the change.
#pragma once

#include <array>
#include <span>

#include "portolan/answer/table.hpp"

namespace portolan::answer {

class Proofs {
public:
    /// Two for each of so many wildcards that a chain of aliases may go through, and the end's.
    static constexpr std::size_t most = 40;

    /// For a zone that is signed.
    Proofs(const Table& table, const Negative& negative) noexcept
        : table_(table), negative_(negative) {}

    /// The name does not exist, nor a wildcard that would cover it.
    [[nodiscard]] bool no_name(const dns::LowerName& name, const Record& encloser) noexcept;
    /// No name closer to this one than the closest encloser exists: so it was right to expand the
    /// wildcard below that.
    [[nodiscard]] bool no_closer_name(const dns::LowerName& name, const Record& encloser) noexcept;
    /// The record's name does not have the type.
    [[nodiscard]] bool no_type(const Record& record, dns::Type type) noexcept;
    /// Nor has the wildcard below the closest encloser, which covers the name.
    [[nodiscard]] bool no_type_at_wildcard(const dns::LowerName& name, const Record& encloser,
                                           const Record& wildcard, dns::Type type) noexcept;

    /// Whether the denials, as they are now, know of that ancestor of the name, or of itself when
    /// it has as many labels: the very ones that would cover the name, which in the middle of a
    /// change may know of an ancestor that the one before it does not.
    [[nodiscard]] bool has_name(const dns::LowerName& name, unsigned labels) const noexcept;
    /// The record of the same name that the denials have, if they have one: what NSEC says of it is
    /// what it holds.
    [[nodiscard]] const Record& version_of(const Record& record) const noexcept;

    [[nodiscard]] std::span<const Record* const> records() const noexcept {
        return {records_.data(), count_};
    }
    /// Of which of their sets are the proof.
    [[nodiscard]] dns::Type type() const noexcept {
        return negative_.nsec3() ? dns::Type::nsec3 : dns::Type::nsec;
    }

private:
    /// A record of NSEC3 and what it is to the name that was hashed.
    struct Hashed {
        const Record* record = nullptr;
        bool matches = false;
        bool covers = false;
    };

    bool add(const Record* record) noexcept;
    [[nodiscard]] bool cover(dns::NameView lower_name) noexcept;
    [[nodiscard]] bool cover_closer(const dns::LowerName& name, const Record& encloser) noexcept;
    [[nodiscard]] const Record* above(const Record& empty) const noexcept;
    [[nodiscard]] Hashed look_up(dns::OctetView lower_name) const noexcept;
    [[nodiscard]] bool cover_hash(dns::OctetView lower_name) noexcept;
    [[nodiscard]] bool opts_out(dns::OctetView lower_name) const noexcept;
    unsigned add_closest_encloser(const dns::LowerName& name, unsigned labels) noexcept;
    [[nodiscard]] bool no_type_by_hash(const Record& record, dns::Type type) noexcept;

    const Table& table_;
    const Negative& negative_;
    std::array<const Record*, most> records_;
    std::size_t count_ = 0;
    bool is_torn_ = false;  // two versions of one record were met
};

}  // namespace portolan::answer
