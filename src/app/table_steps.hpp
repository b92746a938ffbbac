// Steps (transfer/journal.hpp) and the tables that they lead from and to.
#pragma once

#include <functional>

#include "portolan/answer/table.hpp"
#include "portolan/transfer/journal.hpp"
#include "portolan/zone/sets.hpp"

namespace portolan::app {

/// The SOA that the table shows; it must have one.
dns::RrsetPtr soa_of(const answer::Table& table);

/// The step's changes with that of the SOA, as a table wants them: the apex last.
std::vector<zone::Change> with_soa(dns::NameView apex, transfer::Step step);

/// The step from nothing to what the table shows.
transfer::Step whole_of(const answer::Table& table, std::uint64_t content);

/// What turns the sets that a table shows into those that `for_each_owner` visits, in canonical
/// order of owners, then by type. Sets of the table are looked at only where `counts` says so of
/// their type, and no SOA is.
std::vector<zone::Change> differences(
    const answer::Table& table,
    const std::function<void(const zone::VisitOwner& visit)>& for_each_owner,
    const std::function<bool(dns::Type)>& counts);

}  // namespace portolan::app
