#include "health/script_probe.hpp"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace portolan::health {
namespace {

using registry::Verdict;

constexpr std::size_t most_kept = 4 * 1024;
constexpr std::size_t most_read = 256 * 1024;
constexpr std::size_t most_told = 128;  // octets of the first line

/// The first line, without what a terminal or a log would act on.
std::string first_line(std::string_view text) {
    std::string line(text.substr(0, std::min(text.find('\n'), most_told)));
    std::erase_if(line, [](unsigned char each) { return each < ' ' || each == 0x7f; });
    return line;
}

}  // namespace

ScriptProbe::ScriptProbe(const ProbeHome& home, const Launcher& launcher,
                         const registry::ExecCheck& check, const registry::Address& address,
                         registry::Port port)
    : home_(home), launcher_(launcher),
      check_(check), environment_{"PORTOLAN_ADDRESS=" + registry::to_string(address),
                                  fmt::format("PORTOLAN_PORT={}", port)} {}

ScriptProbe::~ScriptProbe() {
    if (is_output_watched_) home_.loop.forget(output_);
    if (is_watched_) home_.loop.forget(*this);
}

std::optional<Observation> ScriptProbe::begin() noexcept {
    if (check_.command.empty()) return Observation{Verdict::critical, "there is no command"};
    auto running = launcher_.launch(check_.command, environment_);
    if (!running) return failed(errno);
    running_ = std::move(*running);
    is_watched_ = home_.loop.try_to_watch(running_.status.get(), *this, net::Loop::Wish::read);
    is_output_watched_ =
        home_.loop.try_to_watch(running_.output.get(), output_, net::Loop::Wish::read);
    if (!is_watched_ || !is_output_watched_) return failed(ENOMEM);
    return std::nullopt;
}

void ScriptProbe::ready() noexcept {
    int status = 0;
    const ssize_t count = recv(running_.status.get(), &status, sizeof status, 0);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (is_output_watched_) read_output();
    home_.end.found(home_.seat, count == sizeof status
                                    ? judge(status)
                                    : Observation{Verdict::unknown, "the script was not run"});
}

void ScriptProbe::read_output() noexcept {
    std::array<char, 4096> room;
    for (int turn = 0; turn < 4; ++turn) {
        const ssize_t count = read(running_.output.get(), room.data(), room.size());
        if (count < 0) return;
        if (count == 0 || (written_ += static_cast<std::size_t>(count)) > most_read) {
            // At the end nothing more can come; past the limit nothing more shall.
            home_.loop.unwatch(running_.output.get(), output_);
            is_output_watched_ = false;
            return;
        }
        const auto room_left = most_kept - kept_.size();
        kept_.append(room.data(), std::min(static_cast<std::size_t>(count), room_left));
    }
}

Observation ScriptProbe::judge(int status) const {
    const std::string said = first_line(kept_);
    if (!WIFEXITED(status)) {
        return {Verdict::critical, fmt::format("ended by signal {}", WTERMSIG(status))};
    }
    const int code = WEXITSTATUS(status);
    const Verdict verdict = code == 0   ? Verdict::passing
                            : code == 1 ? Verdict::warning
                                        : Verdict::critical;
    return {verdict, said.empty() ? fmt::format("exit status {}", code)
                                  : fmt::format("exit status {}: {}", code, said)};
}

}  // namespace portolan::health
