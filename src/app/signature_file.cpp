#include "app/signature_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "app/state_files.hpp"
#include "portolan/app/serials.hpp"
#include "portolan/dns/presentation.hpp"
#include "portolan/dns/rdata.hpp"
#include "portolan/dns/wire.hpp"
#include "portolan/source/master_file.hpp"

namespace portolan::app {
namespace {

constexpr std::size_t digest_octets = std::tuple_size_v<sign::Digest>;
constexpr std::size_t head_octets = digest_octets + 2;
constexpr std::size_t checksum_octets = 4;
constexpr std::size_t least_to_rewrite = 4 * 1024 * 1024;  // a smaller file is not worth it
constexpr std::chrono::seconds pause_after_failure{30};

/// FNV-1a, 32 bits: it recognises damage, it does not guard against forgery.
std::uint32_t checksum_of(dns::OctetView octets) noexcept {
    std::uint32_t sum = 0x811c9dc5U;
    for (const auto octet : octets) sum = (sum ^ octet) * 0x01000193U;
    return sum;
}

void append(std::string& text, const sign::Digest& digest, dns::OctetView rrsig) {
    dns::Octets entry(head_octets + rrsig.size() + checksum_octets);
    std::ranges::copy(digest, entry.begin());
    dns::store_u16(&entry[digest_octets], static_cast<std::uint16_t>(rrsig.size()));
    std::ranges::copy(rrsig, entry.begin() + head_octets);
    const std::size_t end = head_octets + rrsig.size();
    dns::store_u32(&entry[end], checksum_of(dns::OctetView(entry).first(end)));
    text.append(reinterpret_cast<const char*>(entry.data()), entry.size());
}

/// Adds the entry at the front and moves `octets` behind it; false when there is no whole one.
bool take_entry(dns::OctetView& octets, sign::Remembered& remembered) {
    if (octets.size() < head_octets + checksum_octets) return false;
    const std::size_t size = dns::load_u16(&octets[digest_octets]);
    const std::size_t end = head_octets + size;
    if (octets.size() < end + checksum_octets ||
        dns::load_u32(&octets[end]) != checksum_of(octets.first(end))) {
        return false;
    }
    const auto rrsig = octets.subspan(head_octets, size);
    if (!dns::is_well_formed(dns::Type::rrsig, rrsig)) return false;
    sign::Digest digest;
    std::copy_n(octets.begin(), digest_octets, digest.begin());
    remembered.add(digest, dns::Octets(rrsig.begin(), rrsig.end()));
    octets = octets.subspan(end + checksum_octets);
    return true;
}

}  // namespace

SignatureFile::SignatureFile(std::string folder, dns::NameView zone)
    : folder_(std::move(folder)), path_(folder_ + "/" + state_file_name(zone, ".signatures")),
      head_(fmt::format("portolan-signatures 1 {}\n", dns::to_text(zone))) {}

sign::Remembered SignatureFile::read() {
    sign::Remembered remembered;
    const auto text = folder_.empty() ? std::nullopt : source::read_whole_file(path_);
    is_whole_ = text && text->starts_with(head_);
    if (!text) return remembered;
    dns::OctetView rest(reinterpret_cast<const std::uint8_t*>(text->data()), text->size());
    rest = rest.subspan(is_whole_ ? head_.size() : 0);
    while (is_whole_ && !rest.empty()) is_whole_ = take_entry(rest, remembered);
    size_ = text->size() - rest.size();
    size_then_ = size_;
    if (!is_whole_) {
        spdlog::warn("{}: damaged; what it has lost is signed again", path_);
    }
    return remembered;
}

bool SignatureFile::is_large() const noexcept {
    if (folder_.empty()) return false;
    if (!is_whole_) return !is_logged_ || std::chrono::steady_clock::now() >= try_again_;
    return size_ > least_to_rewrite && size_ > 2 * size_then_;
}

void SignatureFile::add(std::span<const sign::Made> made) {
    if (folder_.empty() || !is_whole_ || made.empty()) return;
    if (!file_) file_ = net::Descriptor(open(path_.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC));
    std::string text;
    for (const auto& one : made) append(text, one.digest, one.rrsig);
    if (!file_ || !write_all(file_.get(), text)) return fail();
    size_ += text.size();
}

void SignatureFile::rewrite(const std::function<void(const VisitMade& visit)>& for_each) {
    if (folder_.empty()) return;
    std::string text = head_;
    for_each(
        [&text](const sign::Digest& digest, dns::OctetView rrsig) { append(text, digest, rrsig); });
    file_ = net::Descriptor();
    if (!replace_file(folder_, path_, text)) return fail();
    size_ = size_then_ = text.size();
    is_whole_ = true;
    if (std::exchange(is_logged_, false)) spdlog::info("{} is kept again", path_);
}

void SignatureFile::fail() {
    is_whole_ = false;
    try_again_ = std::chrono::steady_clock::now() + pause_after_failure;
    if (std::exchange(is_logged_, true)) return;
    spdlog::error(
        "cannot write the signatures to {}: {}; the zone is served and signed all the same, but "
        "after a restart it is signed again, under a new serial",
        path_, system_reason());
}

}  // namespace portolan::app
