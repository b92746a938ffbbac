// Any octets as the body of POST /v1/allocations: what is read as an order can be written, and read
// again as it was; and in a plan it is refused in words, or becomes one entry and nothing else.
// runs: 20000
#include <boost/json/serialize.hpp>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "portolan/desk/allocation_json.hpp"
#include "portolan/registry/edit_json.hpp"
#include "portolan/registry/registration_json.hpp"

namespace {

using namespace portolan;

const std::string plan = R"(zone: z.example
nameservers: {ns1: 192.0.2.53}
convention:
  pattern: XYYZZ
  fields: {X: instance, YY: application, ZZ: type}
  applications:
    a: 1  # the first
  types: {http: 3}
registry:
  ranges: {APIs: 5000-5009}
  services:
    x: {port: 5000, in: APIs}
# the end
)";

void must(bool holds, const char* what) {
    if (holds) return;
    std::fprintf(stderr, "order_fuzz: %s\n", what);
    std::abort();
}

/// How many things there are in the plan.
std::size_t size_of(const registry::Plan& all) {
    return all.convention->applications.size() + all.convention->types.size() +
           all.services.size() + all.ranges.size() + all.environments.size();
}

void allocate(const registry::Order& order) {
    const auto made = desk::allocation("plan", order.edit,
                                       [](const std::string&) { return std::optional(plan); });
    if (!made) return must(!made.error().reason.empty(), "refused without a word");
    must(size_of(made->plan) == 5, "not one thing more");
    must(registry::number_of(made->edit).has_value(), "without a number");
    must(made->after.size() >= plan.size() + made->entry.size(), "something was taken out");
    must(made->after.starts_with(plan.substr(0, 130)), "the beginning has changed");
    must(made->after.ends_with("# the end\n"), "the end has changed");
    must(!boost::json::serialize(desk::to_json(*made)).empty(), "no answer");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto json = registry::parse_json(text);
    if (!json) return 0;
    const auto order = registry::order_from(*json);
    if (!order) {
        must(!order.error().reason.empty(), "refused without a word");
        return 0;
    }
    const auto written = registry::to_json(*order);
    const auto again = registry::order_from(written);
    must(again.has_value(), "what was read cannot be read again");
    must(registry::to_json(*again) == written, "what was read comes back as something else");
    allocate(*order);
    return 0;
}
