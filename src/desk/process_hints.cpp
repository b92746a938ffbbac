#include "desk/process_hints.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace portolan::desk {
namespace {

constexpr std::size_t longest_name = 15;  // TASK_COMM_LEN - 1: the kernel cuts names there

/// "helium-1" and "helium.jar" without what follows the name.
bool is_named(std::string_view part, std::string_view name) {
    if (!part.starts_with(name)) return false;
    const auto rest = part.substr(name.size());
    return rest.empty() || rest[0] == '.' ||
           (rest.find_first_not_of("-_0123456789") == rest.npos && rest.size() > 1);
}

bool is_process_name(std::string_view text, std::string_view name) {
    return is_named(text, name) ||
           (text.size() == longest_name && name.size() > longest_name && name.starts_with(text));
}

/// The path in an argument: "-Dcatalina.base=/srv/helium-1" has one behind its "=".
std::string_view path_in(std::string_view argument) {
    const auto at = argument.find('/');
    return at == argument.npos ? "" : argument.substr(at);
}

bool has_folder(std::string_view path, std::string_view name) {
    while (!path.empty()) {
        const auto end = std::min(path.find_first_of("/:"), path.size());
        if (is_named(path.substr(0, end), name)) return true;
        path.remove_prefix(std::min(end + 1, path.size()));
    }
    return false;
}

std::string where_borne(const Process& process, std::string_view name) {
    if (is_process_name(process.name, name)) return "its name is " + process.name;
    for (const auto& each : process.arguments)
        if (has_folder(path_in(each), name))
            return "its command line has " + std::string(path_in(each).substr(0, 80));
    return "";
}

}  // namespace

std::optional<Hint> hint_of(const Process& process, const std::string& own,
                            const std::vector<std::string_view>& names) {
    if (!where_borne(process, own).empty()) return std::nullopt;
    std::optional<Hint> found;
    for (const auto name : names) {
        auto where = where_borne(process, name);
        if (where.empty()) continue;
        if (found) return std::nullopt;
        found = Hint{std::string(name), std::move(where)};
    }
    return found;
}

}  // namespace portolan::desk
