#include "portolan/desk/port_text.hpp"

#include <fmt/format.h>

#include "desk/text.hpp"

namespace portolan::desk {

namespace {

Fault not_a_port(std::string_view text) {
    return {fmt::format("\"{}\" is not a port", text),
            "Write a number from 1 to 65535, or a range 5000-5010; /tcp or /udp may follow."};
}

}  // namespace

OrFault<PortText> parse_port_text(std::string_view text) {
    PortText found;
    auto numbers = text;
    if (const auto slash = text.find('/'); slash != text.npos) {
        found.protocol = registry::parse_protocol(text.substr(slash + 1));
        if (!found.protocol)
            return Fault{fmt::format("\"{}\" is not a protocol", text.substr(slash + 1)),
                         "Write tcp, udp, sctp or dccp."};
        numbers = text.substr(0, slash);
    }
    const auto dash = numbers.find('-');
    const auto first = parse_number(numbers.substr(0, dash), 65535);
    const auto last = dash == numbers.npos ? first : parse_number(numbers.substr(dash + 1), 65535);
    if (!first || !last || *first == 0) return not_a_port(text);
    if (*first > *last)
        return Fault{fmt::format("the range {} runs backwards", numbers),
                     fmt::format("Write {}-{}.", *last, *first)};
    found.ports = {static_cast<registry::Port>(*first), static_cast<registry::Port>(*last)};
    return found;
}

}  // namespace portolan::desk
