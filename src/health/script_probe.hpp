// A probe by a program of the operator's, which the launcher runs.
//
// The first 4 KiB of what it writes are kept; a little more is read and dropped, and one that goes
// on writing is left to wait for its timeout.
#pragma once

#include "health/probe.hpp"
#include "portolan/health/launcher.hpp"

namespace portolan::health {

class ScriptProbe final : public Probe {
public:
    /// The script is told the target by PORTOLAN_ADDRESS and PORTOLAN_PORT.
    ScriptProbe(const ProbeHome& home, const Launcher& launcher, const registry::ExecCheck& check,
                const registry::Address& address, registry::Port port);
    ~ScriptProbe() override;
    ScriptProbe(const ScriptProbe&) = delete;
    ScriptProbe& operator=(const ScriptProbe&) = delete;

    std::optional<Observation> begin() noexcept override;
    void ready() noexcept override;  // its status has come
    [[nodiscard]] const char* lacks() const noexcept override { return "the script was killed"; }

private:
    /// Tells of what the script writes.
    class Output final : public net::Watcher {
    public:
        explicit Output(ScriptProbe& probe) : probe_(probe) {}
        void ready() noexcept override { probe_.read_output(); }

    private:
        ScriptProbe& probe_;
    };

    void read_output() noexcept;
    [[nodiscard]] Observation judge(int status) const;

    ProbeHome home_;
    const Launcher& launcher_;
    const registry::ExecCheck& check_;
    std::vector<std::string> environment_;
    Launcher::Running running_;
    Output output_{*this};
    std::string kept_;
    std::size_t written_ = 0;
    bool is_watched_ = false;
    bool is_output_watched_ = false;
};

}  // namespace portolan::health
