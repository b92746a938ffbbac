#include "portolan/app/watch.hpp"

#include <spdlog/spdlog.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <map>
#include <set>

namespace portolan::app {
namespace {

namespace asio = boost::asio;
namespace fs = std::filesystem;
using std::chrono::milliseconds;

constexpr milliseconds quiet{200};           // so long after the last event
constexpr milliseconds at_the_latest{2000};  // so long after the first
constexpr milliseconds folder_retry{1000};   // for a folder that went away

constexpr std::uint32_t events_of_interest = IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM |
                                             IN_DELETE | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;

bool looks_like_plan(std::string_view name) {
    return !name.starts_with('.') && (name.ends_with(".yaml") || name.ends_with(".yml"));
}

std::string folder_of(const fs::path& file) {
    const auto folder = file.parent_path();
    return folder.empty() ? "." : folder.string();
}

/// What matters in one folder.
struct Folder {
    std::set<std::string> names;
    bool has_links = false;  // a file is a symbolic link: any rename may move what it means
    [[nodiscard]] bool matters(std::string_view name) const {
        return has_links || looks_like_plan(name) || names.contains(std::string(name));
    }
};
using Folders = std::map<std::string, Folder>;

void add_file(Folders& folders, const fs::path& file) {
    std::error_code error;
    Folder& folder = folders[folder_of(file)];
    folder.names.insert(file.filename().string());
    if (!fs::is_symlink(file, error)) return;
    folder.has_links = true;
    const auto target = fs::weakly_canonical(file, error);
    if (!error) folders[folder_of(target)].names.insert(target.filename().string());
}

Folders folders_of(const std::vector<std::string>& files,
                   const std::vector<std::string>& arguments) {
    Folders folders;
    for (const auto& file : files) add_file(folders, file);
    for (const auto& argument : arguments) {
        std::error_code error;
        if (fs::is_directory(argument, error)) {
            folders[argument];
        } else {
            add_file(folders, argument);  // also one that is missing just now
        }
    }
    return folders;
}

}  // namespace

struct FileWatch::State {
    State(asio::io_context& io, std::function<void()> report)
        : changed(std::move(report)), events(io), report_timer(io), retry_timer(io) {}

    bool open() {
        if (events.is_open()) return true;
        const int number = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
        if (number < 0) return complain("watch the plan files");
        events.assign(number);
        await();
        return true;
    }

    bool complain(const std::string& what) {
        if (!complained) {
            spdlog::warn("cannot {}: {}; changes are read on SIGHUP", what, std::strerror(errno));
        }
        complained = true;
        return false;
    }

    /// Replaces the set of folders. A folder that is watched already keeps its watch.
    bool look_at(Folders next) {
        if (!open()) return false;
        wanted = std::move(next);
        for (auto watched = numbers.begin(); watched != numbers.end();) {
            if (wanted.contains(watched->second)) {
                ++watched;
            } else {
                inotify_rm_watch(events.native_handle(), watched->first);
                watched = numbers.erase(watched);
            }
        }
        return add_watches();
    }

    bool add_watches() {
        bool complete = true;
        for (const auto& [folder, ignored] : wanted) {
            const int number =
                inotify_add_watch(events.native_handle(), folder.c_str(), events_of_interest);
            if (number >= 0) {
                numbers.emplace(number, folder);
            } else if (errno == ENOENT || errno == ENOTDIR) {
                await_folder();
            } else {
                complete = complain("watch the folder " + folder);
            }
        }
        return complete;
    }

    /// A folder that is not there is looked for now and then; when it is back, its files are news.
    void await_folder() {
        retry_timer.expires_after(folder_retry);
        retry_timer.async_wait([this](const boost::system::error_code& cancelled) {
            if (cancelled) return;
            const auto before = numbers.size();
            add_watches();
            if (numbers.size() > before) note();
        });
    }

    void await() {
        events.async_read_some(asio::buffer(room),
                               [this](const boost::system::error_code& error, std::size_t size) {
                                   if (error) return;
                                   read(size);
                                   await();
                               });
    }

    void read(std::size_t size) {
        for (std::size_t at = 0; at + sizeof(inotify_event) <= size;) {
            inotify_event event;
            std::memcpy(&event, room.data() + at, sizeof event);
            const char* name = event.len > 0 ? room.data() + at + sizeof event : "";
            see(event, name);
            at += sizeof event + event.len;
        }
    }

    void see(const inotify_event& event, const char* name) {
        if ((event.mask & IN_Q_OVERFLOW) != 0) return note();
        const auto watched = numbers.find(event.wd);
        if (watched == numbers.end()) return;
        if ((event.mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED)) != 0) {
            if ((event.mask & IN_MOVE_SELF) != 0)
                inotify_rm_watch(events.native_handle(), event.wd);
            numbers.erase(watched);
            note();
            return await_folder();
        }
        const auto folder = wanted.find(watched->second);
        if (folder != wanted.end() && folder->second.matters(name)) note();
    }

    void note() {
        const auto now = asio::steady_timer::clock_type::now();
        if (!pending) first_event = now;
        pending = true;
        report_timer.expires_at(std::min(now + quiet, first_event + at_the_latest));
        report_timer.async_wait([this](const boost::system::error_code& cancelled) {
            if (cancelled || !pending) return;
            pending = false;
            changed();
        });
    }

    std::function<void()> changed;
    asio::posix::stream_descriptor events;
    asio::steady_timer report_timer;
    asio::steady_timer retry_timer;
    asio::steady_timer::time_point first_event;
    bool pending = false;
    bool complained = false;
    Folders wanted;
    std::map<int, std::string> numbers;  // watch descriptors
    alignas(inotify_event) std::array<char, 16384> room{};
};

FileWatch::FileWatch(asio::io_context& io, std::function<void()> changed)
    : state_(std::make_unique<State>(io, std::move(changed))) {}

FileWatch::~FileWatch() = default;

bool FileWatch::look_at(const std::vector<std::string>& files,
                        const std::vector<std::string>& arguments) {
    return state_->look_at(folders_of(files, arguments));
}

void FileWatch::forget() {
    state_->pending = false;
    state_->report_timer.cancel();
}

}  // namespace portolan::app
