// Prometheus: the static targets of its configuration, or of a file of file_sd.
//
//     scrape_configs: [{job_name: api, static_configs: [{targets: ["jb1:9100"]}]}]
#include <fmt/format.h>

#include "desk/file_readers.hpp"

namespace portolan::desk {
namespace {

void read_target(FileReading& reading, const std::string& job, const YamlNode& target) {
    PortUse use;
    use.kind = UseKind::peer;
    use.subject = job;
    use.place = target.place;
    std::string_view text = target.text;
    for (const std::string_view scheme : {"http://", "https://"})
        if (text.starts_with(scheme)) text.remove_prefix(scheme.size());
    text = text.substr(0, text.find('/'));
    const auto parts = split_host_and_port(text);
    if (!parts || parts->host.empty() || !target.is_scalar())
        return skip(reading, target.place, fmt::format("\"{}\" is not HOST:PORT", target.text),
                    "Write host:9100; an IPv6 address in brackets.");
    use.host = parts->host;
    add_use(reading, std::move(use), parts->port);
}

void read_groups(FileReading& reading, const std::string& job, const YamlNode& groups) {
    for (const auto& [key, group] : groups.entries) {
        const auto* targets = group->find("targets");
        if (targets == nullptr) continue;
        for (const auto& [none, target] : targets->entries) read_target(reading, job, *target);
    }
}

void read_jobs(FileReading& reading, const YamlNode& jobs) {
    for (const auto& [key, job] : jobs.entries)
        if (const auto* groups = job->find("static_configs"))
            read_groups(reading, std::string(job->text_of("job_name")), *groups);
}

}  // namespace

void read_prometheus(std::string_view text, FileReading& reading) {
    const auto file = read_documents(text, reading);
    for (const auto* document : file.documents) {
        if (document->is_sequence()) read_groups(reading, "", *document);
        if (const auto* jobs = document->find("scrape_configs")) read_jobs(reading, *jobs);
    }
}

}  // namespace portolan::desk
