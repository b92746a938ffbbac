// The table of answers as signing sees it. For the engine's thread, which writes the table.
#pragma once

#include "portolan/answer/table.hpp"
#include "portolan/sign/signing.hpp"

namespace portolan::app {

class TableStanding : public sign::Standing {
public:
    /// Signed or to be signed with that way of denial.
    TableStanding(const answer::Table& table, registry::Denial denial)
        : table_(table),
          ring_(denial == registry::Denial::nsec3 ? table.nsec3_chain() : table.nsec_chain()) {}

    void for_each(
        const std::function<void(dns::NameView, const sign::Sets&)>& visit) const override;
    void for_each_hashed(
        const std::function<void(dns::NameView, const sign::Sets&)>& visit) const override;
    [[nodiscard]] sign::Sets at(dns::NameView owner) const override;
    [[nodiscard]] sign::Sets at_hashed(dns::NameView place) const override;
    [[nodiscard]] std::size_t children(dns::NameView owner) const override;
    [[nodiscard]] bool is_occluded(dns::NameView owner) const override;
    [[nodiscard]] dns::Name place_before(dns::NameView place) const override;

private:
    const answer::Table& table_;
    const answer::Chain& ring_;
};

}  // namespace portolan::app
