#include "desk/socket_holders.hpp"

#include <pwd.h>
#include <sys/stat.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "desk/text.hpp"

namespace portolan::desk {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t longest_command = 65536;  // octets of a command line that are read

std::string beginning_of(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::string text(longest_command, '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(file.gcount()));
    return text;
}

std::vector<std::string> split_at_zeros(const std::string& text) {
    std::vector<std::string> parts;
    for (std::size_t at = 0; at < text.size();) {
        const auto end = std::min(text.find('\0', at), text.size());
        parts.push_back(text.substr(at, end - at));
        at = end + 1;
    }
    return parts;
}

Process process_at(const fs::path& folder, std::uint32_t id) {
    Process process;
    process.id = id;
    process.name = beginning_of(folder / "comm");
    if (process.name.ends_with('\n')) process.name.pop_back();
    process.arguments = split_at_zeros(beginning_of(folder / "cmdline"));
    struct stat status {};
    if (stat(folder.c_str(), &status) == 0) process.user = user_name(status.st_uid);
    return process;
}

/// The inode of "socket:[12345]"; 0 for other links.
std::uint64_t socket_inode(const std::string& link) {
    std::uint64_t inode = 0;
    if (link.starts_with("socket:[")) {
        std::from_chars(link.data() + 8, link.data() + link.size(), inode);
    }
    return inode;
}

/// The wanted sockets that a process has open; none when it may not be looked at, or is gone.
std::set<std::uint64_t> open_sockets(const fs::path& folder,
                                     const std::vector<std::uint64_t>& wanted) {
    std::set<std::uint64_t> found;
    std::error_code error;
    for (fs::directory_iterator each(folder / "fd", error), end; !error && each != end;
         each.increment(error)) {
        std::error_code unreadable;
        const auto inode = socket_inode(fs::read_symlink(each->path(), unreadable).string());
        if (inode != 0 && std::ranges::binary_search(wanted, inode)) found.insert(inode);
    }
    return found;
}

}  // namespace

std::multimap<std::uint64_t, Process> holders_of(std::vector<std::uint64_t> inodes) {
    std::ranges::sort(inodes);
    std::multimap<std::uint64_t, Process> holders;
    std::error_code error;
    for (fs::directory_iterator each("/proc", error), end; !error && each != end;
         each.increment(error)) {
        const auto id = parse_number(each->path().filename().string(), ~0U);
        if (!id) continue;
        const auto sockets = open_sockets(each->path(), inodes);
        if (sockets.empty()) continue;
        const Process process = process_at(each->path(), *id);
        for (const auto inode : sockets) holders.emplace(inode, process);
    }
    return holders;
}

std::string user_name(std::uint32_t user) {
    passwd entry{};
    passwd* found = nullptr;
    std::string room(16384, '\0');
    getpwuid_r(user, &entry, room.data(), room.size(), &found);
    return found == nullptr ? std::to_string(user) : found->pw_name;
}

}  // namespace portolan::desk
