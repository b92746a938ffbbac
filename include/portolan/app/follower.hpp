// Who must hear of every change of a zone, in time: what transfers are made of.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "portolan/dns/tsig.hpp"
#include "portolan/registry/plan.hpp"
#include "portolan/transfer/journal.hpp"

namespace portolan::app {

/// The keys of the files that a plan names, by path.
using KeyFiles = std::map<std::string, std::vector<dns::TsigKeyPtr>>;

/// Called by the engine, on its thread. None of it throws: by then there is no way back.
class Follower {
public:
    struct Zone {
        dns::NameView apex;
        const registry::Plan& plan;
        const KeyFiles& keys;
        dns::RrsetPtr soa;
        std::uint64_t content;
    };

    virtual ~Follower() = default;
    /// Before the first set of a change is put in place.
    virtual void will_change(dns::NameView apex, transfer::Step step) noexcept = 0;
    /// When all of it is there for readers to see.
    virtual void has_changed(dns::NameView apex) noexcept = 0;
    /// After each load: all zones that are served from now on.
    virtual void serves(const std::vector<Zone>& zones) noexcept = 0;
};

}  // namespace portolan::app
