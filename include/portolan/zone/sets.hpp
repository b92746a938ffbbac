// From units to RRsets.
#pragma once

#include <array>
#include <functional>
#include <vector>

#include "portolan/zone/units.hpp"

namespace portolan::zone {

/// One owner and sets that it holds, by rising type.
using VisitOwner = std::function<void(dns::NameView owner, std::span<const dns::RrsetPtr> sets)>;

/// Makes the sets of one unit after the other, for one thread. Much of a plan says the same again:
/// an instance has its host's addresses, four ports belong to one service, an application's TXT is
/// the same everywhere. So a set that was made a short while ago is given again, not made twice.
class SetMaker {
public:
    /// Remembers at most so many sets, a power of two.
    explicit SetMaker(std::size_t remembered = 16384) : recent_(remembered) {}

    /// Calls for each owner of the unit.
    void make(const Unit& unit, const VisitOwner& visit);

private:
    void make_from(const ApexUnit& unit, const VisitOwner& visit);
    void make_from(const AddressUnit& unit, const VisitOwner& visit);
    void make_from(const ServiceUnit& unit, const VisitOwner& visit);
    void make_from(const PortUnit& unit, const VisitOwner& visit);
    void make_from(const BrowseUnit& unit, const VisitOwner& visit);
    void make_from(const TextUnit& unit, const VisitOwner& visit);

    /// The set of `rdatas_`, as before or new.
    dns::RrsetPtr shared(dns::Type type, std::uint32_t ttl);
    dns::RrsetPtr shared(dns::Type type, std::uint32_t ttl, dns::OctetView rdata);

    std::vector<dns::RrsetPtr> recent_;   // by a hash of the content
    std::vector<dns::OctetView> rdatas_;  // of the set at hand …
    dns::Octets octets_;                  // … and where those stand that no unit holds
};

}  // namespace portolan::zone
