// A difference of a zone in words, for the log and for who asks what would follow: one line a
// service, and the rest counted.
#pragma once

#include <string>
#include <vector>

#include "portolan/zone/diff.hpp"

namespace portolan::zone {

/// Lines such as
///     prod hydrogen-ajp/tcp: + 30104 jb3, - 20104 jb2
///     prod oxygen-snmp/udp: 10805 jb1 priority 0 to 10
///     and 12 other record sets: 4 A, 8 PTR
/// A service is an SRV set whose owner is `_service._proto` and at most one label (the main form
/// of docs/names.md); its other names repeat it and are counted with the rest. At most `limit`
/// services are named. Empty when nothing changed.
std::vector<std::string> describe(const std::vector<Change>& changes, dns::NameView apex,
                                  std::size_t limit = 50);

}  // namespace portolan::zone
