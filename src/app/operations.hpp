// What the server tells those who operate it: metrics, whether it is ready, and counters in the
// log.
#pragma once

#include <cstdint>
#include <ctime>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/registering.hpp"
#include "portolan/api/operations.hpp"
#include "portolan/app/checking.hpp"
#include "portolan/app/engine.hpp"
#include "portolan/app/query_log.hpp"
#include "portolan/app/transfers.hpp"
#include "portolan/app/worker.hpp"

namespace portolan::app {

/// The sum of all workers' counters.
class Totals {
public:
    explicit Totals(const std::vector<std::unique_ptr<Worker>>& workers) : workers_(workers) {}

    [[nodiscard]] std::uint64_t of(net::Counter net::Counters::*member) const;
    [[nodiscard]] std::uint64_t of(answer::ReplyClass which) const;
    [[nodiscard]] std::uint64_t queries(std::size_t transport, std::size_t slot) const;
    [[nodiscard]] std::uint64_t replies(std::size_t transport, std::size_t slot) const;

private:
    const std::vector<std::unique_ptr<Worker>>& workers_;
};

class Operations final : public api::Operations {
public:
    /// The server's parts, as far as there are any by then. All outlive this.
    struct Parts {
        const Engine& engine;
        Registering& registering;
        const std::vector<std::unique_ptr<Worker>>& workers;
        const std::optional<Transfers>& transfers;
        const std::optional<Checking>& checking;
        const std::optional<QueryLog>& query_log;
    };
    explicit Operations(Parts parts) : parts_(parts) {}

    [[nodiscard]] std::string metrics() const override;
    [[nodiscard]] std::vector<std::string> obstacles() const override;
    /// Says in the log what has been counted.
    void log_counters() const;

private:
    const Parts parts_;
    const std::time_t began_ = std::time(nullptr);
};

}  // namespace portolan::app
