// A loose search over everything in a plan that has a name, an owner or a description.
//
//     {"words":["web"],"found":[{"zone":"svc.corp.example","kind":"application","name":"hydrogen",
//       "ports":"10101-10106,11107-…","owner":"web-team","description":"public web site",
//       "place":"zones/elements.yaml:17:5"}],"more":0,"near":[]}
//
// Every word must stand somewhere in the thing: its name, owner, description, ports. What has the
// words in its name comes first. Nothing found: "near" has known names that are a slip away.
#pragma once

#include <boost/json/object.hpp>

#include "portolan/registry/desk.hpp"

namespace portolan::registry {

/// The words, in lower case. A refusal when there are none, or too many.
OrRefusal<std::vector<std::string>> read_words(std::string_view text);

/// At most fifty things are told; "more" counts the others.
boost::json::object search(const Desk& desk, const std::vector<std::string>& words);

}  // namespace portolan::registry
