#include <catch2/catch.hpp>
#include <map>
#include <random>

#include "../support/plan_ways.hpp"
#include "portolan/source/plan_file.hpp"

using namespace portolan;

namespace {

const std::string head =
    "zone: svc.corp.example\n"
    "nameservers: {ns1: 192.0.2.53}\n"
    "convention:\n"
    "  pattern: XYYZZ\n"
    "  fields: {X: instance, YY: application, ZZ: type}\n"
    "  applications: {app: 1, web: 2}\n"
    "  types: {http: 3}\n";

const std::string fleet =
    "environments:\n"
    "  # the ones that matter\n"
    "  prod:\n"
    "    aliases: [production]\n"
    "    networks: [10.1.0.0/16]\n"
    "    multicast: 239.1.1.1\n"
    "    hosts:\n"
    "      jb1: [10.1.0.11, \"2001:db8::11\"]\n"
    "      jb2: {addresses: 10.1.0.12, owner: \"web\n"
    "        team\"}\n"
    "    place: {default: {1: jb1}, web: [jb2, {host: jb1, weight: 7}]}\n"
    "\n"
    "    override: {web: {failover: leader, leader: 2}}\n"
    "  qa: {hosts: {jb1: 10.2.0.11}, place: {default: jb1}}\n"
    "  dev:\n"
    "  'itl':\n"
    "    description: |\n"
    "      two\n"
    "      lines: here\n";

/// One environment with many entries.
const std::string crew =
    "environments:\n"
    "  prod:\n"
    "    networks: [10.1.0.0/16]\n"
    "    hosts:\n"
    "      jb1: [10.1.0.11, \"2001:db8::11\"]\n"
    "      jb2: {addresses: 10.1.0.12, owner: \"web\n"
    "        team\"}\n"
    "      # spare\n"
    "      jb3: 10.1.0.13\n"
    "      jb4: 10.1.0.14\n"
    "      jb5:\n"
    "        - 10.1.0.15\n"
    "    failover: balanced\n"
    "    place:\n"
    "      app: [jb1, jb2]\n"
    "      default: jb3\n"
    "      web: {1: jb1,\n"
    "        2: jb4}\n"
    "      cat: jb4\n"
    "    override: {web: {leader: 2}}\n"
    "  qa:\n"
    "    hosts:\n"
    "      jb1: 10.2.0.11\n";

source::FileReader files(const std::map<std::string, std::string>& texts) {
    return [texts](const std::string& path) -> std::optional<std::string> {
        const auto found = texts.find(path);
        if (found == texts.end()) return {};
        return found->second;
    };
}

struct Read {
    source::PlanFile file;
    bool by_pieces = false;
};

/// Reads both ways, which must agree.
Read read(const std::map<std::string, std::string>& texts, source::PlanMemory& memory) {
    const auto reader = files(texts);
    Read read{source::read_plan("p.yaml", reader, memory), false};
    INFO(texts.at("p.yaml"));
    CHECK(test::difference(read.file, source::read_plan_whole("p.yaml", reader)) == "");
    read.by_pieces = memory.find("p.yaml") != nullptr;
    return read;
}

struct Row {
    std::string why;
    std::string text;
    bool by_pieces = false;
    std::string part{};  // what p.yaml's `include: part.yaml` finds
};

std::string replaced(std::string text, const std::string& from, const std::string& to) {
    const auto at = text.find(from);
    REQUIRE(at != std::string::npos);
    return text.replace(at, from.size(), to);
}

std::string with_carriage_returns(const std::string& text) {
    std::string result;
    for (const char c : text) result += c == '\n' ? std::string("\r\n") : std::string(1, c);
    return result;
}

}  // namespace

TEST_CASE("a plan read by pieces is the plan read as a whole") {
    const auto row = GENERATE_COPY(values<Row>({
        {"environments last", head + fleet, true},
        {"environments first", fleet + head, true},
        {"no line end at the end", head + fleet.substr(0, fleet.size() - 1), true},
        {"ends of lines as Windows has them", with_carriage_returns(head + fleet), true},
        {"a byte order mark", "\xEF\xBB\xBF" + head + fleet, true},
        {"a line --- in front", "---\n" + head + fleet, true},
        {"indented further", head + "environments:\n      a: {hosts: {b: 10.0.0.1}}\n", true},
        {"a comment behind the key", head + "environments:   # all\n  a: {}\n", true},
        {"a part has the environments", head + "include: part.yaml\n", true, fleet},
        {"a part has none", head + fleet + "include: part.yaml\n", true, "ttls: {host: 1m}\n"},
        {"no environments", head, false},
        {"environments on one line", head + "environments: {prod: {}}\n", false},
        {"a list", head + "environments:\n  - prod\n", false},
        {"a { } on lines of its own", head + "environments:\n  {prod: {},\n  qa: {}}\n", false},
        {"a part has some, too", head + fleet + "include: part.yaml\n", false,
         "environments: {prod: {failover: balanced}}\n"},
        {"a part has some in lines", head + fleet + "include: part.yaml\n", false,
         "environments:\n  prod: {failover: balanced}\n"},
        {"the key twice", head + fleet + "environments:\n  live: {}\n", false},
        {"one environment twice", head + fleet + "  qa: {}\n", false},
        {"one twice in other letters", head + fleet + "  QA: {}\n", false},
        {"an anchor", head + "environments:\n  a: &x {}\n  b: {}\n", false},
        {"an alias of an anchor in the frame",
         replaced(head, "{http", "&t {http") + "environments:\n  a: *t\n", false},
        {"a tag", head + "environments:\n  a: !!map {}\n", false},
        {"something to complain of",
         head + "environments:\n  a: {hosts: {b: 10.0.0.256}}\n  c: {}\n", false},
        {"a quoted text over the lines of two",
         head + "environments:\n  a: {description: \"x\n  b: y\"}\n  c: {}\n", false},
        {"a { } over the lines of two",
         head + "environments:\n  a: {hosts: {\n  b: 10.0.0.1}}\n  c: {}\n", false},
        {"a quoted text that looks like environments",
         head + "contact: \"x\nenvironments:\n  a: b\n\"\n", false},
        {"the key in a { }", "{zone: a.example,\nenvironments:\n  a: {}\n}\n", false},
        {"a tab", head + "environments:\n  a: {}\n\tb: {}\n", false},
        {"a second document", head + fleet + "---\nzone: b.example\n", false},
        {"an environment between the indentations", head + fleet + " live: {}\n", false},
        {"octets that are no UTF-8", head + "environments:\n  a: {owner: \xFF}\n", false},
        {"a part that is not there", head + fleet + "include: none.yaml\n", false},
    }));
    INFO(row.why);
    source::PlanMemory memory;
    CHECK(read({{"p.yaml", row.text}, {"part.yaml", row.part}}, memory).by_pieces == row.by_pieces);
}

TEST_CASE("environments whose lines are as they were are the same objects") {
    source::PlanMemory memory;
    const auto before = read({{"p.yaml", head + fleet}}, memory).file;
    REQUIRE(before.plan);
    const auto shared = [&](const std::string& text) {
        const auto after = read({{"p.yaml", text}}, memory).file;
        std::string names;
        for (std::size_t i = 0; after.plan && i < after.plan->environments.size(); ++i) {
            const auto& each = after.plan->environments[i];
            const auto* old = before.plan->environment(each.name);
            if (old == &each)
                names += each.name + " ";
            else if (old != nullptr && same_environment(*old, each))
                names += "(" + each.name + ") ";
        }
        return names;
    };
    CHECK(shared(head + fleet) == "prod qa dev itl ");
    CHECK(shared(replaced(head, "web: 2", "web: 3") + fleet) == "prod qa dev itl ");
    CHECK(shared(head + replaced(fleet, "10.2.0.11", "10.2.0.12")) == "prod dev itl ");
    CHECK(shared("# moved\n" + head + fleet) == "(prod) (qa) (dev) (itl) ");
    CHECK(
        shared(head + "environments:\n  qa: {hosts: {jb1: 10.2.0.11}, place: {default: jb1}}\n") ==
        "(qa) ");
}

TEST_CASE("of an environment that has changed, entries that have not are not read again") {
    using Edits = std::vector<std::pair<std::string, std::string>>;
    struct Edit {
        std::string why;
        Edits edits;
        std::string kept;  // lists that are one object in both plans; "jb2": that host's owner is
    };
    const auto row = GENERATE(values<Edit>({
        {"a placement", {{"default: jb3", "default: jb4"}}, "hosts jb2"},
        {"two, far apart", {{"app: [jb1", "app: [jb3"}, {"cat: jb4", "cat: jb5"}}, "hosts jb2"},
        {"a host", {{"10.1.0.13", "10.1.0.23"}}, "placements jb2"},
        {"the last host", {{"10.1.0.15", "10.1.0.25"}}, "placements jb2"},
        {"neither", {{"10.1.0.0/16", "10.0.0.0/8"}}, "hosts placements jb2"},
        {"a host more, which moves the rest",
         {{"jb3: 10", "jb6: 10.1.0.16\n      jb3: 10"}},
         "jb2"},
        {"a host less", {{"      jb4: 10.1.0.14\n", ""}}, "jb2"},
        {"hosts in another order",
         {{"      jb3: 10.1.0.13\n", ""}, {"    failover", "      jb3: 10.1.0.13\n    failover"}},
         "placements jb2"},
        {"moved", {{"environments", "# moved\nenvironments"}}, "jb2"},
        {"the environment's keys in another order",
         {{"    failover: balanced\n", ""},
          {"    networks", "    failover: balanced\n    networks"}},
         "placements jb2"},
        {"all behind the hosts gone", {{crew.substr(crew.find("    failover")), ""}}, "hosts jb2"},
        {"a host twice", {{"jb3: 10.1.0.13", "jb1: 10.1.0.13"}}, ""},
        {"twice in other letters", {{"jb3: 10.1.0.13", "JB1: 10.1.0.13"}}, ""},
        {"a known line twice", {{"jb3: 10", "jb4: 10.1.0.14\n      jb3: 10"}}, ""},
        {"an anchor", {{"jb3: 10", "jb3: &x 10"}}, ""},
        {"something to complain of", {{"10.1.0.13", "10.1.0.256"}}, ""},
        {"a quoted text over a whole block",
         {{"networks: [10.1.0.0/16]", "description: \"x"},
          {"jb2: {addresses: 10.1.0.12, owner: \"web\n        team\"}", "jb2: 10.1.0.12"},
          {", \"2001:db8::11\"]", "]"},
          {"balanced", "balanced\""}},
         ""},
        {"a quoted text over known entries",
         {{"jb3: 10.1.0.13", "jb3: {addresses: 10.1.0.13, owner: \"a"}, {"- 10.1.0.15", "\"}"}},
         ""},
        {"a quoted text over the block's end",
         {{"jb5:\n        - 10.1.0.15", "jb5: {addresses: 10.1.0.15, owner: \"a"},
          {"balanced", "b\"}"}},
         ""},
        {"a quoted text over known entries and the block's end",
         {{"jb3: 10.1.0.13", "jb3: {addresses: 10.1.0.13, owner: \"a"},
          {"      jb5:\n        - 10.1.0.15\n", ""},
          {"balanced", "b\"}"}},
         ""},
        {"a { } around the environment's keys",
         {{"    networks: [10.1.0.0/16]\n", "    {\n"},
          {"    override: {web: {leader: 2}}\n", "    }\n"}},
         ""},
        {"a block scalar, which counts lines",
         {{"jb1: [10.1.0.11, \"2001:db8::11\"]",
           "jb1:\n        addresses: 10.1.0.11\n        owner: |+\n          a"}},
         ""},
        {"a list of hosts", {{"jb1: [10.1.0.11, \"2001:db8::11\"]", "- jb1"}}, ""},
        {"the blocks change keys",
         {{"hosts:", "hands:"}, {"place:", "hosts:"}, {"hands:", "place:"}},
         ""},
    }));
    INFO(row.why);
    source::PlanMemory memory;
    const auto before = read({{"p.yaml", head + crew}}, memory).file;
    std::string text = head + crew;
    for (const auto& [from, to] : row.edits) text = replaced(text, from, to);
    const auto after = read({{"p.yaml", text}}, memory).file;
    std::string kept;
    const auto keep = [&](const std::string& what) { kept += (kept.empty() ? "" : " ") + what; };
    const auto* then = before.plan->environment("prod");
    const auto* now = after.plan ? after.plan->environment("prod") : nullptr;
    REQUIRE(then != nullptr);
    if (now != nullptr && now->hosts.is_shared_with(then->hosts)) keep("hosts");
    if (now != nullptr && now->placements.is_shared_with(then->placements)) keep("placements");
    const auto* host = now == nullptr ? nullptr : now->host("jb2");
    if (host != nullptr && host->about && host->about == then->host("jb2")->about) keep("jb2");
    CHECK(kept == row.kept);
}

namespace {

/// Slips of the hand: lines lost, doubled, shifted; characters that mean something to YAML.
std::string with_slips(std::string text, std::mt19937& random) {
    const auto below = [&](std::size_t n) { return random() % n; };
    const std::string odd = "{}[]\"'#:&*!|>-?,%@` \t\n\r\\x";
    for (std::size_t slips = 1 + below(3); slips > 0; --slips) {
        const std::size_t at = below(text.size());
        const std::size_t line = text.rfind('\n', at) + 1;
        const std::size_t next = std::min(text.find('\n', at), text.size() - 1) + 1;
        const std::string whole_line = text.substr(line, next - line);
        switch (below(5)) {
            case 0:
                text.erase(line, next - line);
                break;
            case 1:
                text.insert(line, whole_line);
                break;
            case 2:
                text.insert(line, std::string(1 + below(4), ' '));
                break;
            case 3:
                text.insert(at, 1, odd[below(odd.size())]);
                break;
            default:
                text.erase(at, 1);
                break;
        }
        if (text.empty()) text = "x";
    }
    return text;
}

}  // namespace

TEST_CASE("whatever happens to a plan's text, both ways read the same") {
    std::mt19937 random(2026);
    source::PlanMemory memory;
    for (unsigned i = 0; i < 3000; ++i) {
        read({{"p.yaml", with_slips(head + fleet, random)}}, memory);
    }
}

TEST_CASE("whatever happens to an environment's entries, both ways read the same") {
    std::mt19937 random(2027);
    for (unsigned i = 0; i < 3000; ++i) {
        source::PlanMemory memory;
        source::read_plan("p.yaml", files({{"p.yaml", head + crew}}), memory);
        const std::string once = with_slips(crew, random);
        read({{"p.yaml", head + once}}, memory);
        read({{"p.yaml", head + with_slips(once, random)}}, memory);
    }
}
