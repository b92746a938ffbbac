#include "signed_zone.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <sstream>

#include "portolan/dns/lower_name.hpp"
#include "portolan/dns/presentation.hpp"
#include "portolan/sign/nsec3.hpp"
#include "portolan/zone/soa.hpp"

namespace portolan::test {
namespace {

using dns::Type;

const std::string some_signature = std::string(86, 'A') + "==";  // 64 octets, as ECDSA has

const std::array<std::uint8_t, 2> salt{0xaa, 0xbb};
const sign::Nsec3Parameters parameters{1, salt};

dns::Name owner_of(dns::NameView name, dns::NameView apex) {
    const dns::LowerName lower(name);
    return sign::nsec3_owner(sign::nsec3_hash(lower.view(), parameters), apex);
}

std::string label_of(const dns::Name& name) {
    const auto label = dns::NameView(name).first_label();
    return {label.begin(), label.end()};
}

dns::Name lower(dns::NameView name) {
    dns::Name result(name);
    result.lower();
    return result;
}

/// A zone as a signer walks through it.
class Signer {
public:
    Signer(const zone::Zone& zone, Denial denial) : zone_(zone), denial_(denial), result_(zone) {
        const auto* soa = zone.find(zone.apex(), Type::soa);
        negative_ = {std::min(soa->ttl().seconds, zone::read_soa(*soa->begin()).minimum)};
    }

    zone::Zone run() {
        if (denial_ != Denial::nsec) {
            result_.put(zone_.apex(), set(Type::nsec3param, "1 0 1 aabb"));
        }
        list_names();
        denial_ == Denial::nsec ? put_nsec() : put_nsec3();
        const zone::Zone unsigned_zone = result_;
        for (const auto& [owner, sets] : unsigned_zone.nodes()) put_signatures(owner, sets);
        return result_;
    }

private:
    /// Types that a name has for those that ask about it, and whether it is only delegated.
    struct Listed {
        std::set<Type> types;
        bool is_insecure_cut = false;
    };

    dns::RrsetPtr set(Type type, const std::string& rdata) const {
        return dns::make_rrset(type, negative_, {dns::rdata_from(type, rdata)});
    }
    bool is_cut(dns::NameView name) const {
        return !(name == zone_.apex()) && zone_.find(name, Type::ns) != nullptr;
    }
    bool is_occluded(dns::NameView name) const {
        for (dns::Name at(name); !(at.view() == zone_.apex());) {
            at = dns::Name(at.view().parent());
            if (is_cut(at) || zone_.find(at, Type::dname) != nullptr) return true;
        }
        return false;
    }
    void list_names() {
        for (const auto& [owner, sets] : result_.nodes()) {
            if (is_occluded(owner)) continue;
            Listed& listed = names_[lower(owner)];
            for (const auto& each : sets) {
                const bool is_parents = each->type() == Type::ns || each->type() == Type::ds;
                if (!is_cut(owner) || is_parents) listed.types.insert(each->type());
            }
            listed.is_insecure_cut = is_cut(owner) && !listed.types.contains(Type::ds);
        }
    }
    static std::string types_text(const std::set<Type>& types) {
        std::string text;
        for (const Type type : types) text += " " + dns::to_string(type);
        return text;
    }

    void put_nsec() {
        for (auto at = names_.begin(); at != names_.end(); ++at) {
            const auto next = std::next(at) == names_.end() ? names_.begin() : std::next(at);
            auto types = at->second.types;
            types.insert({Type::rrsig, Type::nsec});
            result_.put(at->first, set(Type::nsec, dns::to_text(next->first) + types_text(types)));
        }
    }

    void put_nsec3() {
        const bool opts_out = denial_ == Denial::nsec3_opt_out;
        std::map<std::string, std::set<Type>> hashes;
        for (const auto& [name, listed] : names_) {
            if (opts_out && listed.is_insecure_cut) continue;
            auto types = listed.types;
            if (!listed.is_insecure_cut) types.insert(Type::rrsig);
            hashes[label_of(owner_of(name, zone_.apex()))] = types;
            for (dns::Name at = name; !(at.view() == zone_.apex());
                 at = dns::Name(at.view().parent())) {
                hashes.try_emplace(label_of(owner_of(at, zone_.apex())));  // empty non-terminals
            }
        }
        for (auto at = hashes.begin(); at != hashes.end(); ++at) {
            const auto next = std::next(at) == hashes.end() ? hashes.begin() : std::next(at);
            const auto owner = dns::parse_name(at->first, zone_.apex());
            result_.put(*owner, set(Type::nsec3, fmt::format("1 {} 1 aabb {}{}", opts_out ? 1 : 0,
                                                             next->first, types_text(at->second))));
        }
    }

    void put_signatures(dns::NameView owner, const zone::Node& sets) {
        if (is_occluded(owner)) return;
        std::vector<dns::Octets> signatures;
        for (const auto& each : sets) {
            const bool is_parents = each->type() == Type::ds || each->type() == Type::nsec;
            if (is_cut(owner) && !is_parents) continue;
            const unsigned labels = owner.label_count() - (owner.is_wildcard() ? 1 : 0);
            signatures.push_back(dns::rdata_from(
                Type::rrsig, fmt::format("{} 13 {} {} 20370101000000 20260101000000 1 {} {}",
                                         dns::to_string(each->type()), labels, each->ttl().seconds,
                                         dns::to_text(zone_.apex()), some_signature)));
        }
        if (signatures.empty()) return;
        result_.put(owner, dns::make_rrset(Type::rrsig, {}, signatures));
    }

    const zone::Zone& zone_;
    Denial denial_;
    dns::Ttl negative_;
    zone::Zone result_;
    std::map<dns::Name, Listed> names_;
};

/// A record as it was told.
struct Line {
    dns::Name owner;
    std::uint32_t ttl = 0;
    Type type{};
    std::vector<std::string> rdata;  // its words
};

std::vector<Line> lines_of(const std::multiset<std::string>& section) {
    std::vector<Line> lines;
    for (const auto& text : section) {
        std::istringstream words(text);
        Line line;
        std::string owner, type;
        words >> owner >> line.ttl >> type;
        line.owner = lower(dns::name_from(owner));
        if (!dns::parse_type(type, line.type)) throw std::invalid_argument(type);
        for (std::string word; words >> word;) line.rdata.push_back(word);
        lines.push_back(std::move(line));
    }
    return lines;
}

Type type_from(const std::string& word) {
    Type type{};
    if (!dns::parse_type(word, type)) throw std::invalid_argument(word);
    return type;
}

/// One NSEC or NSEC3: it matches its owner and covers what lies behind, up to the next.
struct Denier {
    dns::Name owner, next;
    std::set<Type> types;
    bool opts_out = false;

    [[nodiscard]] bool covers(const dns::Name& name) const {
        if (owner < next) return owner < name && name < next;
        return owner < name || name < next;  // the last, or the only one
    }
};

dns::Name ancestor(const dns::Name& name, unsigned labels) {
    return dns::Name(name.view().ancestor(name.view().label_count() - labels));
}

dns::Name child(const dns::Name& name, std::string_view label) {
    dns::Name result(name);
    if (!result.prepend(label)) throw std::length_error("name");
    return result;
}

class Validator {
public:
    Validator(const Told& told, dns::Name name, Type type)
        : told_(told), name_(std::move(name)), type_(type), answer_(lines_of(told.answer)),
          authority_(lines_of(told.authority)) {}

    std::string run() {
        if (told_.rcode == 2) return "SERVFAIL";
        if (told_.truncated()) return "";
        for (const auto* section : {&answer_, &authority_}) {
            if (auto fault = missing_signature(*section); !fault.empty()) return fault;
        }
        for (const auto& line : authority_) take_denial(line);
        if (auto fault = follow_aliases(); !fault.empty()) return fault;
        if (is_answered_ || leads_away()) return "";
        if (told_.rcode == 3) return no_name();
        if (const auto* ns = find(authority_, Type::ns)) return referral(ns->owner);
        return no_type(name_, type_);
    }

private:
    /// Each set but a synthesised CNAME, the NS of a cut and glue is signed.
    std::string missing_signature(const std::vector<Line>& section) const {
        for (const auto& line : section) {
            const bool is_cut = line.type == Type::ns && &section == &authority_;
            if (line.type == Type::rrsig || is_cut) continue;
            if (line.type == Type::cname && synthesised(section, line)) continue;
            const bool is_signed = std::ranges::any_of(section, [&](const Line& other) {
                return other.type == Type::rrsig && other.owner == line.owner &&
                       other.ttl == line.ttl && other.rdata[0] == dns::to_string(line.type);
            });
            if (!is_signed) {
                return dns::to_text(line.owner) + " " + dns::to_string(line.type) + " unsigned";
            }
        }
        return "";
    }
    static bool synthesised(const std::vector<Line>& section, const Line& cname) {
        return std::ranges::any_of(section, [&](const Line& other) {
            return other.type == Type::dname && !(other.owner == cname.owner) &&
                   cname.owner.view().is_at_or_below(other.owner);
        });
    }
    static const Line* find(const std::vector<Line>& section, Type type) {
        const auto found = std::ranges::find(section, type, &Line::type);
        return found == section.end() ? nullptr : &*found;
    }

    void take_denial(const Line& line) {
        if (line.type != Type::nsec && line.type != Type::nsec3) return;
        const bool hashed = line.type == Type::nsec3;
        Denier denier;
        denier.owner = line.owner;
        apex_ = dns::Name(hashed ? line.owner.view().parent() : dns::NameView());
        denier.next = hashed ? child(apex_, line.rdata[4]) : dns::name_from(line.rdata[0]);
        denier.next.lower();
        denier.opts_out = hashed && line.rdata[1] == "1";
        for (std::size_t i = hashed ? 5 : 1; i < line.rdata.size(); ++i) {
            denier.types.insert(type_from(line.rdata[i]));
        }
        is_hashed_ = hashed;
        deniers_.push_back(denier);
    }

    /// Whether the chain has left the zone, for which others speak.
    bool leads_away() const {
        const auto* signature = find(answer_, Type::rrsig);
        return signature != nullptr &&
               !name_.view().is_at_or_below(dns::name_from(signature->rdata[7]));
    }

    /// To the end of the chain, each wildcard in it being proved.
    std::string follow_aliases() {
        for (unsigned i = 0; i < 20; ++i) {
            const Line* here = nullptr;
            for (const auto& line : answer_) {
                if (!(line.owner == name_)) continue;
                const bool is_answer = line.type == type_ || type_ == Type::any;
                if (is_answer || line.type == Type::cname) here = &line;
                is_answered_ = is_answered_ || (is_answer && line.type != Type::cname) ||
                               (line.type == Type::cname && type_ == Type::cname);
            }
            if (here == nullptr) return "";
            if (auto fault = expansion(*here); !fault.empty()) return fault;
            if (is_answered_) return "";
            name_ = lower(dns::name_from(here->rdata[0]));
        }
        return "";
    }
    std::string expansion(const Line& line) const {
        for (const auto& signature : answer_) {
            if (signature.type != Type::rrsig || !(signature.owner == line.owner)) continue;
            if (signature.rdata[0] != dns::to_string(line.type)) continue;
            const auto labels = static_cast<unsigned>(std::stoul(signature.rdata[2]));
            const unsigned own =
                line.owner.view().label_count() - (line.owner.view().is_wildcard() ? 1 : 0);
            if (labels >= own) return "";
            const bool proved =
                is_hashed_ ? covered(ancestor(line.owner, labels + 1)) : covered(line.owner);
            return proved ? "" : dns::to_text(line.owner) + " may exist beside the wildcard";
        }
        return "";
    }

    dns::Name place_of(const dns::Name& name) const {
        return is_hashed_ ? owner_of(name, apex_) : name;
    }
    const Denier* match(const dns::Name& name) const {
        const auto found = std::ranges::find(deniers_, place_of(name), &Denier::owner);
        return found == deniers_.end() ? nullptr : &*found;
    }
    const Denier* cover(const dns::Name& name) const {
        const auto place = place_of(name);
        const auto found = std::ranges::find_if(
            deniers_, [&](const Denier& denier) { return denier.covers(place); });
        return found == deniers_.end() ? nullptr : &*found;
    }
    bool covered(const dns::Name& name) const { return cover(name) != nullptr; }

    /// The deepest ancestor that is proved to exist.
    std::optional<dns::Name> closest_encloser(const dns::Name& name) const {
        for (unsigned labels = name.view().label_count(); labels-- > 0;) {
            const auto up = ancestor(name, labels);
            if (is_hashed_ ? match(up) != nullptr : stands_above_a_denier(up)) return up;
        }
        return std::nullopt;
    }
    bool stands_above_a_denier(const dns::Name& name) const {
        return std::ranges::any_of(deniers_, [&](const Denier& denier) {
            return denier.owner.view().is_at_or_below(name) ||
                   denier.next.view().is_at_or_below(name);
        });
    }

    std::string no_name() const {
        const auto encloser = closest_encloser(name_);
        if (!encloser) return "no closest encloser";
        const auto next = ancestor(name_, encloser->view().label_count() + 1);
        if (!covered(is_hashed_ ? next : name_)) return "the name may exist";
        if (!covered(child(*encloser, "*"))) return "a wildcard may exist";
        return "";
    }
    std::string no_type(const dns::Name& name, Type type) const {
        const auto lacks = [&](const Denier& denier) {
            return !denier.types.contains(type) && !denier.types.contains(Type::cname);
        };
        if (const auto* own = match(name)) return lacks(*own) ? "" : "the type is listed";
        const auto* cover_of_name = cover(name);
        if (!is_hashed_) {
            if (cover_of_name == nullptr) return "nothing matches or covers the name";
            if (cover_of_name->next.view().is_at_or_below(name)) return "";  // it has names below
        }
        const auto encloser = closest_encloser(name);
        if (!encloser) return "no closest encloser";
        const auto* next = cover(ancestor(name, encloser->view().label_count() + 1));
        if (next == nullptr) return "nothing covers the next closer name";
        if (const auto* wildcard = match(child(*encloser, "*"))) {
            return lacks(*wildcard) ? "" : "the wildcard's type is listed";
        }
        return next->opts_out ? "" : "nothing matches the name";
    }
    std::string referral(const dns::Name& cut) const {
        if (find(authority_, Type::ds) != nullptr) return "";
        if (const auto* own = match(cut); own != nullptr && !own->types.contains(Type::ns)) {
            return "it is no cut";
        }
        return no_type(cut, Type::ds);
    }

    const Told& told_;
    dns::Name name_;
    Type type_;
    std::vector<Line> answer_, authority_;
    std::vector<Denier> deniers_;
    dns::Name apex_;  // when it is hashed
    bool is_hashed_ = false;
    bool is_answered_ = false;
};

}  // namespace

zone::Zone signed_zone(const zone::Zone& zone, Denial denial) { return Signer(zone, denial).run(); }

std::string fault_of(const Told& told, const std::string& name, dns::Type type) {
    return Validator(told, lower(dns::name_from(name)), type).run();
}

}  // namespace portolan::test
