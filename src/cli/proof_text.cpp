#include "cli/proof_text.hpp"

#include <fmt/core.h>

#include <map>

#include "cli/terminal.hpp"

namespace portolan::cli {
namespace {

using registry::Ground;

/// A collision with something that has a name, each in its own line.
void print_named(const registry::Judgement& judgement) {
    for (const auto& each : judgement.witnesses)
        fmt::print("    {}/{} {}: {}{}\n", each.port, to_string(each.protocol), each.holder,
                   each.other, each.same_protocol ? "" : ", in another protocol only");
}

/// Numbers in a range: a line an instance, and each number of the registry with its name.
void print_numbers(const registry::Judgement& judgement) {
    std::map<unsigned, std::vector<unsigned>> by_instance;
    for (const auto& each : judgement.witnesses)
        if (each.instance != 0) by_instance[each.instance].push_back(each.port);
    for (const auto& [instance, ports] : by_instance)
        fmt::print("    {} of instance {}: {}\n", ports.size(), instance,
                   registry::compact_ranges(ports));
    for (const auto& each : judgement.witnesses)
        if (each.instance == 0)
            fmt::print("    {}/{} {}\n", each.port, to_string(each.protocol), each.holder);
}

}  // namespace

void print_judgement(const registry::Judgement& judgement, bool colour) {
    fmt::print("{}: {}\n", bold(to_string(judgement.ground), colour), judgement.sentence);
    const bool has_names = !judgement.witnesses.empty() && !judgement.witnesses[0].other.empty();
    has_names ? print_named(judgement) : print_numbers(judgement);
    if (!judgement.cure.empty()) fmt::print("    cure: {}\n", judgement.cure);
}

}  // namespace portolan::cli
