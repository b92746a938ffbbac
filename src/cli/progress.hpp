// One line at the foot of a terminal that says how far long work has come, and goes when it is
// done:
//
//     checking the names of zones/fleet.yaml [=========>          ] 48 % 3 s
//
// It goes to standard error, from the first half second on, and only where a person sees it: not
// when that is a file or a pipe, not on a terminal that cannot take a line back (TERM=dumb).
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <string>
#include <thread>

#include "portolan/source/progress.hpp"

namespace portolan::cli {

/// What is known of the work.
struct Standing {
    std::string doing;
    std::size_t done = 0;
    std::size_t total = 0;  // 0: not known
};

/// The line, at most `columns` wide, in ASCII but for what `doing` has; nothing that is in there
/// can steer the terminal.
std::string progress_line(const Standing& standing, std::chrono::seconds since,
                          std::size_t columns);

/// Draws while it lives. The work may tell it from any thread.
class Progress {
public:
    Progress();
    ~Progress();
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

    /// What the work tells; empty where nothing is drawn. Not to be called when this is gone.
    [[nodiscard]] source::Tell teller();

private:
    void draw();

    std::mutex mutex_;
    std::condition_variable ended_;
    bool has_ended_ = false;
    Standing standing_;
    std::thread drawing_;  // not joinable where nothing is drawn
};

/// What the work returns, which has no parts to tell of.
template <class Work>
auto shown_at_work(const std::string& doing, const Work& work) {
    Progress progress;
    source::about(progress.teller(), doing);
    return work();
}

}  // namespace portolan::cli
