#include "app/etcd_agreement.hpp"

#include <spdlog/spdlog.h>

#include <utility>

namespace portolan::app {
namespace {

using namespace std::chrono_literals;
namespace etcd = source::etcd;
using source::EtcdError;

constexpr auto pause = 500ms;
const std::string author_key = "author";

}  // namespace

EtcdAgreement::EtcdAgreement(boost::asio::io_context& io, source::Etcd& etcd,
                             const Membership& members)
    : io_(io), etcd_(etcd), members_(members), again_(io) {}

EtcdAgreement::~EtcdAgreement() = default;

void EtcdAgreement::begin(Party& party, std::function<void(Since)> cut) {
    party_ = &party;
    cut_ = std::move(cut);
    watch_ = etcd_.watch(
        author_key,
        {.whole =
             [this](const etcd::State& state) {
                 hear(state.keys.empty() ? std::nullopt : std::optional(state.keys.front()));
             },
         .changed =
             [this](const std::vector<etcd::Event>& events) {
                 for (const auto& each : events)
                     hear(each.is_deleted ? std::nullopt : std::optional(each.now));
             },
         .cut =
             [this](const EtcdError& error) {
                 spdlog::error(
                     "cut off from etcd: {}; answers go on as they are, registrations and other "
                     "changes do not",
                     error.text);
                 this->cut(std::chrono::system_clock::now());
             },
         .back =
             [this] {
                 spdlog::info("etcd answers");
                 this->cut(std::nullopt);
             }});
}

void EtcdAgreement::cut(Since since) {
    cut_since_ = since;
    cut_(since);
}

std::optional<Agreement::Standing> EtcdAgreement::standing() const {
    // Who has taken the office knows it by the transaction, before the watch tells everybody.
    const bool is_in_office = authorship_.revision != 0;
    const std::string heard = author_ ? author_->value : "";
    return Standing{members_.node(), is_in_office ? members_.node() : heard, members_.living(),
                    cut_since_};
}

// --- the author ---------------------------------------------------------------------------------

void EtcdAgreement::hear(std::optional<etcd::KeyValue> author) {
    const bool is_news = !is_heard_ || author_.has_value() != author.has_value() ||
                         (author && author->value != author_->value);
    is_heard_ = true;
    author_ = std::move(author);
    if (is_news && author_) spdlog::info("{} is the author of the zones", author_->value);
    if (is_news && !author_) spdlog::info("no node is the author of the zones");
    const bool is_in_office = authorship_.revision != 0;
    if (is_in_office && (!author_ || author_->create_revision != authorship_.revision)) {
        // What was heard may be older than our office.
        if (!author_ || author_->create_revision > authorship_.revision) resign();
    }
    run_for_author();
}

/// The answer to the transaction that has made it so was lost.
bool EtcdAgreement::is_ours_already() const {
    return author_ && members_.lease() == author_->lease && author_->create_revision != given_back_;
}

void EtcdAgreement::joined() { run_for_author(); }

void EtcdAgreement::left() {
    authorship_.revision = 0;
    for (const auto& [apex, zone] : zones_) zone->dismiss();
}

void EtcdAgreement::run_for_author() {
    const auto lease = members_.lease();
    if (!is_heard_ || !lease || is_running_ || authorship_.revision != 0) return;
    if (is_ours_already()) return take_office(author_->create_revision);
    if (author_) return;
    if (const auto reason = party_->unfit()) {
        if (std::exchange(unfit_, *reason) != *reason)
            spdlog::error("this node cannot be the author of the zones: {}", *reason);
        return look_again();
    }
    unfit_.clear();
    is_running_ = true;
    etcd_.txn({.when = {{author_key, etcd::Compare::What::created, 0}},
               .then = {etcd::Put{author_key, members_.node(), *lease}, etcd::Get{author_key}},
               .otherwise = {}},
              [this, lease](const source::OrEtcdError<etcd::Committed>& committed) {
                  is_running_ = false;
                  if (!committed) return look_again();
                  if (!committed->is_done || committed->found.empty()) return;
                  const auto revision = committed->found.front().create_revision;
                  if (members_.lease() == lease) return take_office(revision);
              });
}

void EtcdAgreement::take_office(std::uint64_t revision) {
    spdlog::info("this node, {}, is the author of the zones from now on", members_.node());
    authorship_.revision = revision;
    for (const auto& [apex, zone] : zones_) zone->appoint();
}

/// Whether what this node has written last was agreed upon is not known. With its office given
/// back it cannot be any more.
void EtcdAgreement::resign() {
    given_back_ = std::exchange(authorship_.revision, 0);
    for (const auto& [apex, zone] : zones_) zone->dismiss();
    give_back(given_back_);
}

void EtcdAgreement::give_back(std::uint64_t revision) {
    etcd_.txn({.when = {{author_key, etcd::Compare::What::created, revision}},
               .then = {etcd::Delete{author_key, false}},
               .otherwise = {}},
              [this, revision](const source::OrEtcdError<etcd::Committed>& committed) {
                  if (committed) return run_for_author();
                  again_.expires_after(pause);
                  again_.async_wait([this, revision](const boost::system::error_code& cancelled) {
                      if (!cancelled) give_back(revision);
                  });
              });
}

void EtcdAgreement::look_again() {
    again_.expires_after(pause);
    again_.async_wait([this](const boost::system::error_code& cancelled) {
        if (!cancelled) run_for_author();
    });
}

// --- the zones ----------------------------------------------------------------------------------

void EtcdAgreement::follow(const std::vector<dns::PackedName>& zones) {
    auto before = std::exchange(zones_, {});
    for (const auto& apex : zones) {
        if (auto known = before.extract(apex)) {
            zones_.insert(std::move(known));
            continue;
        }
        auto zone = std::make_shared<EtcdZone>(
            io_, etcd_, *party_, authorship_,
            [this] {
                spdlog::warn("it is not known whether etcd has taken the last step");
                resign();
            },
            apex);
        zone->begin();
        zones_.emplace(apex, std::move(zone));
    }
}

Agreement::Turn EtcdAgreement::turn(dns::NameView apex) const noexcept {
    const auto zone = zones_.find(apex);
    return zone == zones_.end() ? Turn::others : zone->second->turn();
}

void EtcdAgreement::propose(dns::NameView apex, transfer::Step step) {
    const auto zone = zones_.find(apex);
    if (zone != zones_.end()) zone->second->propose(step);
}

}  // namespace portolan::app
