// What is wrong with a plan, said as values: every finding names its place and its cure.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <vector>

namespace portolan::registry {

/// A spot in one of a plan's source files. Line and column count from 1; 0 means "the whole file".
struct Place {
    std::uint32_t file = 0;  // index into Plan::files
    std::uint32_t line = 0;
    std::uint32_t column = 0;
    friend auto operator<=>(const Place&, const Place&) = default;
};

/// A value and where it was written.
template <class T>
struct Placed {
    T value{};
    Place place{};
};

/// note: true and worth knowing, nothing to do. warning: likely to hurt; exit status 1.
/// error: the plan cannot be served; exit status 2.
enum class Severity : std::uint8_t { note, warning, error };

/// One finding. `rule` is a stable word for scripts ("port-collision"); `message` says what is
/// so, `cure` what to do about it (a sentence in the imperative; empty when there is nothing).
struct Finding {
    Severity severity = Severity::error;
    std::string rule;
    std::string file;        // as the user named it
    std::uint32_t line = 0;  // 1-based; 0: the whole file
    std::uint32_t column = 0;
    std::string message;
    std::string cure;
};

using Findings = std::vector<Finding>;

/// "zones/a.yaml:12:7: error: … [rule]\n    cure: …", without colours.
std::string to_string(const Finding& finding);
const char* to_string(Severity severity) noexcept;
/// The worst severity's exit status: 0 clean (notes included), 1 warnings, 2 errors.
int exit_status(const Findings& findings) noexcept;

}  // namespace portolan::registry
