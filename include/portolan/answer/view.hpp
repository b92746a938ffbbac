// What a worker answers from: the tables of all zones.
#pragma once

#include <memory>
#include <vector>

#include "portolan/answer/table.hpp"

namespace portolan::answer {

class View {
public:
    View() = default;
    explicit View(std::vector<std::shared_ptr<const Table>> tables);

    /// The table of the zone closest above `name`, itself included; nullptr when none is (then
    /// the answer is REFUSED). `above` skips a zone whose apex is the name: DS lives in the
    /// parent (RFC 4035 3.1.4.1).
    [[nodiscard]] const Table* zone_for(const dns::LowerName& name,
                                        bool above = false) const noexcept;
    [[nodiscard]] const std::vector<std::shared_ptr<const Table>>& tables() const noexcept {
        return tables_;
    }

private:
    std::vector<std::shared_ptr<const Table>> tables_;  // deepest apex first
};

}  // namespace portolan::answer
