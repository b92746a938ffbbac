// A zone's signatures in the state folder, so that a restart serves what was served before.
//
// ECDSA draws a number for each signature, so one that is made anew is another record: without
// this file every start would be a new zone, under a new serial, for all secondaries to transfer.
// Each signature stands beside the digest of what it signs, so it is found again for that very
// content and no other; which sets the zone had when is of no account.
//
//     portolan-signatures 1 ZONE\n
//     digest 16 | RRSIG RDATA, length 2 and octets | checksum 4        one after another
//
// New ones are appended with one write and without waiting for the disk, as the journal is
// (app/journal_file.hpp). What a power cut takes is signed again. When the file has grown to twice
// what the zone holds it is written anew.
#pragma once

#include <chrono>
#include <functional>
#include <span>
#include <string>

#include "portolan/net/socket.hpp"
#include "portolan/sign/signing.hpp"

namespace portolan::app {

class SignatureFile {
public:
    /// Without a folder nothing is kept.
    SignatureFile(std::string folder, dns::NameView zone);

    /// What the file holds, to be called first. A damaged end is logged and left out.
    sign::Remembered read();
    void add(std::span<const sign::Made> made);

    /// Whether it is time to write the file anew: `rewrite` with what the zone holds.
    [[nodiscard]] bool is_large() const noexcept;
    using VisitMade = std::function<void(const sign::Digest& digest, dns::OctetView rrsig)>;
    void rewrite(const std::function<void(const VisitMade& visit)>& for_each);

private:
    void fail();

    std::string folder_;
    std::string path_;
    std::string head_;
    net::Descriptor file_;
    std::size_t size_ = 0;       // octets of the file that are in order
    std::size_t size_then_ = 0;  // when it was last written anew
    bool is_whole_ = false;      // all that was added is there
    bool is_logged_ = false;
    std::chrono::steady_clock::time_point try_again_;
};

}  // namespace portolan::app
