// Which step a zone takes next, so that all nodes that serve it take the same.
//
// Making a step and putting it in place are two things:
//
//     Engine: what changed ─▶ sign, next serial ─▶ transfer::Step
//                                                      │ propose
//                                                  Agreement
//                                                      │ put_in_place
//     Engine: journal, table, answers ◀────────────────┘
//
// A server of its own agrees with itself: a step that is proposed is put in place at once. Among
// several nodes one at a time is the author of all zones. It alone proposes steps, and every node,
// the author included, puts in place what was agreed upon, in one order. A serial then names one
// content wherever it is asked for, signatures and differences included: nobody else makes any.
//
// While a step is on its way its author makes no other of that zone. What changes meanwhile goes
// together into the next one.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "portolan/transfer/journal.hpp"

namespace portolan::app {

/// All of it, calls back included, on the engine's thread.
class Agreement {
public:
    /// Who makes steps, and puts them in place: the engine.
    class Party {
    public:
        virtual ~Party() = default;
        /// The zone's next step. It begins at the state that the last one led to.
        virtual void put_in_place(dns::NameView apex, transfer::Step step) = 0;
        /// The whole zone, as the step from nothing to its state: the first that is heard of it, or
        /// what it has come to when steps were missed. Its `before` means nothing.
        virtual void put_whole(dns::NameView apex, transfer::Step whole) = 0;
        /// The zone's next step is ours to propose, if there is anything to be changed. `is_new`:
        /// it was somebody else's until now.
        virtual void take_turn(dns::NameView apex, bool is_new) = 0;
        /// The zone as it is served, as `put_whole` takes it; nullopt before that.
        [[nodiscard]] virtual std::optional<transfer::Step> whole(dns::NameView apex) const = 0;
        /// Why this node can make no steps now, as a sentence; nullopt: it can.
        [[nodiscard]] virtual std::optional<std::string> unfit() const = 0;
    };

    virtual ~Agreement() = default;

    /// Whether other nodes take part.
    [[nodiscard]] virtual bool is_shared() const noexcept = 0;
    enum class Turn : std::uint8_t {
        ours,   // to propose the zone's next step
        later,  // ours again when what is on its way has been put in place: take_turn
        others,
    };
    [[nodiscard]] virtual Turn turn(dns::NameView apex) const noexcept = 0;
    /// When the turn is ours. What cannot be agreed upon does not come back.
    virtual void propose(dns::NameView apex, transfer::Step step) = 0;
    /// How this node stands with the others; nullopt: there are none.
    struct Standing {
        std::string node;                 // this one's name
        std::string author;               // "": there is none
        std::vector<std::string> living;  // in order
        std::optional<std::chrono::system_clock::time_point> cut_since;
    };
    [[nodiscard]] virtual std::optional<Standing> standing() const = 0;
    /// The zones that are served from now on, after each load. Those that are new are given whole.
    virtual void follow(const std::vector<dns::PackedName>& zones) = 0;
};

/// The agreement of a server with itself.
class OwnAgreement final : public Agreement {
public:
    explicit OwnAgreement(Party& party) noexcept : party_(party) {}
    [[nodiscard]] bool is_shared() const noexcept override { return false; }
    [[nodiscard]] Turn turn(dns::NameView) const noexcept override { return Turn::ours; }
    void propose(dns::NameView apex, transfer::Step step) override {
        party_.put_in_place(apex, std::move(step));
    }
    [[nodiscard]] std::optional<Standing> standing() const override { return std::nullopt; }
    void follow(const std::vector<dns::PackedName>&) override {}

private:
    Party& party_;
};

}  // namespace portolan::app
