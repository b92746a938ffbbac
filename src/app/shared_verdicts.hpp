// The verdicts of planned endpoints in etcd: verdicts/WORDS, with the words of app/checking.hpp.
//
// Who checks an endpoint says its verdict here, and all nodes take it from here. What is said while
// a write is under way goes together into the next one. A node that is a member no more writes
// nothing: others check its share by then.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "app/membership.hpp"
#include "portolan/registry/check.hpp"
#include "portolan/source/etcd.hpp"

namespace portolan::app {

class SharedVerdicts {
public:
    using Heard = std::vector<std::pair<std::string, registry::Verdict>>;

    /// Both outlive it.
    SharedVerdicts(boost::asio::io_context& io, source::Etcd& etcd, const Membership& members)
        : etcd_(etcd), members_(members), again_(io) {}

    /// `hear` is told what others have said, and this node.
    void begin(std::function<void(const Heard&)> hear);
    /// What this node has concluded; nothing happens when it is known so already.
    void say(const std::string& key, registry::Verdict verdict);
    /// What is not written yet is not to be.
    void forget() { waiting_.clear(); }

private:
    void write();
    void hear(const std::vector<source::etcd::KeyValue>& said);

    source::Etcd& etcd_;
    const Membership& members_;
    std::function<void(const Heard&)> hear_;
    std::map<std::string, registry::Verdict> known_;    // in etcd
    std::map<std::string, registry::Verdict> waiting_;  // to be written
    bool is_writing_ = false;
    boost::asio::steady_timer again_;
    std::unique_ptr<source::Etcd::Watch> watch_;
};

}  // namespace portolan::app
