#include "portolan/answer/chain.hpp"

#include <algorithm>
#include <utility>

#include "portolan/answer/table.hpp"

namespace portolan::answer {

/// Up to `most` records in order, and never none.
struct Chain::Piece final : Part {
    static constexpr std::size_t most = 126;
    static constexpr std::size_t usual = most * 3 / 4;  // when many are put in at once

    std::size_t count = 0;
    std::array<std::atomic<Record*>, most> records;

    [[nodiscard]] Record* at(std::size_t index) const noexcept {
        return records[index].load(std::memory_order_acquire);
    }
    [[nodiscard]] dns::NameView first() const noexcept { return at(0)->name(); }
    void push(Record* record) noexcept {
        records[count++].store(record, std::memory_order_relaxed);
    }
    void push(const Piece& other, std::size_t from, std::size_t to) noexcept {
        for (; from < to; ++from) push(other.at(from));
    }
    /// How many stand before a name; with `at_too`, how many at or before it.
    [[nodiscard]] std::size_t count_before(dns::NameView name, bool at_too) const noexcept {
        std::size_t low = 0, high = count;
        while (low < high) {
            const std::size_t middle = (low + high) / 2;
            const auto order = at(middle)->name() <=> name;
            if (order < 0 || (at_too && order == 0)) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }
};

/// All pieces. The keys stay as they were made: where a piece's first record has gone since, its
/// key still lies between the piece before and what it has.
struct Chain::Pieces final : Part {
    struct Entry {
        Key key;
        mutable std::atomic<Piece*> piece;

        [[nodiscard]] Piece& get() const noexcept { return *piece.load(std::memory_order_acquire); }
    };

    explicit Pieces(std::size_t size) : count(size), entries(new Entry[size]) {}
    void set(std::size_t at, const Key& key, Piece* piece) const noexcept {
        entries[at].key = key;
        entries[at].piece.store(piece, std::memory_order_relaxed);
    }
    /// As many entries of another, from its place `from` on to the place `to` here.
    void copy(const Pieces& other, std::size_t from, std::size_t to, std::size_t size) noexcept {
        for (std::size_t i = 0; i < size; ++i) {
            set(to + i, other.entries[from + i].key, &other.entries[from + i].get());
        }
    }

    std::size_t count;  // at least 1
    std::unique_ptr<Entry[]> entries;
};

Chain::Chain(const Chain& other) : apex_octets_(other.apex_octets_) {
    const Pieces* from = other.pieces_.load(std::memory_order_relaxed);
    if (from == nullptr) return;
    auto pieces = std::make_unique<Pieces>(from->count);
    for (std::size_t i = 0; i < from->count; ++i) {
        const Piece& piece = from->entries[i].get();
        auto copy = std::make_unique<Piece>();
        copy->push(piece, 0, piece.count);
        pieces->set(i, from->entries[i].key, copy.release());
    }
    pieces_.store(pieces.release(), std::memory_order_release);
}

Chain::~Chain() { free(pieces_.load(std::memory_order_relaxed)); }

/// Within a label 0 and 1 are written as two octets, so that only the end of a label is a zero.
Chain::Key Chain::key_of(dns::NameView name) const noexcept {
    std::array<std::uint8_t, 128> labels;
    unsigned count = 0;
    const dns::OctetView octets = name.octets();
    for (std::size_t at = 0; at + apex_octets_ < octets.size(); at += octets[at] + 1U) {
        labels[count++] = static_cast<std::uint8_t>(at);
    }
    Key key{};
    std::size_t written = 0;
    const auto put = [&](std::uint8_t octet) {
        if (written < sizeof key)
            key[written / 8] |= std::uint64_t{octet} << (56 - written % 8 * 8);
        ++written;
    };
    while (count > 0 && written < sizeof key) {
        const std::uint8_t* label = &octets[labels[--count]];
        for (unsigned i = 1; i <= *label; ++i) {
            if (label[i] <= 1) put(1);
            put(label[i] <= 1 ? static_cast<std::uint8_t>(label[i] + 1) : label[i]);
        }
        put(0);
    }
    return key;
}

/// The last piece that does not begin after the name; the first, should it do so.
std::size_t Chain::piece_of(const Pieces& pieces, dns::NameView name) const noexcept {
    const Key key = key_of(name);
    std::size_t low = 0, high = pieces.count;
    while (high - low > 1) {
        const std::size_t middle = low + (high - low) / 2;
        const Pieces::Entry& entry = pieces.entries[middle];
        const bool begins_after = entry.key != key ? entry.key > key : entry.get().first() > name;
        (begins_after ? high : low) = middle;
    }
    return low;
}

const Record* Chain::look_up(dns::NameView name, bool at) const noexcept {
    const Pieces* pieces = pieces_.load(std::memory_order_acquire);
    if (pieces == nullptr) return nullptr;
    const std::size_t place = piece_of(*pieces, name);
    const Piece& piece = pieces->entries[place].get();
    const std::size_t before = piece.count_before(name, at);
    if (before > 0) return piece.at(before - 1);
    // Its first names have gone since the array was made, or the name is before all.
    const Piece& last = pieces->entries[(place == 0 ? pieces->count : place) - 1].get();
    return last.at(last.count - 1);
}

const Record* Chain::at_or_before(dns::NameView name) const noexcept { return look_up(name, true); }

const Record* Chain::before(dns::NameView name) const noexcept { return look_up(name, false); }

void Chain::for_each_of_part(std::size_t part, std::size_t parts,
                             const std::function<void(const Record&)>& visit) const {
    const Pieces* pieces = pieces_.load(std::memory_order_acquire);
    if (pieces == nullptr) return;
    const std::size_t end = pieces->count * (part + 1) / parts;
    for (std::size_t i = pieces->count * part / parts; i < end; ++i) {
        const Piece& piece = pieces->entries[i].get();
        for (std::size_t at = 0; at < piece.count; ++at) visit(*piece.at(at));
    }
}

void Chain::assign(const std::vector<Record*>& records) {
    std::vector<std::pair<Key, Record*>> sorted;
    sorted.reserve(records.size());
    for (Record* record : records) sorted.emplace_back(key_of(record->name()), record);
    std::ranges::sort(sorted, [](const auto& a, const auto& b) {
        return a.first != b.first ? a.first < b.first : a.second->name() < b.second->name();
    });
    std::unique_ptr<Pieces> pieces;
    if (!sorted.empty()) {
        pieces = std::make_unique<Pieces>((sorted.size() + Piece::usual - 1) / Piece::usual);
    }
    for (std::size_t i = 0; i < sorted.size(); ++i) {
        const std::size_t place = i / Piece::usual;
        if (i % Piece::usual == 0) pieces->set(place, sorted[i].first, new Piece);
        pieces->entries[place].get().push(sorted[i].second);
    }
    free(pieces_.exchange(pieces.release(), std::memory_order_acq_rel));
}

void Chain::replace(Record& record) noexcept {
    const Pieces& pieces = *pieces_.load(std::memory_order_relaxed);
    Piece& piece = pieces.entries[piece_of(pieces, record.name())].get();
    const std::size_t at = piece.count_before(record.name(), false);
    piece.records[at].store(&record, std::memory_order_release);
}

void Chain::insert(Record& record, Garbage& garbage) {
    const Pieces* pieces = pieces_.load(std::memory_order_relaxed);
    if (pieces == nullptr) return assign({&record});
    const std::size_t place = piece_of(*pieces, record.name());
    const Piece& old = pieces->entries[place].get();
    const std::size_t at = old.count_before(record.name(), false);
    if (old.count < Piece::most) {
        auto next = std::make_unique<Piece>();
        next->push(old, 0, at);
        next->push(&record);
        next->push(old, at, old.count);
        return exchange(*pieces, place, std::move(next), garbage);
    }
    // Too many: the first half stays with the old key, and the other half begins another piece.
    constexpr std::size_t half = Piece::most / 2;
    auto first = std::make_unique<Piece>();
    auto second = std::make_unique<Piece>();
    Piece& taker = at <= half ? *first : *second;
    for (std::size_t i = 0; i <= old.count; ++i) {
        if (i == at) taker.push(&record);
        if (i < old.count) (i < half ? *first : *second).push(old.at(i));
    }
    auto next = std::make_unique<Pieces>(pieces->count + 1);
    next->copy(*pieces, 0, 0, place + 1);
    next->copy(*pieces, place + 1, place + 2, pieces->count - place - 1);
    const Key key = key_of(second->first());
    next->set(place + 1, key, second.release());
    next->entries[place].piece.store(first.release(), std::memory_order_relaxed);
    garbage.emplace_back(&old);
    publish(std::move(next), garbage);
}

void Chain::erase(dns::NameView name, Garbage& garbage) {
    const Pieces* pieces = pieces_.load(std::memory_order_relaxed);
    const std::size_t place = piece_of(*pieces, name);
    const Piece& old = pieces->entries[place].get();
    if (old.count > 1) {
        const std::size_t at = old.count_before(name, false);
        auto next = std::make_unique<Piece>();
        next->push(old, 0, at);
        next->push(old, at + 1, old.count);
        return exchange(*pieces, place, std::move(next), garbage);
    }
    std::unique_ptr<Pieces> next;
    if (pieces->count > 1) {
        next = std::make_unique<Pieces>(pieces->count - 1);
        next->copy(*pieces, 0, 0, place);
        next->copy(*pieces, place + 1, place, pieces->count - place - 1);
    }
    garbage.emplace_back(&old);
    publish(std::move(next), garbage);
}

/// Another piece in the place of one.
void Chain::exchange(const Pieces& pieces, std::size_t place, std::unique_ptr<Piece> next,
                     Garbage& garbage) noexcept {
    auto& entry = pieces.entries[place].piece;
    garbage.emplace_back(entry.exchange(next.release(), std::memory_order_acq_rel));
}

void Chain::publish(std::unique_ptr<Pieces> next, Garbage& garbage) {
    garbage.emplace_back(pieces_.exchange(next.release(), std::memory_order_acq_rel));
}

void Chain::free(const Pieces* pieces) noexcept {
    for (std::size_t i = 0; pieces != nullptr && i < pieces->count; ++i) {
        delete &pieces->entries[i].get();
    }
    delete pieces;
}

}  // namespace portolan::answer
