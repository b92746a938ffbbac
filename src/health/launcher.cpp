#include "portolan/health/launcher.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <span>

namespace portolan::health {
namespace {

constexpr std::size_t most_octets = 64 * 1024;  // of a command with its environment
constexpr const char* path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

// --- a request: the number of arguments, then all texts, each with its zero; two descriptors
// ------

std::string packed(const std::vector<std::string>& command,
                   const std::vector<std::string>& environment) {
    const auto count = static_cast<std::uint32_t>(command.size());
    std::string text(reinterpret_cast<const char*>(&count), sizeof count);
    for (const auto* list : {&command, &environment}) {
        for (const auto& each : *list) (text += each) += '\0';
    }
    return text;
}

struct Request {
    std::vector<char*> arguments;
    std::vector<char*> environment{const_cast<char*>(path)};
    net::Descriptor output;
    net::Descriptor status;
};

union Control {
    cmsghdr header;
    std::array<char, CMSG_SPACE(2 * sizeof(int))> room;
};

/// The texts stay in `octets`.
void unpack(std::span<char> octets, Request& request) {
    std::uint32_t count = 0;
    std::memcpy(&count, octets.data(), sizeof count);
    for (auto rest = octets.subspan(sizeof count); !rest.empty();) {
        auto& list = count > 0 ? request.arguments : request.environment;
        if (count > 0) --count;
        list.push_back(rest.data());
        rest = rest.subspan(strnlen(rest.data(), rest.size() - 1) + 1);
    }
    request.arguments.push_back(nullptr);
    request.environment.push_back(nullptr);
}

// --- the script's side ---------------------------------------------------------------------------

/// Whom scripts run as when the server is root.
bool become_nobody() {
    const passwd* nobody = getpwnam("nobody");
    if (nobody == nullptr) return false;
    return setgroups(0, nullptr) == 0 &&
           setresgid(nobody->pw_gid, nobody->pw_gid, nobody->pw_gid) == 0 &&
           setresuid(nobody->pw_uid, nobody->pw_uid, nobody->pw_uid) == 0;
}

[[noreturn]] void become_script(const Request& request) {
    setpgid(0, 0);
    for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGPIPE, SIGCHLD}) {
        signal(number, SIG_DFL);
    }
    const int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    dup2(nothing, STDIN_FILENO);
    dup2(request.output.get(), STDOUT_FILENO);
    dup2(request.output.get(), STDERR_FILENO);
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    static_cast<void>(chdir("/"));
    if (geteuid() != 0 || become_nobody()) {
        execve(request.arguments[0], request.arguments.data(), request.environment.data());
    }
    const std::string why = std::strerror(errno);
    static_cast<void>(write(STDOUT_FILENO, why.data(), why.size()));
    _exit(127);
}

// --- the keeper's side ---------------------------------------------------------------------------

[[noreturn]] void keep(Request request) {
    signal(SIGCHLD, SIG_DFL);  // the script is to be waited for
    const pid_t script = fork();
    if (script < 0) _exit(1);
    if (script == 0) become_script(request);
    setpgid(script, script);  // whoever of the two comes first
    request.output = net::Descriptor();
    const net::Descriptor end(static_cast<int>(syscall(SYS_pidfd_open, script, 0)));
    std::array<pollfd, 2> awaited = {pollfd{end.get(), POLLIN, 0},
                                     pollfd{request.status.get(), POLLIN, 0}};
    while (poll(awaited.data(), awaited.size(), -1) < 0 && errno == EINTR) {
    }
    kill(-script, SIGKILL);  // while the number is still its own
    int status = 0;
    while (waitpid(script, &status, 0) < 0 && errno == EINTR) {
    }
    static_cast<void>(send(request.status.get(), &status, sizeof status, MSG_NOSIGNAL));
    _exit(0);
}

// --- the launcher's side -------------------------------------------------------------------------

/// False when the server has gone.
bool receive(int requests, std::span<char> room, Request& request) {
    Control control{};
    iovec octets{room.data(), room.size()};
    msghdr message{};
    message.msg_iov = &octets;
    message.msg_iovlen = 1;
    message.msg_control = control.room.data();
    message.msg_controllen = control.room.size();
    const ssize_t count = recvmsg(requests, &message, MSG_CMSG_CLOEXEC);
    if (count <= 0) return count < 0 && errno == EINTR;
    const cmsghdr* header = CMSG_FIRSTHDR(&message);
    if (header == nullptr || header->cmsg_len != CMSG_LEN(2 * sizeof(int))) return true;
    std::array<int, 2> numbers{};
    std::memcpy(numbers.data(), CMSG_DATA(header), sizeof numbers);
    request.output = net::Descriptor(numbers[0]);
    request.status = net::Descriptor(numbers[1]);
    unpack(room.first(static_cast<std::size_t>(count)), request);
    return true;
}

/// A signal that is meant for the server, and reaches its whole group, ends scripts when it ends
/// the server.
[[noreturn]] void serve_requests(const net::Descriptor& requests) {
    const auto own = static_cast<unsigned>(requests.get());
    if (own > 3) close_range(3, own - 1, 0);  // also what the server itself was given
    close_range(own + 1, ~0U, 0);
    prctl(PR_SET_NAME, "portolan-checks");
    for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGUSR1}) signal(number, SIG_IGN);
    signal(SIGCHLD, SIG_IGN);  // keepers need nobody to bury them
    std::vector<char> room(most_octets);
    while (true) {
        Request request;
        if (!receive(requests.get(), room, request)) _exit(0);
        if (!request.status || fork() != 0) continue;
        keep(std::move(request));
    }
}

}  // namespace

Launcher::Launcher() {
    std::array<int, 2> ends{};
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) {
        throw net::SocketError(
            fmt::format("cannot make a pair of sockets: {}", std::strerror(errno)));
    }
    requests_ = net::Descriptor(ends[0]);
    const net::Descriptor theirs(ends[1]);
    std::fflush(nullptr);  // what waits to be written is not to be written by both
    const pid_t launcher = fork();
    if (launcher < 0) {
        throw net::SocketError(
            fmt::format("cannot fork the process that runs scripts: {}", std::strerror(errno)));
    }
    if (launcher > 0) return;
    requests_ = net::Descriptor();
    serve_requests(theirs);
}

std::optional<Launcher::Running> Launcher::launch(
    const std::vector<std::string>& command, const std::vector<std::string>& environment) const {
    std::array<int, 2> output{};
    std::array<int, 2> status{};
    if (pipe2(output.data(), O_CLOEXEC) != 0) return std::nullopt;
    Running running{net::Descriptor(output[0]), {}};
    const net::Descriptor their_output(output[1]);
    fcntl(output[0], F_SETFL, O_NONBLOCK);  // of this end alone
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, status.data()) != 0) {
        return std::nullopt;
    }
    running.status = net::Descriptor(status[0]);
    const net::Descriptor their_status(status[1]);

    std::string text = packed(command, environment);
    if (text.size() > most_octets) {
        errno = E2BIG;
        return std::nullopt;
    }
    Control control{};
    iovec octets{text.data(), text.size()};
    msghdr message{};
    message.msg_iov = &octets;
    message.msg_iovlen = 1;
    message.msg_control = control.room.data();
    message.msg_controllen = control.room.size();
    control.header.cmsg_level = SOL_SOCKET;
    control.header.cmsg_type = SCM_RIGHTS;
    control.header.cmsg_len = CMSG_LEN(2 * sizeof(int));
    const std::array numbers = {their_output.get(), their_status.get()};
    std::memcpy(CMSG_DATA(&control.header), numbers.data(), sizeof numbers);
    if (sendmsg(requests_.get(), &message, MSG_NOSIGNAL | MSG_DONTWAIT) < 0) return std::nullopt;
    return running;
}

}  // namespace portolan::health
