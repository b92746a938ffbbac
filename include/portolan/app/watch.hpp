// Notices that plan files have changed (inotify).
//
// Folders are watched rather than files, because editors and configuration managers write a new
// file and rename it over the old one. A burst of events is one report, when it has been quiet
// for a moment.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace boost::asio {
class io_context;
}

namespace portolan::app {

class FileWatch {
public:
    /// `changed` is called on the io_context's thread.
    FileWatch(boost::asio::io_context& io, std::function<void()> changed);
    ~FileWatch();

    /// Looks at these files from now on, wherever they are, and at every *.yaml and *.yml in the
    /// folders among `arguments`. False when the system cannot watch (logged once).
    bool look_at(const std::vector<std::string>& files, const std::vector<std::string>& arguments);
    /// What was noticed and not yet reported is forgotten: it has just been read.
    void forget();

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace portolan::app
