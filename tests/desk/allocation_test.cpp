#include "portolan/desk/allocate.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <boost/json/serialize.hpp>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <map>

#include "portolan/desk/allocation_json.hpp"
#include "portolan/registry/about.hpp"
#include "portolan/registry/edit_json.hpp"

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
        {registry::AddApplication{"b", 7, {"me", "a: b", {}}},
         "7: b: {id: 7, owner: me, description: \"a: b\"}"},
        {registry::AddApplication{"b", {}, {"me", "", registry::parse_date("2027-01-31")}},
         "7: b: {id: 2, owner: me, until: 2027-01-31}"},
        {registry::AddService{"y",
                              "APIs",
                              {},
                              registry::Protocol::udp,
                              {"", "", registry::parse_date("2027-01-31")}},
         "13: y: {port: 5001, in: APIs, proto: udp, until: 2027-01-31}"},
        {registry::AddType{"snmp", {}, registry::Protocol::udp, {}},
         "8: snmp: {id: 4, proto: udp}"},
        {registry::AddService{"y", "APIs", {}, registry::Protocol::tcp, {}},
         "13: y: {port: 5001, in: APIs}"},
        {registry::AddService{"y", "APIs", 5000, registry::Protocol::tcp, {}}, "no: x has 5000"},
        {registry::AddApplication{"x", {}, {}}, "no: x is the name of a service of the plan"},
        {registry::AddApplication{"b", 1, {}}, "no: a has the id 1"},
        {registry::AddApplication{"B", {}, {}}, "no: write \"b\", in lower case"},
        {registry::AddService{"a-http", "APIs", {}, registry::Protocol::tcp, {}},
         "no: _a-http._tcp.prod.z.example TXT has two sources: service a-http of prod here, and "
         "service a-http of prod at plan.yaml:8:11. Rename one of the two, so that each name and "
         "type has one source."},
    };
    for (const auto& row : rows) CHECK(added(plan, row.edit) == row.added);
    CHECK(added("zone: [\n", registry::AddApplication{"b", {}, {}}) ==
          "no: plan.yaml cannot be read; see portolan check");
}

TEST_CASE("what is said of an entry stays inside it") {
    const auto plan = head + convention + "  applications: {a: 1}\n  types: {http: 3}\n";
    const auto* said =
        GENERATE("<script>alert(1)</script>", "x}, evil: {id: 9", "x\n    evil: 9", "# no comment",
                 "\"quoted\"", "'single'", "back\\slash", "a: b", "*alias", "&anchor", "!!int 5",
                 "- x", "? y", "| z", "%TAG", "`x`", "@x", "null", "yes", "0x10", " blank ",
                 "tab\tbed", "\xc2\x85", "\xe2\x80\xa8 line", "{{ jinja }}", "--- ", "\x01");
    CAPTURE(said);
    for (const auto& about : {registry::About{said, "", {}}, registry::About{"", said, {}}}) {
        const auto made = allocation("plan.yaml", registry::AddApplication{"b", {}, about},
                                     [&](const std::string&) { return std::optional(plan); });
        REQUIRE(made.has_value());
        const auto& applications = made->plan.convention->applications;
        REQUIRE(applications.size() == 2);
        CHECK(applications[1].about.owner == about.owner);
        CHECK(applications[1].about.description == about.description);
        CHECK(made->plan.convention->types.size() == 1);
    }
}

TEST_CASE("names that could break out are no names") {
    const auto plan = head + convention + "  applications: {a: 1}\n  types: {http: 3}\n";
    const auto* name = GENERATE("b: 2, c", "b\nc", "<script>", "b}", "\"b\"", "", "-b", "b.c",
                                "b_c", "*b", "12", "b #");
    CAPTURE(name);
    CHECK(added(plan, registry::AddApplication{name, {}, {}}).starts_with("no: "));
    CHECK(
        added(plan, registry::AddType{name, {}, registry::Protocol::tcp, {}}).starts_with("no: "));
}

TEST_CASE("of several plans the one that has a place for it, and no other behind a refusal") {
    using Kind = registry::Refusal::Kind;
    std::string asked;
    const auto make = [&](const std::string& path) -> registry::OrRefusal<Allocation> {
        asked += path + " ";
        if (path == "yes") return Allocation();
        return registry::Refusal{path == "taken" ? Kind::conflict : Kind::unknown, path};
    };
    CHECK(in_one_of({"none", "yes", "taken"}, make).has_value());
    CHECK(asked == "none yes ");
    asked.clear();
    CHECK(in_one_of({"none", "taken", "yes"}, make).error().reason == "taken");
    CHECK(asked == "none taken ");
    CHECK(in_one_of({"none", "nothing"}, make).error().reason == "none");
    CHECK(in_one_of({}, make).error().kind == Kind::unknown);
}

TEST_CASE("who waits for the plan's lock waits as long as it said") {
    const auto folder = std::filesystem::temp_directory_path() /
                        ("portolan-allocation-" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder);
    const auto path = (folder / "plan.yaml").string();
    std::ofstream(path) << head << convention << "  applications: {a: 1}\n  types: {http: 3}\n";
    const registry::Edit edit = registry::AddApplication{"b", {}, {}};
    const int held = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    REQUIRE(::flock(held, LOCK_EX) == 0);
    const auto begun = std::chrono::steady_clock::now();
    const auto busy = allocate(path, edit, std::chrono::milliseconds(60));
    CHECK(std::chrono::steady_clock::now() - begun >= std::chrono::milliseconds(60));
    REQUIRE_FALSE(busy.has_value());
    CHECK(busy.error().kind == registry::Refusal::Kind::busy);
    CHECK(busy.error().reason == "others are writing " + path + ": ask again in a moment");
    ::close(held);
    const auto made = allocate(path, edit, std::chrono::milliseconds(60));
    REQUIRE(made.has_value());
    CHECK(registry::number_of(made->edit) == 2U);
    CHECK(source::read_whole_file(path) == made->after);
    CHECK(std::distance(std::filesystem::directory_iterator(folder),
                        std::filesystem::directory_iterator()) == 1);
    std::filesystem::remove_all(folder);
    const auto gone = allocate(path, edit);
    REQUIRE_FALSE(gone.has_value());
    CHECK(gone.error().reason == "cannot lock " + path + ": No such file or directory");
}

TEST_CASE("an allocation as JSON") {
    const auto plan = head + convention + "  applications: {a: 1}\n  types: {http: 3}\n" +
                      "registry:\n  ranges: {APIs: 5000-5001}\n  services:\n    x: {port: 5000}\n";
    const auto said = [&](registry::Edit edit) {
        return boost::json::serialize(to_json(*allocation(
            "p", std::move(edit), [&](const std::string&) { return std::optional(plan); })));
    };
    CHECK(
        said(registry::AddApplication{"b", {}, {}}) ==
        R"({"kind":"application","name":"b","id":2,"zone":"z.example","entry":"b: 2","ports":"10203","file":"p","line":7})");
    CHECK(
        said(registry::AddType{"ajp", {}, registry::Protocol::tcp, {}}) ==
        R"({"kind":"type","name":"ajp","id":4,"zone":"z.example","entry":"ajp: 4","ports":"10104","file":"p","line":8})");
    CHECK(
        said(registry::AddService{"y", "APIs", {}, registry::Protocol::tcp, {}}) ==
        R"({"kind":"port","name":"y","port":5001,"zone":"z.example","entry":"y: {port: 5001, in: APIs}","ports":"5001","file":"p","line":13})");
}

TEST_CASE("a patch, also where the last line does not end") {
    CHECK(patch_text("p", "a\nb\nc\nd\ne\n", "a\nb\nc\nX\nd\ne\n") ==
          "--- p\n+++ p\n@@ -1,5 +1,6 @@\n a\n b\n c\n+X\n d\n e\n");
    CHECK(patch_text("p", "a", "a\nb\n") ==
          "--- p\n+++ p\n@@ -1,1 +1,2 @@\n-a\n\\ No newline at end of file\n+a\n+b\n");
}
