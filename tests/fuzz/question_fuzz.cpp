// Any text as a question: it is read or refused; what is read, read again, is the same question;
// and the answer to it, and to a search for its words, is a JSON document.
// runs: 20000
#include <boost/json/serialize.hpp>
#include <cstdint>
#include <cstdlib>

#include "portolan/registry/desk.hpp"
#include "portolan/registry/search.hpp"
#include "portolan/source/plan_file.hpp"
#include "portolan/zone/srv_owner.hpp"

namespace {

using namespace portolan;

const registry::Desk& desk() {
    static const auto read = source::read_plan("plan", [](const std::string&) {
        return std::optional<std::string>(R"(
zone: svc.corp.example
nameservers: {ns1: 192.0.2.53}
convention:
  pattern: XYYZZ
  fields: {X: instance, YY: application, ZZ: type}
  instances: 1-4
  applications: {hydrogen: 1, oxygen: 8}
  types: {ajp: 4, snmp: {id: 5, proto: udp}, mcast: {ids: {prod: 11, dev: 7}, proto: udp, multicast: true}}
registry:
  ranges: {data: 27000-27099}
  services: {mongodb: {port: 27017, endpoints: [{host: jb1.prod}]}}
environments:
  prod: {hosts: {jb1: [10.1.0.11, "2001:db8::1"], mcast: 239.1.11.1}, place: {default: [jb1, jb1]}}
  dev: {hosts: {jb1: 10.2.0.11}, place: {default: [jb1]}}
)");
    });
    if (!read.plan) std::abort();
    static const registry::Desk desk{{registry::Registry(*read.plan)}, zone::srv_owner_text};
    return desk;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (const auto question = registry::read_question(text)) {
        if (question->port && *question->port > 65535) std::abort();
        const auto again = registry::read_question(question->text);
        if (!again || again->port != question->port || again->name != question->name ||
            again->protocol != question->protocol) {
            std::abort();
        }
        const auto answer = registry::answer(desk(), *question);
        if (answer ? boost::json::serialize(*answer).empty() : answer.error().reason.empty())
            std::abort();
    }
    if (const auto words = registry::read_words(text)) {
        if (boost::json::serialize(registry::search(desk(), *words)).empty()) std::abort();
    }
    return 0;
}
