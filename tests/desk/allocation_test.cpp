#include "portolan/desk/allocate.hpp"

#include <catch2/catch.hpp>
#include <map>

using namespace portolan;
using namespace portolan::desk;

namespace {

const std::string head = R"(zone: z.example
nameservers: {ns1: 192.0.2.53}
environments: {prod: {hosts: {h1: 10.0.0.1}}}
)";
const std::string convention = R"(convention:
  pattern: XYYZZ
  fields: {X: instance, YY: application, ZZ: type}
)";

/// The line that an allocation adds, or its refusal.
std::string added(const std::string& plan, registry::Edit edit) {
    const std::map<std::string, std::string> files{{"plan.yaml", plan},
                                                   {"part.yaml", "applications: {hydrogen: 1}\n"}};
    const auto made = allocation("plan.yaml", std::move(edit), [&](const std::string& path) {
        const auto found = files.find(path);
        return found == files.end() ? std::nullopt : std::optional(found->second);
    });
    if (!made) return "no: " + made.error().reason;
    return std::to_string(made->line) + ": " + made->entry;
}

std::string application(const std::string& list) {
    return added(head + convention + "  types: {http: 3}\n" + list,
                 registry::AddApplication{"new", {}, {}});
}

}  // namespace

TEST_CASE("where an entry goes") {
    struct Row {
        const char* list;
        const char* added;
    };
    const Row rows[] = {
        {"  applications:\n    a: 1\n", "10: new: 2"},
        {"  applications:\n    a: 1", "10: new: 2"},
        {"  applications:\n    a: 1\n\n# end\n", "10: new: 2"},
        {"  applications:\n    a:\n      id: 1\n      owner: x\n    # more\n", "12: new: 2"},
        {"  applications: {a: 1}\n", "8: new: 2"},
        {"  applications: {a: {id: 1, owner: \"}, {\"}}\n", "8: new: 2"},
        {"  applications: {\n    a: 1,\n    b: 5\n  }\n", "10: new: 6"},
        {"  applications: {\n    a: 1  # first\n  }\n",
         "no: plan.yaml: the list is written in a way that is not understood here; write it there "
         "by hand: new: 2"},
        {"  applications: {a: 99}\n", "8: new: 1"},
        {"  applications: {}\n",
         "no: plan.yaml: the first of its kind is not written here; write it there by hand: new: "
         "1"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.list);
        CHECK(application(row.list) == row.added);
    }
}

TEST_CASE("what an entry says") {
    const auto plan = head + convention + "  applications: {a: 1}\n  types: {http: 3}\n" +
                      "registry:\n  ranges: {APIs: 5000-5001}\n  services:\n    x: {port: 5000}\n";
    struct Row {
        registry::Edit edit;
        const char* added;
    };
    const Row rows[] = {
        {registry::AddApplication{"b", 7, {"me", "a: b"}},
         "7: b: {id: 7, owner: me, description: \"a: b\"}"},
        {registry::AddType{"snmp", {}, registry::Protocol::udp, {}},
         "8: snmp: {id: 4, proto: udp}"},
        {registry::AddService{"y", "APIs", {}, registry::Protocol::tcp, {}},
         "13: y: {port: 5001, in: APIs}"},
        {registry::AddService{"y", "APIs", 5000, registry::Protocol::tcp, {}}, "no: x has 5000"},
        {registry::AddApplication{"x", {}, {}}, "no: x is the name of a service of the plan"},
        {registry::AddApplication{"b", 1, {}}, "no: a has the id 1"},
        {registry::AddApplication{"B", {}, {}}, "no: write \"b\", in lower case"},
    };
    for (const auto& row : rows) CHECK(added(plan, row.edit) == row.added);
    CHECK(added("zone: [\n", registry::AddApplication{"b", {}, {}}) ==
          "no: plan.yaml cannot be read; see portolan check");
}

TEST_CASE("a patch, also where the last line does not end") {
    CHECK(patch_text("p", "a\nb\nc\nd\ne\n", "a\nb\nc\nX\nd\ne\n") ==
          "--- p\n+++ p\n@@ -1,5 +1,6 @@\n a\n b\n c\n+X\n d\n e\n");
    CHECK(patch_text("p", "a", "a\nb\n") ==
          "--- p\n+++ p\n@@ -1,1 +1,2 @@\n-a\n\\ No newline at end of file\n+a\n+b\n");
}
