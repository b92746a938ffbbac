// What endpoints have been, and why: the last changes of verdicts since the server began, for
// whoever asks what happened in the night. Memory alone keeps them, and not more than so many.
#pragma once

#include <boost/json/object.hpp>
#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "portolan/registry/catalog.hpp"

namespace portolan::registry {

/// One endpoint's turn from one verdict to another.
struct VerdictTurn {
    Moment at{};
    std::string zone;  // "svc.corp.example"
    std::string environment;
    std::string service;
    Protocol protocol = Protocol::tcp;
    std::string host;  // its label; of what announced itself, the address
    Port port = 0;
    std::optional<Verdict> from{};  // nullopt: it came
    std::optional<Verdict> to{};    // nullopt: it went
    std::string why;                // "connection refused"; cut after some hundred octets
};

class VerdictHistory {
public:
    explicit VerdictHistory(std::size_t most = 10'000) : most_(most) {}

    /// The oldest goes for it when there is no more room.
    void add(VerdictTurn turn);
    [[nodiscard]] std::size_t size() const noexcept { return turns_.size(); }

    /// {"changes":[{"at":"2026-11-23T12:00:00Z","host":"jb1","port":40805,"protocol":"udp",
    /// "from":"passing","to":"critical","why":"…"}]}, the newest first; "" for none.
    [[nodiscard]] boost::json::object json(std::string_view zone, std::string_view environment,
                                           std::string_view service) const;

private:
    std::size_t most_;
    std::deque<VerdictTurn> turns_;  // the oldest first
};

}  // namespace portolan::registry
