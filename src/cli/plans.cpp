#include <cstdlib>

#include "portolan/cli/commands.hpp"

namespace portolan::cli {

std::vector<std::string> plans_or_default(const std::vector<std::string>& named) {
    if (!named.empty()) return named;
    const char* configured = std::getenv("PORTOLAN_PLAN");
    if (configured != nullptr && *configured != '\0') return {configured};
    return {"zones/"};
}

std::string default_state() {
    const char* folder = std::getenv("STATE_DIRECTORY");
    const std::string all = folder == nullptr ? "" : folder;
    return all.substr(0, all.find(':'));
}

}  // namespace portolan::cli
