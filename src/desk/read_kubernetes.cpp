// Kubernetes manifests, one object a document: the ports of Services, and of the containers of Pods
// and of everything that has a pod template. A List is read as its items.
#include <fmt/format.h>

#include "desk/file_readers.hpp"

namespace portolan::desk {
namespace {

/// The protocol written there; skips the entry when it is none.
bool take_protocol(FileReading& reading, PortUse& use, const YamlNode& entry) {
    const auto* node = entry.find("protocol");
    if (node == nullptr) return true;
    const auto protocol = parse_any_protocol(node->text);
    if (protocol) {
        use.protocol = *protocol;
    } else if (!is_expression(node->text)) {
        skip(reading, node->place, fmt::format("\"{}\" is not a protocol", node->text),
             "Write TCP, UDP or SCTP.");
        return false;
    }
    return true;
}

/// The entries of a list of ports; what is none is skipped.
template <class Read>
void for_each_port(FileReading& reading, const YamlNode& ports, const Read& read) {
    if (!ports.is_sequence())
        return skip(reading, ports.place, "ports: is not a list", "Write one port an entry.");
    for (const auto& [key, each] : ports.entries) {
        if (each->is_mapping()) {
            read(*each);
        } else {
            skip(reading, each->place, "an entry among ports that is no mapping",
                 "Write - containerPort: 80, or - port: 80.");
        }
    }
}

void add_if_there(FileReading& reading, PortUse use, UseKind kind, const YamlNode& entry,
                  const char* key) {
    const auto* number = entry.find(key);
    if (number == nullptr || number->form == YamlNode::Form::null) return;
    use.kind = kind;
    add_use(reading, std::move(use), *number);
}

void read_service_port(FileReading& reading, PortUse use, const YamlNode& entry, bool takes_nodes) {
    use.name = entry.text_of("name");
    if (!take_protocol(reading, use, entry)) return;
    if (entry.find("port") == nullptr)
        skip(reading, entry.place,
             "an entry among a Service's ports without port:", "Say which port it is: port: 80.");
    add_if_there(reading, use, UseKind::service, entry, "port");
    // A targetPort in words is the name of a container's port, which has its number there.
    if (const auto text = entry.text_of("targetPort");
        parse_number(text, ~0U) || is_expression(text))
        add_if_there(reading, use, UseKind::target, entry, "targetPort");
    if (entry.find("nodePort") != nullptr)
        return add_if_there(reading, use, UseKind::node, entry, "nodePort");
    if (!takes_nodes) return;
    use.kind = UseKind::node;  // NodePort and LoadBalancer take one of every node
    use.place = entry.place;
    use.undecided = Undecided::random;
    use.text = "no nodePort:";
    reading.uses.push_back(std::move(use));
}

void read_service(FileReading& reading, const PortUse& use, const YamlNode& spec) {
    const auto type = spec.text_of("type");
    const bool takes_nodes =
        type == "NodePort" ||
        (type == "LoadBalancer" && spec.text_of("allocateLoadBalancerNodePorts") != "false");
    if (const auto* ports = spec.find("ports"))
        for_each_port(reading, *ports, [&](const YamlNode& entry) {
            read_service_port(reading, use, entry, takes_nodes);
        });
}

void read_container(FileReading& reading, const PortUse& pod, const YamlNode& container,
                    bool has_host_network) {
    const auto* ports = container.find("ports");
    if (ports == nullptr) return;
    for_each_port(reading, *ports, [&](const YamlNode& entry) {
        PortUse use = pod;
        use.name = entry.text_of("name");
        use.host = entry.text_of("hostIP");
        if (!take_protocol(reading, use, entry)) return;
        add_if_there(reading, use, has_host_network ? UseKind::host : UseKind::container, entry,
                     "containerPort");
        if (!has_host_network) add_if_there(reading, use, UseKind::host, entry, "hostPort");
        if (entry.find("containerPort") == nullptr)
            skip(reading, entry.place, "an entry among a container's ports without containerPort:",
                 "Say which port it is: containerPort: 80.");
    });
}

void read_pod(FileReading& reading, const PortUse& use, const YamlNode& spec) {
    const bool has_host_network = spec.text_of("hostNetwork") == "true";
    for (const auto* list : {"initContainers", "containers"})
        if (const auto* containers = spec.find(list))
            for (const auto& [key, each] : containers->entries)
                read_container(reading, use, *each, has_host_network);
}

/// The pod's spec in an object: its own, its template's, or its job's template's.
const YamlNode* pod_spec_of(const YamlNode& spec) {
    if (spec.find("containers") != nullptr) return &spec;
    if (const auto* pod = spec.find("template")) return pod->find("spec");
    if (const auto* job = spec.find("jobTemplate"))
        if (const auto* inner = job->find("spec")) return pod_spec_of(*inner);
    return nullptr;
}

void read_object(FileReading& reading, const YamlNode& object) {
    const auto kind = object.text_of("kind");
    if (const auto* items = object.find("items"); kind.ends_with("List") && items != nullptr) {
        for (const auto& [key, each] : items->entries) read_object(reading, *each);
        return;
    }
    if (!object.is_mapping() || kind.empty())
        return skip(reading, object.place, "a document that is no Kubernetes object",
                    "An object has apiVersion: and kind:.");
    const auto* spec = object.find("spec");
    if (spec == nullptr) return;
    PortUse use;
    use.place = object.place;
    if (const auto* metadata = object.find("metadata")) use.subject = metadata->text_of("name");
    if (kind == "Service") return read_service(reading, use, *spec);
    if (const auto* pod = pod_spec_of(*spec)) read_pod(reading, use, *pod);
}

}  // namespace

void read_kubernetes(std::string_view text, FileReading& reading) {
    const auto file = read_documents(text, reading);
    for (const auto* document : file.documents) read_object(reading, *document);
}

}  // namespace portolan::desk
