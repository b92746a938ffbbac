#include "portolan/sign/presigned.hpp"

#include <fmt/format.h>

#include <optional>

#include "portolan/dns/presentation.hpp"
#include "portolan/sign/nsec3.hpp"

namespace portolan::sign {
namespace {

using registry::Severity;
using Set = zone::Records::Set;

/// RFC 9276 3.2: resolvers may take a zone with more for unsigned from 100 on, and BIND, Unbound
/// and Knot Resolver do; above 500 they may refuse it.
constexpr unsigned most_trusted_iterations = 100;
constexpr unsigned most_iterations = 500;

/// Fields of RRSIG (RFC 4034 3.1).
constexpr std::size_t expiration_at = 8, inception_at = 12, fixed_octets = 18;

/// Serial number arithmetic (RFC 4034 3.1.5).
bool is_after(std::uint32_t a, std::uint32_t b) noexcept { return dns::Serial{a} > dns::Serial{b}; }

class Presigned {
public:
    Presigned(const zone::Records& records, dns::NameView apex, std::uint32_t now)
        : records_(records), apex_(apex), now_(now) {}

    registry::Findings run() {
        for (const auto set : records_) look_at(set);
        if (!signed_soa_) return {};
        tell_of_times();
        if (parameters_) check_iterations();
        check_denial();
        return std::move(findings_);
    }

private:
    /// Signatures that do not hold now; the first of them stands for all.
    struct Untimely {
        std::optional<Set> first;
        dns::OctetView rdata;
        std::size_t count = 0;
        void add(const Set& set, dns::OctetView signature) {
            if (!first) {
                first.emplace(set);
                rdata = signature;
            }
            ++count;
        }
    };

    void look_at(const Set& set) {
        const bool is_apex = set.owner == apex_;
        switch (set.rrset->type()) {
            case dns::Type::rrsig:
                for (const auto rdata : *set.rrset) look_at_signature(set, rdata, is_apex);
                break;
            case dns::Type::nsec:
                has_nsec_ = has_nsec_ || is_apex;
                break;
            case dns::Type::nsec3:
                if (!nsec3_) nsec3_.emplace(set);
                break;
            case dns::Type::nsec3param:
                if (is_apex && !parameters_) parameters_.emplace(set);
                break;
            default:
                break;
        }
    }

    void look_at_signature(const Set& set, dns::OctetView rdata, bool is_apex) {
        if (rdata.size() < fixed_octets) return;
        const auto covered = static_cast<dns::Type>(dns::load_u16(rdata.data()));
        if (is_apex && covered == dns::Type::soa) signed_soa_.emplace(set);
        if (is_after(now_, dns::load_u32(&rdata[expiration_at]))) expired_.add(set, rdata);
        if (is_after(dns::load_u32(&rdata[inception_at]), now_)) early_.add(set, rdata);
    }

    void tell_of_times() {
        const auto tell = [this](const Untimely& found, const char* rule, const char* what) {
            if (found.count == 0) return;
            const auto covered = static_cast<dns::Type>(dns::load_u16(found.rdata.data()));
            add(Severity::warning, rule, *found.first,
                fmt::format(
                    "the signature of {} {} {}{}; resolvers refuse what it covers",
                    dns::to_text(found.first->owner), dns::to_string(covered), what,
                    found.count == 1 ? "" : fmt::format(", and so with {} more", found.count - 1)));
        };
        tell(expired_, "signature-expired", "has expired");
        tell(early_, "signature-early", "is not valid yet");
    }

    /// What proves that something does not exist, or else resolvers refuse every negative answer.
    void check_denial() {
        const auto tell = [this](const Set& set, const std::string& what) {
            add(Severity::error, "no-denial", set,
                what + "; resolvers refuse all negative answers");
        };
        if (parameters_ && !nsec3_) {
            tell(*parameters_, "NSEC3PARAM says that NSEC3 denies, but there is none");
        } else if (!parameters_ && !has_nsec_ && nsec3_) {
            tell(*nsec3_, fmt::format("there is NSEC3, but no NSEC3PARAM at {} (RFC 5155 4)",
                                      dns::to_text(apex_)));
        } else if (!parameters_ && !has_nsec_) {
            tell(*signed_soa_, "the zone is signed, but has neither NSEC nor NSEC3");
        }
    }

    void check_iterations() {
        for (const auto rdata : *parameters_->rrset) {
            const auto parameters = nsec3_parameters(rdata);
            if (!parameters || parameters->iterations <= most_trusted_iterations) continue;
            const bool is_refused = parameters->iterations > most_iterations;
            add(is_refused ? Severity::error : Severity::warning, "nsec3-iterations", *parameters_,
                fmt::format("{} iterations of NSEC3 are more than {}: resolvers {} (RFC 9276 3.2)",
                            parameters->iterations,
                            is_refused ? most_iterations : most_trusted_iterations,
                            is_refused ? "refuse the zone's answers, and each costs this server "
                                         "hundreds of hashes"
                                       : "take the zone for unsigned"),
                "Sign with 0 iterations, and no salt.");
        }
    }

    void add(Severity severity, const char* rule, const Set& set, std::string message,
             std::string cure = "Sign the file again.") {
        const auto at = records_.place(set);
        findings_.push_back(
            {severity, rule, at.file, at.line, 0, std::move(message), std::move(cure)});
    }

    const zone::Records& records_;
    dns::NameView apex_;
    std::uint32_t now_;
    registry::Findings findings_;
    std::optional<Set> signed_soa_, parameters_, nsec3_;
    bool has_nsec_ = false;  // at the apex
    Untimely expired_, early_;
};

}  // namespace

registry::Findings check_presigned(const zone::Records& records, dns::NameView apex,
                                   std::uint32_t now) {
    return Presigned(records, apex, now).run();
}

}  // namespace portolan::sign
