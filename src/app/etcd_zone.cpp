#include "app/etcd_zone.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>
#include <utility>

#include "app/zone_text.hpp"
#include "portolan/app/serials.hpp"
#include "portolan/transfer/step_octets.hpp"

namespace portolan::app {
namespace {

using namespace std::chrono_literals;
namespace etcd = source::etcd;
namespace json = boost::json;
using source::EtcdError;

constexpr std::size_t part_octets = 512 * 1024;   // etcd takes 1.5 MiB, in Base64
constexpr std::size_t least_steps = 1024 * 1024;  // octets before a whole is worth it
constexpr auto pause = 500ms;
constexpr std::string_view author_key = "author";

std::string numbered(std::uint64_t number) { return fmt::format("{:020}", number); }
std::string whole_key(std::uint64_t whole) { return numbered(whole) + "/whole"; }
std::string step_key(std::uint64_t whole, std::uint64_t step) {
    return fmt::format("{:020}/steps/{:020}", whole, step);
}
std::string part_key(const std::string& key, std::size_t part) {
    return fmt::format("{}/parts/{}", key, part);
}

template <class T>
std::optional<T> number(std::string_view text, int base) {
    T value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

/// Values for its parts; the last is that of the key itself.
std::vector<std::string> parts_of(const transfer::Step& step) {
    const auto octets = transfer::to_octets(step);
    const std::string_view all(reinterpret_cast<const char*>(octets.data()), octets.size());
    std::vector<std::string> parts;
    std::size_t at = 0;
    for (; all.size() - at > part_octets; at += part_octets)
        parts.emplace_back(all.substr(at, part_octets));
    parts.push_back(fmt::format("{}\n", parts.size()).append(all.substr(at)));
    return parts;
}

std::size_t octets_of(const std::vector<std::string>& parts) {
    std::size_t sum = 0;
    for (const auto& each : parts) sum += each.size();
    return sum;
}

}  // namespace

EtcdZone::EtcdZone(boost::asio::io_context& io, source::Etcd& etcd, Agreement::Party& party,
                   const Authorship& authorship, std::function<void()> doubt, dns::NameView apex)
    : etcd_(etcd), party_(party), authorship_(authorship), doubt_(std::move(doubt)), apex_(apex),
      folder_("zones/" + state_file_name(apex, "/")), again_(io) {}

std::string EtcdZone::text_of(const Head& head) {
    return json::serialize(json::object{{"step", head.step},
                                        {"whole", head.whole},
                                        {"whole_octets", head.whole_octets},
                                        {"serial", head.serial},
                                        {"content", fmt::format("{:016x}", head.content)}});
}

std::optional<EtcdZone::Head> EtcdZone::parse_head(const std::string& text) {
    try {
        const auto value = json::parse(text);
        const auto& said = value.as_object();
        const auto content = number<std::uint64_t>(said.at("content").as_string(), 16);
        if (!content) return std::nullopt;
        return Head{said.at("step").to_number<std::uint64_t>(),
                    said.at("whole").to_number<std::uint64_t>(),
                    said.at("whole_octets").to_number<std::uint64_t>(),
                    said.at("serial").to_number<std::uint32_t>(), *content};
    } catch (const std::exception&) {
        return std::nullopt;
    }
}

// --- hearing ------------------------------------------------------------------------------------

void EtcdZone::begin() {
    watch_ =
        etcd_.watch(folder_, {.whole = [this](const State& state) { hear(state); },
                              .changed = [this](const std::vector<Event>& events) { hear(events); },
                              .cut = [](const EtcdError&) {},
                              .back = [] {}});
}

void EtcdZone::hear(const State& state) {
    values_.clear();
    const etcd::KeyValue* head = nullptr;
    for (const auto& each : state.keys) {
        if (each.key == key("head")) {
            head = &each;
        } else {
            values_.emplace(each.key.substr(folder_.size()), each.value);
        }
    }
    is_known_ = true;
    if (head != nullptr) {
        take_head(*head);
    } else if (head_.step != 0) {
        lose();
    }
    settle();
}

void EtcdZone::hear(const std::vector<Event>& events) {
    for (const auto& event : events) {
        if (event.now.key == key("head")) {
            event.is_deleted ? lose() : take_head(event.now);
        } else if (!event.is_deleted) {
            values_.insert_or_assign(event.now.key.substr(folder_.size()), event.now.value);
        }
    }
    settle();
}

/// Somebody has removed it, or put etcd back to what it once was.
void EtcdZone::lose() {
    spdlog::error("zone {}: etcd has lost it; what is served stays, and is said to etcd again",
                  zone_text(apex_));
    head_ = {};
    head_revision_ = 0;
    has_appointed_ = false;
    is_behind_ = false;
    under_way_.reset();
}

void EtcdZone::take_head(const etcd::KeyValue& value) {
    const auto head = parse_head(value.value);
    if (!head) {
        spdlog::error("zone {}: {} in etcd is damaged", zone_text(apex_), value.key);
        return;
    }
    is_behind_ = false;
    head_revision_ = value.mod_revision;
    advance(*head);
    values_.clear();
}

/// Puts in place what leads from the state that is served to that of the head.
void EtcdZone::advance(const Head& head) {
    const bool is_same =
        head.step == head_.step && head.content == head_.content && head.serial == head_.serial;
    if (!is_same && (head_.step < head.whole || head_.step >= head.step)) {
        give_whole(head);
        if (head_.step != head.whole) return;
    }
    if (head_.whole != head.whole) step_octets_ = 0;
    while (head_.step < head.step) {
        const auto next = head_.step + 1;
        std::size_t octets = 0;
        auto step = find(step_key(head.whole, next), &octets);
        if (!step) return read_again(fmt::format("step {} is missing", next));
        if (step->content_before != head_.content || step->before().value != head_.serial)
            return read_again(fmt::format("step {} does not follow what is served", next));
        step_octets_ += octets;
        head_.step = next;
        head_.serial = step->after().value;
        head_.content = step->content_after;
        party_.put_in_place(apex_, *std::move(step));
    }
    head_ = head;
}

void EtcdZone::give_whole(const Head& head) {
    std::size_t octets = 0;
    auto whole = find(whole_key(head.whole), &octets);
    if (!whole) return read_again("the whole is missing");
    head_ = {head.whole, head.whole, octets, whole->after().value, whole->content_after};
    step_octets_ = 0;
    party_.put_whole(apex_, *std::move(whole));
}

std::optional<transfer::Step> EtcdZone::find(const std::string& key, std::size_t* octets) const {
    const auto last = values_.find(key);
    if (last == values_.end()) return std::nullopt;
    const std::string_view text = last->second;
    const auto line = text.find('\n');
    const auto count = number<std::size_t>(text.substr(0, line), 10);
    if (line == std::string_view::npos || !count) return std::nullopt;
    std::string all;
    for (std::size_t i = 0; i < *count; ++i) {
        const auto part = values_.find(part_key(key, i));
        if (part == values_.end()) return std::nullopt;
        all += part->second;
    }
    all += text.substr(line + 1);
    *octets = all.size();
    return transfer::parse_step({reinterpret_cast<const std::uint8_t*>(all.data()), all.size()});
}

/// What is served is left as it is, and what there is read from the start.
void EtcdZone::read_again(const std::string& why) {
    spdlog::error("zone {}: {} in etcd; all of it is read again", zone_text(apex_), why);
    head_ = {};
    is_known_ = false;
    has_appointed_ = false;
    under_way_.reset();
    again_.expires_after(pause);
    again_.async_wait([this](const boost::system::error_code& cancelled) {
        if (!cancelled) begin();
    });
}

// --- the author's -------------------------------------------------------------------------------

Agreement::Turn EtcdZone::turn() const noexcept {
    if (authorship_.revision == 0) return Agreement::Turn::others;
    if (!is_known_ || !has_appointed_ || under_way_ || is_behind_) return Agreement::Turn::later;
    return Agreement::Turn::ours;
}

void EtcdZone::appoint() {
    has_appointed_ = false;
    under_way_.reset();
    is_behind_ = false;
    settle();
}

void EtcdZone::dismiss() {
    has_appointed_ = false;
    under_way_.reset();
    is_behind_ = false;
}

/// What is to be done when something has been heard.
void EtcdZone::settle() {
    if (authorship_.revision == 0 || !is_known_ || is_behind_) return;
    if (under_way_) {
        if (!under_way_->is_committed || head_.step < under_way_->head.step ||
            head_.whole < under_way_->head.whole)
            return;
        under_way_.reset();
        const bool is_due = step_octets_ > std::max<std::size_t>(head_.whole_octets, least_steps);
        if (is_due && write_whole(head_.step)) return;
    }
    // What is served here though etcd has nothing of it: it was lost there.
    if (head_.step == 0 && !has_appointed_ && write_whole(1)) return;
    party_.take_turn(apex_, !std::exchange(has_appointed_, true));
}

void EtcdZone::propose(const transfer::Step& step) {
    Head next = head_;
    ++next.step;
    next.serial = step.after().value;
    next.content = step.content_after;
    const bool is_first = head_.step == 0;
    if (is_first) next.whole = next.step;
    write(next, is_first ? whole_key(next.whole) : step_key(next.whole, next.step), step);
}

/// The zone as it is served, as the one that the next steps stand behind.
bool EtcdZone::write_whole(std::uint64_t step) {
    const auto whole = party_.whole(apex_);
    if (!whole) return false;
    write({step, step, 0, whole->after().value, whole->content_after}, whole_key(step), *whole);
    return true;
}

void EtcdZone::write(Head head, std::string at, const transfer::Step& step) {
    UnderWay next;
    next.head = head;
    next.key = std::move(at);
    next.parts = parts_of(step);
    next.author = authorship_.revision;
    next.knew = head_revision_;
    if (next.head.whole != head_.whole) next.head.whole_octets = octets_of(next.parts);
    under_way_ = std::move(next);
    write_next();
}

/// Part by part, the last one together with the head.
void EtcdZone::write_next() {
    const UnderWay& now = *under_way_;
    using What = etcd::Compare::What;
    etcd::Txn txn{{{std::string(author_key), What::created, now.author}}, {}, {}};
    if (now.written + 1 < now.parts.size()) {
        txn.then.push_back(
            etcd::Put{key(part_key(now.key, now.written)), now.parts[now.written], 0});
    } else {
        txn.when.push_back({key("head"), What::modified, now.knew});
        txn.then.push_back(etcd::Put{key(now.key), now.parts.back(), 0});
        txn.then.push_back(etcd::Put{key("head"), text_of(now.head), 0});
        if (now.head.whole != head_.whole && head_.whole != 0)
            txn.then.push_back(etcd::Delete{key(numbered(head_.whole) + "/"), true});
    }
    etcd_.txn(std::move(txn), [weak = weak_from_this(), author = now.author, name = now.key](
                                  const source::OrEtcdError<etcd::Committed>& committed) {
        const auto self = weak.lock();
        if (self == nullptr || !self->under_way_) return;
        if (self->under_way_->author != author || self->under_way_->key != name) return;
        self->written(committed);
    });
}

void EtcdZone::written(const source::OrEtcdError<etcd::Committed>& committed) {
    UnderWay& now = *under_way_;
    if (!committed) {
        if (committed.error().kind == EtcdError::Kind::unknown) return doubt_();
        if (!std::exchange(now.is_logged, true)) {
            spdlog::warn("zone {}: step {} could not be written, and is tried again: {}",
                         zone_text(apex_), now.head.step, committed.error().text);
        }
        return try_again();
    }
    if (!committed->is_done) {
        // Somebody else is the author, or was, and has written what is yet to be heard.
        is_behind_ = head_revision_ == now.knew;
        has_appointed_ = false;
        under_way_.reset();
        return settle();
    }
    if (++now.written < now.parts.size()) return write_next();
    now.is_committed = true;
    settle();
}

void EtcdZone::try_again() {
    again_.expires_after(pause);
    again_.async_wait([this](const boost::system::error_code& cancelled) {
        if (!cancelled && under_way_ && authorship_.revision != 0) write_next();
    });
}

}  // namespace portolan::app
