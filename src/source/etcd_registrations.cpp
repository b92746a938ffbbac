#include "portolan/source/etcd_registrations.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <map>
#include <set>
#include <utility>

#include "portolan/registry/registration_json.hpp"
#include "source/etcd_registration_keys.hpp"

namespace portolan::source {
namespace {

using registry::Registered;
using registry::RegistrationKey;
using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr milliseconds first_pause{10};  // until a write is tried again, doubled …
constexpr milliseconds longest_pause{500};
constexpr milliseconds patience{6000};  // … within this, which etcd's election of a leader fits in

}  // namespace

class EtcdRegistrations::Sharing : public std::enable_shared_from_this<Sharing> {
public:
    Sharing(boost::asio::io_context& io, Etcd& etcd) : io_(io), etcd_(etcd) {}

    void follow(Heard heard) {
        heard_ = std::move(heard);
        watch_ = etcd_.watch(registrations_folder,
                             {.whole = [this](etcd::State state) { hear(std::move(state)); },
                              .changed = [this](const auto& events) { hear(events); },
                              .cut =
                                  [this](const EtcdError& error) {
                                      fault_ = error.text;
                                      heard_.cut(error);
                                  },
                              .back =
                                  [this] {
                                      if (position_ != 0) fault_.reset();
                                      heard_.back();
                                  }});
    }

    void end() {
        has_ended_ = true;
        watch_.reset();
    }

    [[nodiscard]] const std::optional<std::string>& fault() const noexcept { return fault_; }

    void submit(Write write, Done done) {
        const auto key = std::visit([](const auto& one) { return key_of(one); }, write);
        // What was judged was judged by what is heard now; a state's change is good on any other.
        etcd::Txn txn = std::visit([this](const auto& one) { return this->judged(one); }, write);
        const auto* state = std::get_if<write::State>(&write);
        auto& queue = queues_[key];
        queue.push_back({std::move(txn), state == nullptr ? nullptr : state->amend, std::move(done),
                         Clock::now() + patience, first_pause});
        if (queue.size() == 1) attempt(key);
    }

private:
    struct Task {
        etcd::Txn txn;
        std::function<bool(Registered&)> amend;  // of a state, which is made into such a one
        Done done;
        Clock::time_point until;
        milliseconds pause;
    };
    struct Waiting {
        Done done;
        std::string key;
    };

    static std::string key_of(const write::Put& put) { return by_id(put.one.registration.key()); }
    static std::string key_of(const write::State& state) {
        return by_id(state.one.registration.key());
    }
    static std::string key_of(const write::Remove& remove) { return by_id(remove.key); }

    // --- hearing --------------------------------------------------------------------------------

    void hear(etcd::State state) {
        revisions_.clear();
        registered_.clear();
        holders_.clear();
        std::vector<Registered> all;
        for (const auto& each : state.keys) {
            if (auto one = enter(each)) all.push_back(*std::move(one));
        }
        position_ = state.revision;
        fault_.reset();
        heard_.whole(std::move(all), state.revision);
        tell_done();
    }

    void hear(const std::vector<etcd::Event>& events) {
        for (const auto& each : events) {
            if (each.is_deleted) {
                leave(each.now);
            } else if (auto one = enter(each.now)) {
                heard_.put(*std::move(one));
            }
            if (has_ended_) return;
            position_ = each.now.mod_revision;
        }
        tell_done();
    }

    /// The registration, if it is one.
    std::optional<Registered> enter(const etcd::KeyValue& said) {
        revisions_[said.key] = said.mod_revision;
        if (said.key.starts_with(by_endpoint_folder)) {
            holders_[said.key] = said.value;
            return std::nullopt;
        }
        auto one = registry::kept_from(said.value);
        if (!one || by_id(one->registration.key()) != said.key) {
            spdlog::error("etcd holds no registration under {} ({}): portolan store check",
                          said.key, one ? "it is another's" : one.error().reason);
            return std::nullopt;
        }
        one->created = said.create_revision;
        one->changed = said.mod_revision;
        registered_.insert_or_assign(said.key, *one);
        return *std::move(one);
    }

    void leave(const etcd::KeyValue& said) {
        revisions_.erase(said.key);
        holders_.erase(said.key);
        const auto there = registered_.find(said.key);
        if (there == registered_.end()) return;
        const auto key = there->second.registration.key();
        registered_.erase(there);
        heard_.removed(key, said.mod_revision);
    }

    /// Those whose writes have been heard.
    void tell_done() {
        while (!has_ended_ && !waiting_.empty() && waiting_.begin()->first <= position_) {
            const auto one = std::move(waiting_.begin()->second);
            waiting_.erase(waiting_.begin());
            one.done(std::nullopt);
            if (!has_ended_) go_on(one.key);
        }
    }

    // --- writing --------------------------------------------------------------------------------

    void compare(etcd::Txn& txn, const std::string& key) const {
        const auto there = revisions_.find(key);
        txn.when.push_back(
            {key, etcd::Compare::What::modified, there == revisions_.end() ? 0 : there->second});
    }

    /// Takes the endpoint from a registration, if it holds it.
    void release(etcd::Txn& txn, const Registered& one) const {
        const auto endpoint = by_endpoint(one.registration);
        const auto there = holders_.find(endpoint);
        if (there == holders_.end() || there->second != text_of(one.registration.key())) return;
        compare(txn, endpoint);
        txn.then.emplace_back(etcd::Delete{endpoint});
    }

    [[nodiscard]] etcd::Txn judged(const write::Put& put) const {
        const auto key = by_id(put.one.registration.key());
        const auto endpoint = by_endpoint(put.one.registration);
        etcd::Txn txn;
        compare(txn, key);
        compare(txn, endpoint);
        txn.then.emplace_back(etcd::Put{key, kept_text(put.one)});
        txn.then.emplace_back(etcd::Put{endpoint, text_of(put.one.registration.key())});
        const auto old = registered_.find(key);
        if (old != registered_.end() && by_endpoint(old->second.registration) != endpoint)
            release(txn, old->second);
        if (!put.displaced) return txn;
        const auto displaced = by_id(*put.displaced);
        compare(txn, displaced);
        txn.then.emplace_back(etcd::Delete{displaced});
        return txn;
    }

    [[nodiscard]] etcd::Txn judged(const write::Remove& remove) const {
        const auto key = by_id(remove.key);
        const auto there = registered_.find(key);
        if (there == registered_.end()) return {};
        etcd::Txn txn;
        compare(txn, key);
        txn.then.emplace_back(etcd::Delete{key});
        release(txn, there->second);
        return txn;
    }

    static etcd::Txn judged(const write::State&) { return {}; }

    /// The change of state, on top of what was heard last; empty when that has it.
    std::optional<etcd::Txn> amended(const std::string& key,
                                     const std::function<bool(Registered&)>& amend) const {
        const auto there = registered_.find(key);
        if (there == registered_.end()) return std::nullopt;
        Registered next = there->second;
        etcd::Txn txn;
        if (!amend(next)) return txn;
        compare(txn, key);
        txn.then.emplace_back(etcd::Put{key, kept_text(next)});
        return txn;
    }

    void attempt(const std::string& key) {
        if (fault_) return finish(key, NotKept{*fault_});
        const auto& task = queues_.at(key).front();
        auto txn = task.amend ? amended(key, task.amend) : task.txn;
        if (!txn) return finish(key, NotKept{"it has been withdrawn meanwhile"});
        if (txn->then.empty()) return finish(key, std::nullopt);
        etcd_.txn(*std::move(txn),
                  [self = shared_from_this(), key](const OrEtcdError<etcd::Committed>& said) {
                      if (!self->has_ended_) self->attempted(key, said);
                  });
    }

    void attempted(const std::string& key, const OrEtcdError<etcd::Committed>& said) {
        auto& task = queues_.at(key).front();
        if (said && said->is_done) {
            waiting_.emplace(said->revision, Waiting{std::move(task.done), key});
            return tell_done();
        }
        const bool is_final = !said && said.error().kind == EtcdError::Kind::refused;
        if (is_final || Clock::now() >= task.until) {
            return finish(key, NotKept{said ? "other servers change it at the same time"
                                            : said.error().text});
        }
        const bool is_overtaken = said && !task.amend;
        later(task.pause, [this, key, is_overtaken] {
            if (is_overtaken) return finish(key, NotKept{"another server came first", true});
            attempt(key);
        });
        task.pause = std::min(2 * task.pause, longest_pause);
    }

    /// When what came first has been heard, most likely.
    void later(milliseconds pause, std::function<void()> act) {
        const auto timer = std::make_shared<boost::asio::steady_timer>(io_, pause);
        timer->async_wait([self = shared_from_this(), timer, act = std::move(act)](const auto&) {
            if (!self->has_ended_) act();
        });
    }

    /// Never from within the call that submitted it.
    void finish(const std::string& key, std::optional<NotKept> error) {
        later(milliseconds(0), [this, key, error = std::move(error)] {
            auto& task = queues_.at(key).front();
            const auto done = std::move(task.done);
            if (error && task.amend) tell_as_it_stands(key);
            if (!has_ended_) done(error);
            if (!has_ended_) go_on(key);
        });
    }

    void tell_as_it_stands(const std::string& key) {
        const auto there = registered_.find(key);
        if (there != registered_.end()) heard_.put(there->second);
    }

    void go_on(const std::string& key) {
        auto& queue = queues_.at(key);
        queue.pop_front();
        if (!queue.empty()) return attempt(key);
        queues_.erase(key);
    }

    boost::asio::io_context& io_;
    Etcd& etcd_;
    Heard heard_;
    // As last heard, by key:
    std::map<std::string, std::uint64_t> revisions_;
    std::map<std::string, Registered> registered_;
    std::map<std::string, std::string> holders_;  // of endpoints

    std::map<std::string, std::deque<Task>> queues_;  // by key; the first of each is under way
    std::multimap<std::uint64_t, Waiting> waiting_;   // committed, to be heard
    std::uint64_t position_ = 0;                      // up to which has been heard
    std::optional<std::string> fault_ = "etcd has not been heard yet";
    bool has_ended_ = false;
    std::unique_ptr<Etcd::Watch> watch_;
};

EtcdRegistrations::EtcdRegistrations(boost::asio::io_context& io, Etcd& etcd)
    : sharing_(std::make_shared<Sharing>(io, etcd)) {}

EtcdRegistrations::~EtcdRegistrations() { sharing_->end(); }

void EtcdRegistrations::follow(Heard heard) { sharing_->follow(std::move(heard)); }

void EtcdRegistrations::submit(Write write, Done done) {
    sharing_->submit(std::move(write), std::move(done));
}

std::optional<std::string> EtcdRegistrations::fault() const { return sharing_->fault(); }

}  // namespace portolan::source
