// The file: locked, and replaced whole.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <thread>

#include "portolan/desk/allocate.hpp"

namespace portolan::desk {
namespace {

using registry::OrRefusal;
using registry::Refusal;

using Clock = std::chrono::steady_clock;

/// Between two looks at a lock that others have: they hold it for the time of a few reads.
constexpr std::chrono::milliseconds pause{10};

Refusal failed(const std::string& what, const std::string& path) {
    return {Refusal::Kind::failed, fmt::format("{} {}: {}", what, path, std::strerror(errno))};
}

/// A new file is made beside the old one, so the folder must be writable too.
Refusal not_written(const std::string& what, const std::string& path) {
    auto refusal = failed(what, path);
    const auto folder = std::filesystem::path(path).parent_path().string();
    refusal.reason += fmt::format(
        "; let this user ({}) write in {} (under systemd, ReadWritePaths=), or allocate as one who "
        "may",
        ::geteuid(), folder.empty() ? "." : folder);
    return refusal;
}

/// A file's lock, held by its open description. Whoever replaces the file takes the lock with the
/// old one; so it is opened again until it is the file that the path names.
class Lock {
public:
    Lock(const std::string& path, Patience patience) {
        const auto end = patience ? std::optional(Clock::now() + *patience) : std::nullopt;
        while (true) {
            descriptor_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
            if (descriptor_ < 0 || !take(end)) return;
            struct stat here {};
            struct stat there {};
            if (::fstat(descriptor_, &here) == 0 && ::stat(path.c_str(), &there) == 0 &&
                here.st_ino == there.st_ino && here.st_dev == there.st_dev) {
                is_held_ = true;
                return;
            }
            ::close(descriptor_);
            descriptor_ = -1;
        }
    }
    ~Lock() {
        if (descriptor_ >= 0) ::close(descriptor_);
    }
    Lock(const Lock&) = delete;
    Lock& operator=(const Lock&) = delete;
    [[nodiscard]] bool is_held() const noexcept { return is_held_; }
    [[nodiscard]] bool is_busy() const noexcept { return is_busy_; }

private:
    /// flock itself knows no end of waiting but a signal.
    bool take(std::optional<Clock::time_point> end) {
        if (!end) return ::flock(descriptor_, LOCK_EX) == 0;
        while (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
            if (errno != EWOULDBLOCK && errno != EINTR) return false;
            is_busy_ = Clock::now() >= *end;
            if (is_busy_) return false;
            std::this_thread::sleep_for(pause);
        }
        return true;
    }

    int descriptor_ = -1;
    bool is_held_ = false;
    bool is_busy_ = false;
};

/// Gives the new file to the old one's owner and group. Who is not root cannot, and keeps the group
/// alone where it is one of its own.
bool is_owned(int descriptor, const struct stat& old) {
    if (::fchown(descriptor, old.st_uid, old.st_gid) == 0) return true;
    constexpr auto same = static_cast<uid_t>(-1);
    static_cast<void>(::fchown(descriptor, same, old.st_gid));
    return ::geteuid() != 0;
}

bool write_all(int descriptor, const std::string& text) {
    for (std::size_t at = 0; at < text.size();) {
        const auto wrote = ::write(descriptor, text.data() + at, text.size() - at);
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote <= 0) return false;
        at += static_cast<std::size_t>(wrote);
    }
    return true;
}

/// Has the disk know of the new name too: a number that was given must not be given again after a
/// power cut.
void settle(const std::filesystem::path& folder) {
    const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) return;
    ::fsync(descriptor);
    ::close(descriptor);
}

/// A new file with the text, on the disk, in the old one's place and with its mode. A link stays
/// one: what it names is replaced.
std::optional<Refusal> replace(const std::string& named, const std::string& text) {
    std::error_code error;
    const auto path = std::filesystem::canonical(named, error).string();
    if (error) return Refusal{Refusal::Kind::failed, named + ": " + error.message()};
    struct stat old {};
    if (::stat(path.c_str(), &old) != 0) return failed("cannot read", path);
    std::string temporary = path + ".XXXXXX";
    const int descriptor = ::mkostemp(temporary.data(), O_CLOEXEC);
    if (descriptor < 0) return not_written("cannot write beside", path);
    const bool is_written = is_owned(descriptor, old) && write_all(descriptor, text) &&
                            ::fchmod(descriptor, old.st_mode & 07777U) == 0 &&
                            ::fsync(descriptor) == 0;
    ::close(descriptor);
    if (is_written && ::rename(temporary.c_str(), path.c_str()) == 0) {
        settle(std::filesystem::path(path).parent_path());
        return std::nullopt;
    }
    const auto refusal = not_written("cannot write", path);
    ::unlink(temporary.c_str());
    return refusal;
}

}  // namespace

OrRefusal<Allocation> allocate(const std::string& plan_path, const registry::Edit& edit,
                               Patience patience) {
    const Lock lock(plan_path, patience);
    if (lock.is_busy())
        return Refusal{Refusal::Kind::busy,
                       fmt::format("others are writing {}: ask again in a moment", plan_path)};
    if (!lock.is_held()) return failed("cannot lock", plan_path);
    auto made = allocation(plan_path, edit, source::read_whole_file);
    if (!made) return made;
    if (auto refusal = replace(made->file, made->after)) return *std::move(refusal);
    return made;
}

OrRefusal<Allocation> in_one_of(
    const std::vector<std::string>& plan_paths,
    const std::function<OrRefusal<Allocation>(const std::string& plan_path)>& make) {
    std::optional<Refusal> first;
    for (const auto& each : plan_paths) {
        auto made = make(each);
        if (made || made.error().kind != Refusal::Kind::unknown) return made;
        if (!first) first = made.error();
    }
    if (first) return *first;
    return Refusal{Refusal::Kind::unknown, "there is no plan to allocate in"};
}

}  // namespace portolan::desk
