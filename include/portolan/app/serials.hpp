// SOA serials that rise with every real change and never fall, restarts included.
//
// For each zone the store remembers the last serial and a hash of the content it was given to.
// The same content keeps its serial, so a restart tells no secondary to transfer what it has;
// other content gets a higher one. The next serial is the UNIX time where that is higher, and one
// more than the last where it is not: so even a server whose state is lost goes on upwards, as long
// as the zone has not changed more often than once a second.
//
// What was learned while serving changes a zone many times a second, and two writes to the disk
// each time would be its delay. So such a change is written only when its serial passes all that
// was set aside: the file then says that serials up to one far ahead may have been given to
// content that nobody wrote down, and a start that finds it so goes on behind them, whatever the
// content. An orderly end writes the exact state (`settle`).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>

#include "portolan/net/socket.hpp"
#include "portolan/zone/diff.hpp"

namespace portolan::app {

/// The hash of one set at its owner: owner in lower case, type, TTL, RDATA, but a SOA's serial and
/// the signatures over it, which depend on the serial that is chosen by this.
/// The sum of its sets' hashes (modulo 2^64) stands for what a zone says, so that a change of a
/// set changes it by that set alone. FNV-1a with its bits mixed, 64 of them: it recognises content,
/// it does not guard against forgery.
std::uint64_t content_of(dns::NameView owner, const dns::Rrset& set);
/// What the changes add to the sum.
std::uint64_t content_of(std::span<const zone::Change> changes);

/// The serial that follows `last`: `now` (seconds since 1970) if that is higher in the order of
/// RFC 1982, else the next number.
dns::Serial serial_after(std::optional<dns::Serial> last, std::uint32_t now) noexcept;

/// What a zone was last served as. Without `content`, every serial up to this one may have been
/// given to something.
struct KeptSerial {
    dns::Serial serial;
    std::optional<std::uint64_t> content;
    friend bool operator==(const KeptSerial&, const KeptSerial&) = default;
};

/// The state's text form and back; nullopt when the text is damaged or of another zone.
std::string to_text(const KeptSerial& kept, dns::NameView zone);
std::optional<KeptSerial> parse_kept_serial(std::string_view text, dns::NameView zone);

/// The state folder cannot be used; what() says why and what to do.
struct StateError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// Remembers serials: in memory, and in a folder when one is given. One thread.
class SerialStore {
public:
    /// Makes `folder` when it is missing, and holds a lock on it, so that two servers do not give
    /// the same serial to different zones. Empty: serials live as long as the program. Throws
    /// StateError when the folder cannot be written or another server has it.
    explicit SerialStore(std::string folder);

    [[nodiscard]] bool is_kept() const noexcept { return !folder_.empty(); }
    [[nodiscard]] const std::string& folder() const noexcept { return folder_; }
    /// What the zone was last served as. A damaged file is logged and counts as none.
    std::optional<KeptSerial> find(dns::NameView zone);
    /// Writes through to the disk before it returns. Failure is logged: the serial then lives in
    /// memory, and the time takes care of the next start.
    void keep(dns::NameView zone, const KeptSerial& kept);
    /// The same for one of many changes: remembers it, and writes only when the serial passes those
    /// that were set aside, and then sets aside `reserve` more.
    void advance(dns::NameView zone, const KeptSerial& kept);
    /// Writes what `advance` has only remembered.
    void settle();
    static constexpr std::uint32_t reserve = 3600;  // an hour, should each be the time

private:
    [[nodiscard]] std::string path_of(dns::NameView zone) const;

    std::string folder_;
    net::Descriptor lock_;
    struct Known {
        KeptSerial last;                    // served as
        std::optional<KeptSerial> written;  // on the disk
    };
    void write(dns::NameView zone, Known& known, const KeptSerial& kept);
    std::map<dns::PackedName, Known, dns::CanonicalOrder> known_;
};

/// The name of a zone's state file: its text, with every octet that is not a letter, digit,
/// hyphen, underscore or inner dot written %XX; a hash where that would be too long.
std::string state_file_name(dns::NameView zone, std::string_view suffix = ".serial");

}  // namespace portolan::app
