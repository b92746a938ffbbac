#include "cli/progress.hpp"

#include <fmt/core.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "net/signals_blocked.hpp"

namespace portolan::cli {
namespace {

using namespace std::chrono_literals;

constexpr auto patience = 500ms;  // what ends sooner needs no words
constexpr auto frame = 100ms;
constexpr std::size_t bar_width = 20;
constexpr const char* wipe = "\r\x1b[K";  // to the line's beginning, and erased to its end

bool is_watched() {
    const char* terminal = std::getenv("TERM");
    return ::isatty(STDERR_FILENO) == 1 && terminal != nullptr &&
           std::string_view(terminal) != "dumb";
}

std::size_t columns_of_terminal() {
    winsize size{};
    const bool is_known = ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    return is_known ? size.ws_col : 80;
}

/// A file's name may hold anything; what steers a terminal (C0, DEL; C1 as UTF-8 has it) shows as
/// "?".
std::string harmless(const std::string& text) {
    std::string shown;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto octet = static_cast<unsigned char>(text[i]);
        const auto next = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : 0U;
        const bool is_c1 = octet == 0xc2 && next >= 0x80 && next <= 0x9f;
        shown += octet < 0x20 || octet == 0x7f || is_c1 ? '?' : text[i];
        if (is_c1) ++i;
    }
    return shown;
}

/// Its first `columns` characters, each taken for one column. UTF-8 is not cut within a character.
std::string_view first_columns(std::string_view text, std::size_t columns) {
    std::size_t seen = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool begins = (static_cast<unsigned char>(text[i]) & 0xc0U) != 0x80U;
        if (begins && seen++ == columns) return text.substr(0, i);
    }
    return text;
}

std::string bar(std::size_t done, std::size_t total) {
    done = std::min(done, total);
    std::string drawn(bar_width * done / total, '=');
    if (drawn.size() < bar_width) drawn += '>';
    drawn.resize(bar_width, ' ');
    return fmt::format("[{}] {:2} %", drawn, 100 * done / total);
}

}  // namespace

std::string progress_line(const Standing& standing, std::chrono::seconds since,
                          std::size_t columns) {
    std::string end = fmt::format(" {} s", since.count());
    if (standing.total > 0) end = " " + bar(standing.done, standing.total) + end;
    if (end.size() >= columns) end.clear();
    const std::string doing = harmless(standing.doing);
    std::string line(first_columns(doing, columns - end.size()));
    while (line.ends_with(' ')) line.pop_back();
    return line + end;
}

Progress::Progress() {
    if (!is_watched()) return;
    const net::SignalsBlocked none_here;  // they are for the command's own thread
    drawing_ = std::thread(&Progress::draw, this);
}

Progress::~Progress() {
    if (!drawing_.joinable()) return;
    {
        const std::lock_guard lock(mutex_);
        has_ended_ = true;
    }
    ended_.notify_one();
    drawing_.join();
}

source::Tell Progress::teller() {
    if (!drawing_.joinable()) return {};
    return [this](const std::string& doing, std::size_t done, std::size_t total) {
        const std::lock_guard lock(mutex_);
        // Threads may come in another order than they counted in.
        const bool goes_on = doing == standing_.doing && total == standing_.total;
        standing_ = {doing, goes_on ? std::max(done, standing_.done) : done, total};
    };
}

void Progress::draw() {
    const auto began = std::chrono::steady_clock::now();
    std::unique_lock lock(mutex_);
    const auto has_ended = [this] { return has_ended_; };
    if (ended_.wait_for(lock, patience, has_ended)) return;
    do {
        const auto since =
            std::chrono::floor<std::chrono::seconds>(std::chrono::steady_clock::now() - began);
        // One column stays free: a full line would wrap on some terminals, and could not be wiped.
        const auto line = progress_line(standing_, since, columns_of_terminal() - 1);
        fmt::print(stderr, "{}{}", wipe, line);
        std::fflush(stderr);
    } while (!ended_.wait_for(lock, frame, has_ended));
    fmt::print(stderr, "{}", wipe);
    std::fflush(stderr);
}

}  // namespace portolan::cli
