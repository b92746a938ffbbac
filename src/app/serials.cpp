#include "portolan/app/serials.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "app/state_files.hpp"
#include "portolan/dns/presentation.hpp"
#include "portolan/dns/stable_hash.hpp"
#include "portolan/sign/rrsig.hpp"
#include "portolan/zone/soa.hpp"

namespace portolan::app {
namespace {

std::uint64_t hash_of(std::string_view text) noexcept {
    dns::StableHash hash;
    hash.add(text);
    return hash.value();
}

template <class T>
std::optional<T> number(std::string_view text, int base) {
    T value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

/// The rest of the line that begins with `key` and a blank; moves `text` behind it.
std::optional<std::string_view> take_line(std::string_view& text, std::string_view key) {
    const auto end = text.find('\n');
    if (end == std::string_view::npos || !text.starts_with(key) || text.size() <= key.size() ||
        text[key.size()] != ' ') {
        return std::nullopt;
    }
    const auto value = text.substr(key.size() + 1, end - key.size() - 1);
    text.remove_prefix(end + 1);
    return value;
}

std::string body_of(const KeptSerial& kept, dns::NameView zone) {
    dns::Name lower(zone);
    lower.lower();
    return fmt::format("portolan-serial 1\nzone {}\nserial {}\ncontent {}\n", dns::to_text(lower),
                       kept.serial.value,
                       kept.content ? fmt::format("{:016x}", *kept.content) : "unknown");
}

}  // namespace

std::uint64_t content_of(dns::NameView owner, const dns::Rrset& set) {
    // Mixed, so that the sum over two sets does not stay when they exchange their last octets.
    dns::StableHash hash;
    hash.add_folded(owner.octets());
    if (set.type() == dns::Type::soa) {
        hash.add(zone::with_serial(set, dns::Serial{0})->body());
    } else if (set.type() == dns::Type::rrsig) {
        for (const dns::OctetView rdata : set) {
            if (sign::read_rrsig(rdata).covered != dns::Type::soa) hash.add(rdata);
        }
    } else {
        hash.add(set.body());
    }
    return hash.mixed();
}

std::uint64_t content_of(std::span<const zone::Change> changes) {
    std::uint64_t sum = 0;
    for (const auto& change : changes) {
        if (change.before != nullptr) sum -= content_of(change.owner, *change.before);
        if (change.after != nullptr) sum += content_of(change.owner, *change.after);
    }
    return sum;
}

dns::Serial serial_after(std::optional<dns::Serial> last, std::uint32_t now) noexcept {
    const dns::Serial by_time{now == 0 ? 1 : now};
    return !last || by_time > *last ? by_time : last->next();
}

std::string to_text(const KeptSerial& kept, dns::NameView zone) {
    const std::string body = body_of(kept, zone);
    return fmt::format("{}check {:016x}\n", body, hash_of(body));
}

std::optional<KeptSerial> parse_kept_serial(std::string_view text, dns::NameView zone) {
    const std::string_view whole = text;
    const auto version = take_line(text, "portolan-serial");
    const auto name = take_line(text, "zone");
    const auto serial_text = take_line(text, "serial");
    const auto content_text = take_line(text, "content");
    const auto check_text = take_line(text, "check");
    if (version != "1" || !name || !serial_text || !content_text || !check_text || !text.empty()) {
        return std::nullopt;
    }
    const auto serial = number<std::uint32_t>(*serial_text, 10);
    const auto content = number<std::uint64_t>(*content_text, 16);
    if (!serial) return std::nullopt;
    const KeptSerial kept{dns::Serial{*serial}, content};
    if (to_text(kept, zone) != whole) return std::nullopt;
    return kept;
}

std::string state_file_name(dns::NameView zone, std::string_view suffix) {
    dns::Name lower(zone);
    lower.lower();
    std::string name;
    for (dns::NameView rest = lower.view(); !rest.is_root(); rest = rest.parent()) {
        if (!name.empty()) name += '.';
        for (const auto octet : rest.first_label()) {
            const bool plain = (octet >= 'a' && octet <= 'z') || (octet >= '0' && octet <= '9') ||
                               octet == '-' || octet == '_';
            name +=
                plain ? std::string(1, static_cast<char>(octet)) : fmt::format("%{:02x}", octet);
        }
    }
    if (name.empty()) name = "%root";
    constexpr std::size_t longest = 200;  // file systems allow 255 octets
    if (name.size() > longest) name = fmt::format("%long-{:016x}", hash_of(name));
    return name.append(suffix);
}

SerialStore::SerialStore(std::string folder) : folder_(std::move(folder)) {
    if (folder_.empty()) return;
    std::error_code error;
    std::filesystem::create_directories(folder_, error);
    const auto refuse = [&](const std::string& why) {
        throw StateError(
            fmt::format("cannot keep state in '{}': {}; give a folder that this user "
                        "may write with --state",
                        folder_, why));
    };
    if (error) refuse(error.message());
    const std::string path = folder_ + "/lock";
    lock_ = net::Descriptor(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
    if (!lock_) refuse(system_reason());
    if (flock(lock_.get(), LOCK_EX | LOCK_NB) != 0) refuse("another portolan is using it");
    const std::string trial = folder_ + "/trial";
    if (!replace_file(folder_, trial, "portolan\n")) refuse(system_reason());
    unlink(trial.c_str());
}

std::string SerialStore::path_of(dns::NameView zone) const {
    return folder_ + "/" + state_file_name(zone);
}

std::optional<KeptSerial> SerialStore::find(dns::NameView zone) {
    if (const auto known = known_.find(zone); known != known_.end()) return known->second.last;
    if (!is_kept()) return std::nullopt;
    const std::string path = path_of(zone);
    std::ifstream file(path, std::ios::binary);
    if (!file) {
        if (errno == ENOENT) return std::nullopt;
        spdlog::warn("cannot read the serial of {} in {}: {}; it goes on from the time",
                     dns::to_text(zone), path, system_reason());
        return std::nullopt;
    }
    std::ostringstream text;
    text << file.rdbuf();
    const auto kept = parse_kept_serial(text.str(), zone);
    if (!kept) {
        spdlog::warn(
            "{}: damaged, so the serial of {} goes on from the time; secondaries that have "
            "a higher one need a fresh transfer",
            path, dns::to_text(zone));
        return std::nullopt;
    }
    known_.emplace(zone, Known{*kept, kept});
    return kept;
}

void SerialStore::keep(dns::NameView zone, const KeptSerial& kept) {
    Known& known = known_.try_emplace(zone).first->second;
    known.last = kept;
    if (known.written != kept) write(zone, known, kept);
}

void SerialStore::advance(dns::NameView zone, const KeptSerial& kept) {
    Known& known = known_.try_emplace(zone).first->second;
    known.last = kept;
    const bool is_set_aside =
        known.written && !known.written->content && !(kept.serial > known.written->serial);
    if (!is_set_aside) {
        write(zone, known, {dns::Serial{kept.serial.value + reserve}, std::nullopt});
    }
}

void SerialStore::settle() {
    for (auto& [zone, known] : known_) {
        if (known.written != known.last) write(zone, known, known.last);
    }
}

/// A failure is not tried again with the next change: it would be logged as often.
void SerialStore::write(dns::NameView zone, Known& known, const KeptSerial& kept) {
    known.written = kept;
    if (!is_kept() || replace_file(folder_, path_of(zone), to_text(kept, zone))) return;
    spdlog::error(
        "cannot write the serial of {} to {}: {}; after a restart it goes on from the time",
        dns::to_text(zone), path_of(zone), system_reason());
}

}  // namespace portolan::app
