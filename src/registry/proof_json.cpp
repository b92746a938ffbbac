#include "portolan/registry/proof_json.hpp"

#include <boost/json/array.hpp>

namespace portolan::registry {
namespace {

namespace json = boost::json;

json::object to_json(const Plan& plan, const Witness& witness) {
    json::object out{{"port", witness.port},
                     {"protocol", to_string(witness.protocol)},
                     {"holder", witness.holder}};
    if (witness.instance != 0) out["instance"] = witness.instance;
    if (!witness.other.empty()) {
        out["other"] = witness.other;
        out["same_protocol"] = witness.same_protocol;
    }
    out["place"] = plan.text(witness.place);
    return out;
}

}  // namespace

json::object to_json(const Plan& plan, const Judgement& judgement) {
    json::array witnesses;
    for (const auto& each : judgement.witnesses) witnesses.push_back(to_json(plan, each));
    json::object out{{"ground", to_string(judgement.ground)},
                     {"holds", judgement.holds()},
                     {"sentence", judgement.sentence}};
    if (!judgement.cure.empty()) out["cure"] = judgement.cure;
    out["witnesses"] = std::move(witnesses);
    return out;
}

json::object to_json(const Plan& plan, const Proof& proof) {
    json::array grounds;
    for (const auto& each : proof.judgements) grounds.push_back(to_json(plan, each));
    return {{"holds", proof.holds()},
            {"scope", proof.scope},
            {"capacity", json::array(proof.capacity.begin(), proof.capacity.end())},
            {"grounds", std::move(grounds)}};
}

}  // namespace portolan::registry
