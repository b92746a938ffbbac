// Reads RFC 1035 master files into zones, and prints zones as master files.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "portolan/registry/finding.hpp"
#include "portolan/source/text_source.hpp"
#include "portolan/zone/records.hpp"
#include "portolan/zone/zone.hpp"

namespace portolan::source {

/// Fetches the whole text of a file; nullopt when it cannot be read.
using FileReader = std::function<std::optional<std::string>(const std::string& path)>;

struct MasterFile {
    zone::Records records;           // in order of first appearance
    std::vector<std::string> files;  // every file read, the main one first
    registry::Findings findings;     // all of them, not only the first
};

/// Bounds that keep a short file from costing much.
struct MasterFileLimits {
    std::size_t findings = 200;       // of each severity; the rest is counted
    std::size_t generated = 1000000;  // records that all $GENERATE lines make together
    std::size_t include_depth = 32;   // files open at once
    std::size_t includes = 10000;     // $INCLUDE lines followed
    std::size_t window = 1 << 18;     // octets of text held of each open file, but for long records
};

/// Reads a whole master file: $ORIGIN, $TTL, $INCLUDE, $GENERATE, parentheses, escapes, every RR
/// type and RFC 3597 forms. `default_ttl` stands in for a missing $TTL (RFC 2308 4); nullopt: a
/// missing TTL is an error. Paths of `$INCLUDE` are relative to the including file's folder.
/// Records outside `zone` are errors. One reading reports all it finds.
MasterFile read_master_file(const std::string& path, dns::NameView zone,
                            std::optional<dns::Ttl> default_ttl, const OpenText& open,
                            const MasterFileLimits& limits = {});

/// Reads from the file system.
std::optional<std::string> read_whole_file(const std::string& path);

/// The zone as a master file: SOA first, then canonical order, absolute names, explicit TTLs.
std::string to_master_file(const zone::Zone& zone);

}  // namespace portolan::source
