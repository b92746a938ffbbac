#include "app/journal_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include "app/state_files.hpp"
#include "portolan/app/serials.hpp"
#include "portolan/dns/presentation.hpp"
#include "portolan/source/master_file.hpp"
#include "portolan/transfer/step_octets.hpp"

namespace portolan::app {
namespace {

constexpr std::size_t frame_octets = 12;               // length 4, checksum 8
constexpr std::size_t least_to_rewrite = 1024 * 1024;  // a smaller file is not worth it
constexpr std::chrono::seconds pause_after_failure{30};

/// FNV-1a, 64 bits: it recognises damage, it does not guard against forgery.
std::uint64_t checksum_of(dns::OctetView octets) noexcept {
    std::uint64_t sum = 0xcbf29ce484222325U;
    for (const auto octet : octets) sum = (sum ^ octet) * 0x100000001b3U;
    return sum;
}

void append_frame(std::string& text, const transfer::Step& step) {
    const dns::Octets octets = transfer::to_octets(step);
    std::uint8_t frame[frame_octets];
    const std::uint64_t sum = checksum_of(octets);
    dns::store_u32(frame, static_cast<std::uint32_t>(octets.size()));
    dns::store_u32(frame + 4, static_cast<std::uint32_t>(sum >> 32));
    dns::store_u32(frame + 8, static_cast<std::uint32_t>(sum));
    text.append(reinterpret_cast<const char*>(frame), frame_octets);
    text.append(reinterpret_cast<const char*>(octets.data()), octets.size());
}

/// The step at the front; nullptr when there is no whole one. Moves `octets` behind it.
transfer::StepPtr take_frame(dns::OctetView& octets) {
    if (octets.size() < frame_octets) return nullptr;
    const std::size_t size = dns::load_u32(octets.data());
    const std::uint64_t sum =
        std::uint64_t{dns::load_u32(octets.data() + 4)} << 32 | dns::load_u32(octets.data() + 8);
    if (size > octets.size() - frame_octets) return nullptr;
    const auto body = octets.subspan(frame_octets, size);
    if (checksum_of(body) != sum) return nullptr;
    auto step = transfer::parse_step(body);
    if (!step) return nullptr;
    octets = octets.subspan(frame_octets + size);
    return std::make_shared<const transfer::Step>(std::move(*step));
}

}  // namespace

JournalFile::JournalFile(std::string folder, dns::NameView zone)
    : folder_(std::move(folder)), path_(folder_ + "/" + state_file_name(zone, ".journal")),
      head_(fmt::format("portolan-journal 1 {}\n", dns::to_text(zone))) {}

transfer::Steps JournalFile::read() {
    transfer::Steps steps;
    const auto text = folder_.empty() ? std::nullopt : source::read_whole_file(path_);
    if (!text) return steps;
    const bool is_ours = text->starts_with(head_);
    dns::OctetView rest(reinterpret_cast<const std::uint8_t*>(text->data()), text->size());
    rest = rest.subspan(is_ours ? head_.size() : 0);
    while (is_ours && !rest.empty()) {
        auto step = take_frame(rest);
        if (step == nullptr) break;
        steps.push_back(std::move(step));
    }
    if (!rest.empty()) {
        spdlog::warn("{}: damaged after {} steps; the rest is left out", path_, steps.size());
    }
    size_ = text->size() - rest.size();
    is_whole_ = rest.empty();
    return steps;
}

void JournalFile::add_last(const transfer::Journal& journal) {
    if (folder_.empty()) return;
    const bool is_large = size_ > least_to_rewrite && size_ > 2 * journal.octets();
    if (!is_whole_ || is_large || journal.size() < 2) return write_all_of(journal);
    if (!append(journal)) fail();
}

bool JournalFile::append(const transfer::Journal& journal) {
    if (!file_) file_ = net::Descriptor(open(path_.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC));
    if (!file_) return false;
    std::string frame;
    append_frame(frame, *journal.last());
    if (write_all(file_.get(), frame)) {
        size_ += frame.size();
        return true;
    }
    const int error = errno;
    static_cast<void>(ftruncate(file_.get(), static_cast<off_t>(size_)));
    errno = error;
    return false;
}

void JournalFile::write_all_of(const transfer::Journal& journal) {
    if (folder_.empty()) return;
    const auto now = std::chrono::steady_clock::now();
    if (is_logged_ && now < try_again_) return;
    std::string text = head_;
    for (const auto& step : journal.all()) append_frame(text, *step);
    file_ = net::Descriptor();
    if (!replace_file(folder_, path_, text)) return fail();
    size_ = text.size();
    is_whole_ = true;
    if (std::exchange(is_logged_, false)) spdlog::info("the journal {} is kept again", path_);
}

void JournalFile::fail() {
    is_whole_ = false;
    try_again_ = std::chrono::steady_clock::now() + pause_after_failure;
    if (std::exchange(is_logged_, true)) return;
    spdlog::error(
        "cannot write the journal {}: {}; secondaries follow all the same, but after a restart "
        "they transfer the zone whole",
        path_, system_reason());
}

}  // namespace portolan::app
