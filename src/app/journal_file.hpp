// A zone's journal in the state folder, so that secondaries are sent differences across restarts.
//
// A line with the format and the zone's name, then step after step, each with its length and a
// checksum before it. A step is appended before it is published, with one write and without waiting
// for the disk: what a killed program has written is there. After a power cut the last steps may
// be missing; then the chain does not reach the serial that the zone goes on from, and secondaries
// transfer it whole. A damaged end is cut off. When the file has grown to twice what the journal
// holds, it is written anew.
//
// The disk being full or gone is logged once; what is served goes on, and the file is tried again
// after a while.
#pragma once

#include <chrono>
#include <string>

#include "portolan/net/socket.hpp"
#include "portolan/transfer/journal.hpp"

namespace portolan::app {

class JournalFile {
public:
    /// Without a folder nothing is kept.
    JournalFile(std::string folder, dns::NameView zone);

    /// The steps that the file holds, to be called first. A damaged file is logged.
    transfer::Steps read();
    /// Appends the last step of the journal, or writes all of it when that is called for.
    void add_last(const transfer::Journal& journal);
    void write_all_of(const transfer::Journal& journal);

private:
    bool append(const transfer::Journal& journal);
    void fail();

    std::string folder_;
    std::string path_;
    std::string head_;
    net::Descriptor file_;
    std::size_t size_ = 0;   // octets of the file that are in order
    bool is_whole_ = false;  // it holds all that the journal does
    bool is_logged_ = false;
    std::chrono::steady_clock::time_point try_again_;
};

}  // namespace portolan::app
