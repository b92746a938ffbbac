#include "app/state_files.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "portolan/net/socket.hpp"

namespace portolan::app {
namespace {

bool sync_folder(const std::string& folder) {
    const net::Descriptor open_folder(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    return open_folder && fsync(open_folder.get()) == 0;
}

}  // namespace

std::string system_reason() { return std::strerror(errno); }

bool write_all(int file, std::string_view text) noexcept {
    while (!text.empty()) {
        const auto written = write(file, text.data(), text.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return false;
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
}

bool replace_file(const std::string& folder, const std::string& path, std::string_view text,
                  unsigned mode) {
    const std::string draft = path + ".new";
    {
        const net::Descriptor file(
            open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode));
        if (!file || !write_all(file.get(), text) || fsync(file.get()) != 0) {
            const int error = errno;
            unlink(draft.c_str());
            errno = error;
            return false;
        }
    }
    return rename(draft.c_str(), path.c_str()) == 0 && sync_folder(folder);
}

}  // namespace portolan::app
