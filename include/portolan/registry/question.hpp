// What people ask of a plan: a number, a number at a host, or a name.
//
//     40805  40805/udp                                a number
//     jb1.prod:10104  10.1.0.11:10104  [::1]:53/udp   a number at a host
//     hydrogen  ajp  prod  jb1.prod  hydrogen-ajp     a name of the plan
//     _hydrogen-ajp._tcp.prod                         an SRV owner, in full or below the zone
//     10104._tcp._port.prod                           a PTR owner, the same
//     hydrogen-1._http._tcp.prod                      what browsers find, the same
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "portolan/registry/registration.hpp"

namespace portolan::registry {

struct Question {
    std::string text;                  // as it was asked
    std::optional<unsigned> port;      // 0-65535; none: a name
    std::optional<Protocol> protocol;  // when only one is meant
    std::string name;  // in lower case, without a final dot; of a port's host, or ""
};

/// A refusal says what is wrong with the text. Whether a plan knows the name is not asked here.
OrRefusal<Question> read_question(std::string_view text);

}  // namespace portolan::registry
