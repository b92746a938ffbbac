#include "name_space.hpp"

#include "portolan/dns/presentation.hpp"

namespace portolan::zone {

std::string shown(dns::NameView name) {
    std::string text = dns::to_text(name);
    if (text.size() > 1) text.pop_back();
    return text;
}

registry::Finding NameSpace::finding(registry::Severity severity, std::string rule,
                                     const Claim& claim, std::string message,
                                     std::string cure) const {
    if (claim.is_derived()) {
        return plan_.finding(severity, std::move(rule), claim.place, std::move(message),
                             std::move(cure));
    }
    return {severity, std::move(rule),    claim.file,     claim.line,
            1,        std::move(message), std::move(cure)};
}

std::string NameSpace::place_of(const Claim& claim) const {
    return claim.is_derived() ? plan_.text(claim.place)
                              : claim.file + ":" + std::to_string(claim.line);
}

}  // namespace portolan::zone
