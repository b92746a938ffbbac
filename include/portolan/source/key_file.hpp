// Reads TSIG keys from files of BIND's form.
//
//     key "transfer.corp.example" { algorithm hmac-sha256; secret "base64"; };
//
// as `portolan key tsig` and BIND's `tsig-keygen` print them; a file may hold several. Comments are
// those of BIND: `//` and `#` to the end of the line, and `/* … */`.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "portolan/dns/tsig.hpp"
#include "portolan/registry/finding.hpp"

namespace portolan::source {

struct KeyFile {
    std::vector<dns::TsigKeyPtr> keys;
    registry::Findings findings;  // the first fault ends the reading
};

/// Reads a text; `path` is for findings alone.
KeyFile parse_key_file(std::string_view text, const std::string& path);

/// The same from the file system. A file that all users may read is refused: what it holds is a
/// secret no more.
KeyFile read_key_file(const std::string& path);

}  // namespace portolan::source
