// A plan's file as JSON, and back: exact, because nothing is understood on the way.
#pragma once

#include <boost/json.hpp>
#include <optional>
#include <string>

namespace portolan::desk {

/// The file with its includes as one JSON value; nullopt when it cannot be read. Plain numbers and
/// `true`, `false` and null are JSON's own, all else is text; comments, anchors and `include:` go.
std::optional<boost::json::value> plan_json(const std::string& path);

/// The same plan as YAML again.
std::string json_plan(const boost::json::value& plan);

}  // namespace portolan::desk
