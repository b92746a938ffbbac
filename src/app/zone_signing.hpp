// What the engine keeps of a zone that it signs: the file of signatures, and a hand that goes round
// the zone, as on a clock, and finds the signatures that are to be renewed.
//
// The hand passes every name in an eighth of the time that a signature has left when it should be
// renewed, a small part of the zone at a time. So nothing has to be remembered of when each
// signature ends, and nothing is lost when the clock jumps: then the hand goes all the way round at
// once.
#pragma once

#include <chrono>
#include <memory>

#include "app/signature_file.hpp"
#include "portolan/answer/table.hpp"
#include "portolan/sign/signing.hpp"

namespace portolan::app {

class ZoneSigning {
public:
    using Terms = sign::Signer::Terms;

    ZoneSigning(dns::NameView apex, const std::string& state) : file_(state, apex) {}

    /// Signs what is loaded at the start, with the signatures of the last process where they hold.
    [[nodiscard]] sign::Signed sign_loaded(const Terms& terms, const answer::Table& table,
                                           std::uint32_t now);
    /// Signs all of the zone, with changes upon it.
    [[nodiscard]] sign::Signed sign_all(const Terms& terms, const answer::Table& table,
                                        std::span<const zone::Change> changes,
                                        std::uint32_t now) const;
    /// Signs changes of a zone that is signed under those terms.
    [[nodiscard]] sign::Signed sign_changes(const Terms& terms, const answer::Table& table,
                                            std::span<const zone::Change> changes,
                                            std::uint32_t now) const;
    /// Adds the SOA, and notes the signatures that were made.
    void seal(const Terms& terms, sign::Signed& signed_zone, const answer::Table& table,
              const dns::RrsetPtr& soa, std::uint32_t now);
    /// Writes the file anew when it wants to be; called when the table shows what was sealed.
    void keep(const answer::Table& table);

    /// Moves the hand. The renewed signatures, if there are any to renew; when to call again.
    struct Turn {
        sign::Signed renewed;
        std::chrono::milliseconds again;
    };
    [[nodiscard]] Turn turn(const Terms& terms, const answer::Table& table, std::uint32_t now);

private:
    [[nodiscard]] sign::Signer signer(const Terms& terms, std::uint32_t now) const;

    SignatureFile file_;
    sign::Remembered remembered_;  // from the last process, while the zone is loaded
    std::size_t hand_ = 0;         // the next part of the zone …
    std::size_t at_once_ = 0;      // … and how many of them before the next pause
    std::uint32_t last_turn_ = 0;
};

}  // namespace portolan::app
