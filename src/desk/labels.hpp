// Names of other tools as labels of ours.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>

namespace portolan::desk {

/// Letters, digits and hyphens in lower case, at most 63, not digits alone: other characters become
/// hyphens. "" when nothing is left. "My_Service 2" is "my-service-2"; "8080" is "p8080".
std::string to_label(std::string_view text);

/// Gives each name a label of its own: of two names with one label, the second gets a number.
class Labels {
public:
    /// The label of that name; the same for the same name. `otherwise` where nothing of it is left.
    const std::string& of(const std::string& name, std::string_view otherwise = "unnamed");
    /// That label again, of a name that has one.
    [[nodiscard]] const std::string& label_of(const std::string& name) const {
        return by_name_.at(name);
    }
    /// A label that nobody has yet, made of this one.
    std::string fresh(const std::string& label);

private:
    std::map<std::string, std::string> by_name_;
    std::set<std::string> taken_{"default", "mcast"};  // mean something else in a plan
};

}  // namespace portolan::desk
