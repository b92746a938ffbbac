// A whole zone in one state, to be sent for as long as that takes.
//
// The table that answers come from is changed in place, under its readers, and a transfer may last
// for minutes. So it sends a Content: the sets of the zone (shared with it, not copied) as they
// were at one serial, in no order, which AXFR does not ask for. It is made without stopping the
// writer, from the table as it stands and the journal:
//
//     1. note how many steps have been put in place
//     2. read the table, in which more steps may be put meanwhile, so that one set may be of an
//        earlier state than the next
//     3. lay upon it all steps that have begun since 1: the writer notes a step in the journal
//        before it puts the first set of it in place
//
// A step gives sets whole, so it does not matter how much of it was there already. What comes out
// is the state after the last step of 3.
#pragma once

#include <memory>
#include <span>

#include "portolan/answer/table.hpp"
#include "portolan/transfer/journal.hpp"
#include "portolan/zone/records.hpp"

namespace portolan::transfer {

struct Content {
    dns::PackedName apex;
    dns::RrsetPtr soa;
    zone::Records sets;  // without the SOA
    [[nodiscard]] dns::Serial serial() const { return zone::read_soa(*soa->begin()).serial; }
};
using ContentPtr = std::shared_ptr<const Content>;

/// What the table shows, its SOA left out. The caller keeps the table readable meanwhile.
zone::Records read_sets(const answer::Table& table);

/// The same sets with the steps laid upon them.
zone::Records with_steps(zone::Records sets, std::span<const StepPtr> steps);

}  // namespace portolan::transfer
