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
        {"the key in a { }", "{zone: a.example,\nenvironments:\n  a: b\n}\n", false},
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

/// Slips of the hand: lines lost, doubled, shifted; characters that mean something to YAML.
TEST_CASE("whatever happens to a plan's text, both ways read the same") {
    std::mt19937 random(2026);
    const auto below = [&](std::size_t n) { return random() % n; };
    const std::string odd = "{}[]\"'#:&*!|>-?,%@` \t\n\r\\x";
    source::PlanMemory memory;
    for (unsigned i = 0; i < 3000; ++i) {
        std::string text = head + fleet;
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
        read({{"p.yaml", text}}, memory);
    }
}
