#include "cli/listener_json.hpp"

#include <boost/json/array.hpp>

namespace portolan::cli {

boost::json::object to_json(const desk::Listener& listener) {
    boost::json::array processes;
    for (const auto& each : listener.processes)
        processes.push_back(
            boost::json::object{{"pid", each.id}, {"name", each.name}, {"user", each.user}});
    return {{"protocol", to_string(listener.protocol)},
            {"address", to_string(listener.address)},
            {"port", listener.port},
            {"listening", listener.is_listening},
            {"user", listener.user},
            {"processes", processes}};
}

}  // namespace portolan::cli
