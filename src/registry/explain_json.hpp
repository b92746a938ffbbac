// Explanations as the JSON of portolan/registry/desk.hpp.
#pragma once

#include <boost/json/object.hpp>

#include "portolan/registry/desk.hpp"
#include "portolan/registry/explain.hpp"

namespace portolan::registry {

boost::json::object to_json(const Desk& desk, const Explanation& explanation);
boost::json::object to_json(const Desk& desk, const NameExplanation& explanation);

/// The registrations that an answer is about, at most a hundred, each with what ends it.
class RegistrationsTold {
public:
    explicit RegistrationsTold(const Desk& desk) : desk_(desk) {}
    void add(const Explanation& explanation);
    void add(const NameExplanation& explanation);
    [[nodiscard]] boost::json::array json() const;

private:
    std::vector<const Registered*> found_;
    const Desk& desk_;
};

}  // namespace portolan::registry
