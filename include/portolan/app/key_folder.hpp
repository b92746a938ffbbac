// The folder of one zone's keys: what survives restarts, and what the commands and the server
// share.
//
//     STATE/keys/svc.corp.example/keys.state                       sign/history_text.hpp
//                                 Ksvc.corp.example.+013+04711.private, .key   sign/key_text.hpp
//                                 lock
//
// The folder is its owner's alone (0700), and so are the files (0600). Each is written whole or not
// at all. Whoever changes something holds the lock from reading to writing.
#pragma once

#include <boost/system/result.hpp>
#include <chrono>
#include <string>
#include <vector>

#include "portolan/dns/name.hpp"
#include "portolan/net/socket.hpp"
#include "portolan/sign/timing.hpp"

namespace portolan::app {

/// Why something cannot be: a sentence that names the file and the cure.
struct Reason {
    std::string text;
};
template <class T>
using OrReason = boost::system::result<T, Reason>;

class KeyFolder {
public:
    KeyFolder(const std::string& state, dns::NameView zone);
    /// The zones that have such a folder, in canonical order.
    static std::vector<dns::PackedName> zones(const std::string& state);

    [[nodiscard]] const std::string& path() const noexcept { return path_; }
    [[nodiscard]] std::string state_path() const { return path_ + "/keys.state"; }
    [[nodiscard]] bool exists() const;

    /// Holds others off for as long as it lives. Makes the folder if need be.
    struct Lock {
        net::Descriptor held;
    };
    [[nodiscard]] OrReason<Lock> lock(std::chrono::milliseconds patience) const;

    struct Kept {
        std::string text;  // of the state; empty when the zone has no keys yet
        sign::History history;
    };
    /// Reads everything. Of keys that are among `known` it only looks whether their files are there
    /// and nobody else's.
    [[nodiscard]] OrReason<Kept> read(const sign::History& known = {}) const;

    /// The same for who only looks, between two changes of others. Nothing without a folder.
    [[nodiscard]] OrReason<Kept> look(std::chrono::milliseconds patience) const;

    /// Makes a key and writes it, so that it may be used.
    [[nodiscard]] OrReason<sign::KeyPtr> make_key(const sign::NewKey& wanted,
                                                  const sign::History& beside) const;
    /// Writes the state; returns its text.
    [[nodiscard]] OrReason<std::string> write(const sign::History& history) const;
    /// Removes the files of keys that were in `before` and are in `after` no more.
    void remove_gone(const sign::History& before, const sign::History& after) const noexcept;

private:
    [[nodiscard]] std::string stem(sign::Algorithm algorithm, std::uint16_t tag) const;
    [[nodiscard]] OrReason<sign::KeyPtr> read_key(sign::Algorithm algorithm, std::uint16_t tag,
                                                  sign::Use use) const;
    [[nodiscard]] bool has_private_files() const;

    dns::PackedName zone_;
    std::string path_;
};

}  // namespace portolan::app
