// The steps of one zone in etcd, below zones/APEX/:
//
//     head                  {"step":N,"whole":G,…}
//     G/whole               the zone as it was after step G
//     G/steps/N             the steps since, for N from G + 1
//
// A step, or a whole, is transfer/step_octets.hpp behind a line with the number of its earlier
// parts, which stand beside it as …/parts/0 and so on where one value would be too large. The
// numbers have 20 digits, so that keys are in their order.
//
// The author writes a step with the head that names it, in one transaction, which fails when the
// writer is the author no more or the head is another than it knew. So steps are in one order, and
// no number is given twice. When the steps weigh more than a whole would, the author writes one,
// and all that stood before it goes.
//
// Every node puts a step in place when it sees the head that names it.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "portolan/app/agreement.hpp"
#include "portolan/source/etcd.hpp"

namespace portolan::app {

/// That this node is the author, as etcd knows it.
struct Authorship {
    std::uint64_t revision = 0;  // at which its key was created; 0: it is not the author
};

class EtcdZone : public std::enable_shared_from_this<EtcdZone> {
public:
    /// `doubt`: whether this node is still the author has become uncertain. All outlive it.
    EtcdZone(boost::asio::io_context& io, source::Etcd& etcd, Agreement::Party& party,
             const Authorship& authorship, std::function<void()> doubt, dns::NameView apex);

    void begin();

    [[nodiscard]] Agreement::Turn turn() const noexcept;
    void propose(const transfer::Step& step);
    /// This node has become the author, or is it no more.
    void appoint();
    void dismiss();

private:
    using State = source::etcd::State;
    using Event = source::etcd::Event;
    struct Head {
        std::uint64_t step = 0;
        std::uint64_t whole = 0;         // the step after which it was written
        std::uint64_t whole_octets = 0;  // of it
        std::uint32_t serial = 0;
        std::uint64_t content = 0;
    };
    /// What is being written.
    struct UnderWay {
        Head head;                       // that it leads to
        std::string key;                 // of the step, or the whole
        std::vector<std::string> parts;  // values, the last one that of `key`
        std::size_t written = 0;         // of them
        std::uint64_t author = 0;        // revision of the authorship …
        std::uint64_t knew = 0;          // … and of the head that it builds upon
        bool is_committed = false;
        bool is_logged = false;  // that it could not be written
    };

    static std::string text_of(const Head& head);
    static std::optional<Head> parse_head(const std::string& text);
    [[nodiscard]] std::string key(std::string_view rest) const {
        return folder_ + std::string(rest);
    }

    void hear(const State& state);
    void hear(const std::vector<Event>& events);
    void lose();
    void take_head(const source::etcd::KeyValue& value);
    void advance(const Head& head);
    [[nodiscard]] std::optional<transfer::Step> find(const std::string& key,
                                                     std::size_t* octets) const;
    void give_whole(const Head& head);
    void read_again(const std::string& why);
    void settle();

    bool write_whole(std::uint64_t step);
    void write(Head head, std::string at, const transfer::Step& step);
    void write_next();
    void written(const source::OrEtcdError<source::etcd::Committed>& committed);
    void try_again();

    source::Etcd& etcd_;
    Agreement::Party& party_;
    const Authorship& authorship_;
    const std::function<void()> doubt_;
    const dns::PackedName apex_;
    const std::string folder_;                   // "zones/svc.corp.example/"
    std::map<std::string, std::string> values_;  // of steps and parts that wait for their head
    bool is_known_ = false;                      // what etcd has of it was read
    bool has_appointed_ = false;  // take_turn has told the party that it is the author
    bool is_behind_ = false;      // a proposal built upon a head that is not the last
    Head head_;                   // the last that was put in place; step 0: none
    std::uint64_t head_revision_ = 0;
    std::size_t step_octets_ = 0;  // since the whole
    std::optional<UnderWay> under_way_;
    boost::asio::steady_timer again_;
    std::unique_ptr<source::Etcd::Watch> watch_;
};

}  // namespace portolan::app
