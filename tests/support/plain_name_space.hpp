// The name space as a plain map of every claim: the model that the search for suspects must match.
#pragma once

#include "zone/name_space.hpp"

namespace portolan::test {

class PlainNameSpace : public zone::NameSpace {
public:
    PlainNameSpace(const registry::Plan& plan, const zone::Records& records);

    [[nodiscard]] std::optional<zone::Claim> find(dns::NameView owner,
                                                  dns::Type type) const override;
    [[nodiscard]] bool has_wildcard(dns::NameView owner) const override;
    [[nodiscard]] bool has_address(dns::NameView owner) const override;

private:
    void claim(const zone::Units& units);
};

}  // namespace portolan::test
