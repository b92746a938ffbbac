// The file: locked, and replaced whole.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "portolan/desk/allocate.hpp"

namespace portolan::desk {
namespace {

using registry::OrRefusal;
using registry::Refusal;

Refusal failed(const std::string& what, const std::string& path) {
    return {Refusal::Kind::failed, fmt::format("{} {}: {}", what, path, std::strerror(errno))};
}

/// A file's lock, held by its open description. Whoever replaces the file takes the lock with the
/// old one; so it is opened again until it is the file that the path names.
class Lock {
public:
    explicit Lock(const std::string& path) {
        while (true) {
            descriptor_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
            if (descriptor_ < 0 || ::flock(descriptor_, LOCK_EX) != 0) return;
            struct stat here {};
            struct stat there {};
            if (::fstat(descriptor_, &here) == 0 && ::stat(path.c_str(), &there) == 0 &&
                here.st_ino == there.st_ino && here.st_dev == there.st_dev) {
                is_held_ = true;
                return;
            }
            ::close(descriptor_);
        }
    }
    ~Lock() {
        if (descriptor_ >= 0) ::close(descriptor_);
    }
    Lock(const Lock&) = delete;
    Lock& operator=(const Lock&) = delete;
    [[nodiscard]] bool is_held() const noexcept { return is_held_; }

private:
    int descriptor_ = -1;
    bool is_held_ = false;
};

bool write_all(int descriptor, const std::string& text) {
    for (std::size_t at = 0; at < text.size();) {
        const auto wrote = ::write(descriptor, text.data() + at, text.size() - at);
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote <= 0) return false;
        at += static_cast<std::size_t>(wrote);
    }
    return true;
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
    const int descriptor = ::mkstemp(temporary.data());
    if (descriptor < 0) return failed("cannot write beside", path);
    const bool is_owned = ::fchown(descriptor, old.st_uid, old.st_gid) == 0 || ::geteuid() != 0;
    const bool is_written = is_owned && write_all(descriptor, text) &&
                            ::fchmod(descriptor, old.st_mode & 07777U) == 0 &&
                            ::fsync(descriptor) == 0;
    ::close(descriptor);
    if (is_written && ::rename(temporary.c_str(), path.c_str()) == 0) return std::nullopt;
    const auto refusal = failed("cannot write", path);
    ::unlink(temporary.c_str());
    return refusal;
}

}  // namespace

OrRefusal<Allocation> allocate(const std::string& plan_path, const registry::Edit& edit) {
    const Lock lock(plan_path);
    if (!lock.is_held()) return failed("cannot lock", plan_path);
    auto made = allocation(plan_path, edit, source::read_whole_file);
    if (!made) return made;
    if (auto refusal = replace(made->file, made->after)) return *std::move(refusal);
    return made;
}

}  // namespace portolan::desk
