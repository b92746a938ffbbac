#include "portolan/transfer/messages.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace portolan::transfer {
namespace {

constexpr std::size_t pointer_limit = 0x4000;  // what a compression pointer can name
constexpr std::size_t nowhere = 0xffff;

class WholeZone final : public Sequence {
public:
    explicit WholeZone(ContentPtr content) : content_(std::move(content)) {}

    std::optional<RecordView> next() override {
        if (at_ == 0) return ++at_, soa();
        while (at_ <= content_->sets.size()) {
            const auto set = content_->sets[at_ - 1];
            if (rest_.empty()) rest_ = set.rrset->body();
            const std::size_t size = dns::Rrset::header_octets + dns::load_u16(rest_.data() + 10);
            const RecordView record{set.owner, rest_.first(size)};
            rest_ = rest_.subspan(size);
            if (rest_.empty()) ++at_;
            return record;
        }
        if (at_ == content_->sets.size() + 1) return ++at_, soa();
        return std::nullopt;
    }

private:
    [[nodiscard]] RecordView soa() const { return {content_->apex, content_->soa->body()}; }

    ContentPtr content_;
    std::size_t at_ = 0;   // 0: the SOA; then the sets; then the SOA again
    dns::OctetView rest_;  // of the set at hand
};

/// Records that have been put together before, and what keeps them alive.
class Listed final : public Sequence {
public:
    explicit Listed(dns::NameView apex) : apex_(apex) {}

    std::optional<RecordView> next() override {
        if (at_ == records_.size()) return std::nullopt;
        return records_[at_++];
    }
    void add_soa(const dns::RrsetPtr& soa) {
        held_.push_back(soa);
        records_.push_back({apex_, soa->body()});
    }
    /// The records of `set` that `other` has not; all of them when the TTLs differ. A signature's
    /// TTL follows from its RDATA.
    void add_missing(dns::NameView owner, const dns::RrsetPtr& set, const dns::RrsetPtr& other) {
        if (set == nullptr) return;
        held_.push_back(set);
        const bool is_comparable =
            other != nullptr && (set->type() == dns::Type::rrsig || other->ttl() == set->ttl());
        for (const auto rdata : *set) {
            if (is_comparable && has(*other, rdata)) continue;
            const auto* start = rdata.data() - dns::Rrset::header_octets;
            records_.push_back({owner, {start, dns::Rrset::header_octets + rdata.size()}});
        }
    }
    std::vector<zone::Change>& changes() noexcept { return changes_; }

private:
    static bool has(const dns::Rrset& set, dns::OctetView rdata) {
        return std::any_of(set.begin(), set.end(), [rdata](dns::OctetView other) {
            return std::ranges::equal(other, rdata);
        });
    }

    dns::PackedName apex_;
    std::vector<zone::Change> changes_;  // which own the owners' names
    std::vector<dns::RrsetPtr> held_;
    std::vector<RecordView> records_;
    std::size_t at_ = 0;
};

void put_u16(dns::Octets& out, std::size_t value) {
    out.push_back(static_cast<std::uint8_t>(value >> 8));
    out.push_back(static_cast<std::uint8_t>(value));
}

/// An OPT without options (RFC 6891 6.1.2). Over TCP its size says nothing.
constexpr std::array<std::uint8_t, dns::opt_octets> opt{0, 0, 41, 0x04, 0xd0, 0, 0, 0, 0, 0, 0};

void put_opt(dns::Octets& message) {
    message.insert(message.end(), opt.begin(), opt.end());
    dns::store_u16(message.data() + 10, 1);
}

/// Header and question, with no records yet.
dns::Octets begun(const Asked& asked) {
    dns::Octets message = asked.question;
    const std::uint16_t kept = dns::flag::opcode_mask | dns::flag::recursion_desired;
    const std::uint16_t flags = dns::load_u16(message.data() + 2) & kept;
    dns::store_u16(message.data() + 2, static_cast<std::uint16_t>(flags | dns::flag::response |
                                                                  dns::flag::authoritative));
    std::fill_n(message.begin() + 6, 6, std::uint8_t{0});
    return message;
}

}  // namespace

std::unique_ptr<Sequence> whole_zone(ContentPtr content) {
    return std::make_unique<WholeZone>(std::move(content));
}

std::unique_ptr<Sequence> difference(dns::NameView apex, Steps steps) {
    auto list = std::make_unique<Listed>(apex);
    list->changes() = condensed(steps);
    const dns::RrsetPtr& before = steps.front()->soa_before;
    const dns::RrsetPtr& after = steps.back()->soa_after;
    list->add_soa(after);
    list->add_soa(before);
    for (const auto& change : list->changes()) {
        list->add_missing(change.owner, change.before, change.after);
    }
    list->add_soa(after);
    for (const auto& change : list->changes()) {
        list->add_missing(change.owner, change.after, change.before);
    }
    list->add_soa(after);
    return list;
}

std::unique_ptr<Sequence> soa_alone(dns::NameView apex, dns::RrsetPtr soa) {
    auto list = std::make_unique<Listed>(apex);
    list->add_soa(soa);
    return list;
}

Asked::Asked(dns::OctetView request, const dns::Query& query)
    : question(request.begin(), request.begin() + static_cast<std::ptrdiff_t>(query.question_end)),
      has_edns(query.has_edns) {}

Messages::Messages(Asked asked, std::unique_ptr<Sequence> sequence, std::optional<dns::Tsig> tsig)
    : asked_(std::move(asked)), sequence_(std::move(sequence)), tsig_(std::move(tsig)),
      pending_(sequence_->next()) {}

bool Messages::next(dns::Octets& message, std::size_t limit, std::uint64_t now) {
    if (!pending_) return false;
    const bool wants_opt = is_first_ && asked_.has_edns;
    limit -= (tsig_ ? tsig_->signature_octets() : 0) + (wants_opt ? opt.size() : 0);
    message = begun(asked_);
    last_.size = 0;
    std::uint16_t answers = 0;
    while (pending_ && answers < 0xffff && put_record(message, *pending_, limit)) {
        ++answers;
        pending_ = sequence_->next();
    }
    if (answers == 0) return false;
    dns::store_u16(message.data() + 6, answers);
    if (wants_opt) {
        put_opt(message);
    }
    if (tsig_) tsig_->sign(message, now);
    is_first_ = false;
    return true;
}

bool Messages::put_record(dns::Octets& message, const RecordView& record, std::size_t limit) {
    const std::size_t start = message.size();
    const std::size_t shared = put_owner(message, record.owner);
    const dns::OctetView rest =
        record.record.subspan(2);  // without the pointer to the query's name
    message.insert(message.end(), rest.begin(), rest.end());
    if (message.size() > limit) {
        message.resize(start);
        return false;
    }
    remember(record.owner, shared, start);
    return true;
}

/// Writes the owner with its end pointing at the same octets of the owner before it, or at the
/// question's name, which is the apex and thus the end of them all. Octets are compared as they
/// are: a transfer keeps their case (RFC 5936 3.4). Returns the offset in the owner from which on
/// it is shared; its size when nothing is.
std::size_t Messages::put_owner(dns::Octets& message, dns::NameView owner) {
    if (last_.size == 0) {
        const dns::OctetView asked = dns::OctetView(asked_.question).subspan(dns::header_octets);
        remember(dns::NameView(asked.first(asked.size() - 4)), asked.size(), dns::header_octets);
    }
    const auto octets = owner.octets();
    std::size_t at = 0;
    while (octets[at] != 0 && !is_in_last(octets.subspan(at))) at += octets[at] + 1U;
    message.insert(message.end(), octets.begin(), octets.begin() + static_cast<std::ptrdiff_t>(at));
    if (octets[at] == 0) {
        message.push_back(0);
        return octets.size();
    }
    put_u16(message, 0xc000U | last_.places[last_.size - (octets.size() - at)]);
    return at;
}

/// Whether the owner written last ends in this name, at a place that a pointer can name.
bool Messages::is_in_last(dns::OctetView name) const noexcept {
    if (name.size() > last_.size) return false;
    const std::size_t start = last_.size - name.size();
    if (last_.places[start] >= pointer_limit) return false;
    if (std::memcmp(name.data(), last_.octets.data() + start, name.size()) != 0) return false;
    std::size_t at = 0;
    while (at < start) at += last_.octets[at] + 1U;
    return at == start;  // the same octets, from the start of a label on
}

/// The owner stands at `place` in the message, but for what it shares with the one before.
void Messages::remember(dns::NameView owner, std::size_t shared, std::size_t place) noexcept {
    const auto octets = owner.octets();
    if (shared < octets.size()) {
        const std::size_t from = last_.size - (octets.size() - shared);
        std::memmove(&last_.places[shared], &last_.places[from],
                     (octets.size() - shared) * sizeof last_.places[0]);
    }
    for (std::size_t i = 0; i < std::min(shared, octets.size()); ++i) {
        last_.places[i] = static_cast<std::uint16_t>(std::min(place + i, nowhere));
    }
    std::ranges::copy(octets, last_.octets.begin());
    last_.size = octets.size();
}

dns::Octets bare_reply(const Asked& asked, dns::Rcode rcode) {
    dns::Octets message = begun(asked);
    const auto flags =
        static_cast<std::uint16_t>(dns::load_u16(message.data() + 2) & ~dns::flag::authoritative);
    dns::store_u16(message.data() + 2,
                   static_cast<std::uint16_t>(flags | static_cast<std::uint16_t>(rcode)));
    if (asked.has_edns) put_opt(message);
    return message;
}

dns::Octets bare_reply(const Asked& asked, dns::Rcode rcode, std::uint16_t extended_error,
                       std::string_view text) {
    dns::Octets message = bare_reply(asked, rcode);
    if (!asked.has_edns) return message;
    constexpr std::size_t head_octets = 4;
    const std::size_t size = 2 + text.size();
    const std::size_t start = message.size();
    dns::store_u16(&message[start - 2], static_cast<std::uint16_t>(head_octets + size));
    message.resize(start + head_octets + 2);
    dns::store_u16(&message[start], static_cast<std::uint16_t>(dns::Option::extended_error));
    dns::store_u16(&message[start + 2], static_cast<std::uint16_t>(size));
    dns::store_u16(&message[start + head_octets], extended_error);
    message.insert(message.end(), text.begin(), text.end());
    return message;
}

std::optional<dns::Octets> single_message(const Asked& asked, std::unique_ptr<Sequence> sequence,
                                          std::size_t limit) {
    Messages messages(asked, std::move(sequence), std::nullopt);
    dns::Octets message;
    if (!messages.next(message, limit, 0) || !messages.is_done()) return std::nullopt;
    return message;
}

}  // namespace portolan::transfer
