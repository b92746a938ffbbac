// How a zone is called in the log.
#pragma once

#include <string>

#include "portolan/dns/presentation.hpp"

namespace portolan::app {

/// A zone's name as the log has it, without its final dot.
inline std::string zone_text(dns::NameView apex) {
    std::string text = dns::to_text(apex);
    if (text.size() > 1) text.pop_back();
    return text;
}

}  // namespace portolan::app
