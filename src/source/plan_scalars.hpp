// The single values of a plan as text: durations, ranges, labels, names. Each reader gives the
// value or says what is wrong and how to cure it; none throws.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "portolan/dns/name.hpp"
#include "portolan/registry/plan.hpp"
#include "source/plan_report.hpp"

namespace portolan::source::plan {

template <class T>
class Read {
public:
    Read(T value) : value_(std::move(value)) {}                      // NOLINT: returned as it is
    Read(Complaint complaint) : complaint_(std::move(complaint)) {}  // NOLINT
    explicit operator bool() const noexcept { return value_.has_value(); }
    const T& operator*() const noexcept { return *value_; }
    const T* operator->() const noexcept { return &*value_; }
    [[nodiscard]] const Complaint& complaint() const noexcept { return complaint_; }

private:
    std::optional<T> value_;
    Complaint complaint_;
};

/// Decimal digits without sign or leading zero.
Read<std::uint32_t> read_number(std::string_view text, std::uint32_t least, std::uint32_t most);
Read<bool> read_flag(std::string_view text);               // yes, no, true, false
Read<std::uint32_t> read_duration(std::string_view text);  // seconds: 90, 10s, 5m, 1h30m, 14d
/// Milliseconds, at most a day: a duration, or 500ms.
Read<std::uint32_t> read_wait(std::string_view text);
/// "5000-5099", or one number for a range of one.
Read<registry::PortRange> read_port_range(std::string_view text);
/// "1-4", or 4 for 1-4: first and last.
Read<std::pair<unsigned, unsigned>> read_instances(std::string_view text);
/// One label of letters, digits and hyphens, not of digits alone; in lower case.
Read<std::string> read_label(std::string_view text);
/// "db1" or "db1.prod".
Read<std::string> read_host_reference(std::string_view text);
Read<registry::Address> read_address(std::string_view text);
Read<registry::Network> read_network(std::string_view text);
/// A network, or an address, which is a network of one.
Read<registry::Network> read_prefix(std::string_view text);
/// An address with a port or without: "192.0.2.53", "192.0.2.53:5353", "[2001:db8::53]:5353".
Read<registry::Secondary> read_secondary(std::string_view text);
/// A host name of letters, digits and hyphens; the final dot may be left out.
Read<dns::PackedName> read_domain(std::string_view text);
/// An owner below the apex, underscores and all: "_ldap._tcp.dc._msdcs". Wire form, relative.
Read<dns::PackedName> read_owner(std::string_view text);
/// "dns@corp.example" or "dns.corp.example" as an RNAME (RFC 1035 8): a dot in the local part
/// stays inside the first label.
Read<dns::PackedName> read_contact(std::string_view text);
/// "2027-01-31": a day that the calendar has.
Read<std::chrono::year_month_day> read_date(std::string_view text);
/// "XYYZZ", "1YYZZ": at most five letters and digits, each letter in one run.
Read<std::string> read_pattern(std::string_view text);

}  // namespace portolan::source::plan
