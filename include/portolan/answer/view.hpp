// What a worker answers from: the tables of all zones.
#pragma once

#include <memory>
#include <vector>

#include "portolan/answer/table.hpp"
#include "portolan/answer/vocabulary.hpp"

namespace portolan::answer {

class View {
public:
    View() = default;
    explicit View(std::vector<std::shared_ptr<const Table>> tables);
    /// The zones that are derived have words; what their tables do not know, these may explain.
    using Words = std::vector<std::pair<const Table*, std::shared_ptr<const Vocabulary>>>;
    View(std::vector<std::shared_ptr<const Table>> tables, Words words);

    /// The table of the zone closest above `name`, itself included; nullptr when none is (then
    /// the answer is REFUSED). `above` skips a zone whose apex is the name: DS lives in the
    /// parent (RFC 4035 3.1.4.1).
    [[nodiscard]] const Table* zone_for(const dns::LowerName& name,
                                        bool above = false) const noexcept;
    [[nodiscard]] const std::vector<std::shared_ptr<const Table>>& tables() const noexcept {
        return tables_;
    }
    /// nullptr for a zone without.
    [[nodiscard]] const Vocabulary* words_of(const Table& table) const noexcept;

private:
    std::vector<std::shared_ptr<const Table>> tables_;  // deepest apex first
    Words words_;
};

}  // namespace portolan::answer
