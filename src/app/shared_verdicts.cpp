#include "app/shared_verdicts.hpp"

#include <spdlog/spdlog.h>

#include <string_view>

namespace portolan::app {
namespace {

namespace etcd = source::etcd;

constexpr std::string_view folder = "verdicts/";
constexpr std::chrono::milliseconds pause{500};
constexpr std::size_t most_at_once = 100;  // etcd takes 128

}  // namespace

void SharedVerdicts::begin(std::function<void(const Heard&)> hear) {
    hear_ = std::move(hear);
    watch_ = etcd_.watch(std::string(folder),
                         {.whole = [this](const etcd::State& state) { this->hear(state.keys); },
                          .changed =
                              [this](const std::vector<etcd::Event>& events) {
                                  std::vector<etcd::KeyValue> said;
                                  for (const auto& each : events)
                                      if (!each.is_deleted) said.push_back(each.now);
                                  this->hear(said);
                              },
                          .cut = [](const source::EtcdError&) {},
                          .back = [] {}});
}

void SharedVerdicts::hear(const std::vector<etcd::KeyValue>& said) {
    Heard heard;
    for (const auto& each : said) {
        const auto verdict = registry::parse_verdict(each.value);
        if (!verdict) continue;
        heard.emplace_back(each.key.substr(folder.size()), *verdict);
        known_.insert_or_assign(heard.back().first, *verdict);
    }
    if (!heard.empty()) hear_(heard);
}

void SharedVerdicts::say(const std::string& key, registry::Verdict verdict) {
    const auto known = known_.find(key);
    if (known != known_.end() && known->second == verdict) {
        waiting_.erase(key);
        return;
    }
    waiting_.insert_or_assign(key, verdict);
    write();
}

void SharedVerdicts::write() {
    if (is_writing_ || waiting_.empty() || members_.revision() == 0) return;
    etcd::Txn txn{{{members_.key(), etcd::Compare::What::created, members_.revision()}}, {}, {}};
    std::map<std::string, registry::Verdict> saying;
    while (!waiting_.empty() && saying.size() < most_at_once) {
        const auto next = saying.insert(waiting_.extract(waiting_.begin())).position;
        txn.then.push_back(
            etcd::Put{std::string(folder) + next->first, to_string(next->second), 0});
    }
    is_writing_ = true;
    etcd_.txn(std::move(txn), [this, saying = std::move(saying)](
                                  const source::OrEtcdError<etcd::Committed>& committed) mutable {
        is_writing_ = false;
        if (committed && committed->is_done) return write();
        if (committed) return;   // this node is a member no more
        waiting_.merge(saying);  // what was said since counts
        again_.expires_after(pause);
        again_.async_wait([this](const boost::system::error_code& cancelled) {
            if (!cancelled) write();
        });
    });
}

}  // namespace portolan::app
