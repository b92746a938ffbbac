#include "portolan/source/plan_file.hpp"

namespace portolan::source {

MasterFile read_records(const registry::Plan& plan, const OpenText& open) {
    if (!plan.records) return {};
    // Beside a plan that has TTLs of its own, records without one get the infrastructure's.
    std::optional<dns::Ttl> default_ttl;
    if (!plan.is_master_file_only()) default_ttl = dns::Ttl{plan.ttls.infrastructure};
    return read_master_file(plan.records->value, plan.zone.value, default_ttl, open);
}

}  // namespace portolan::source
