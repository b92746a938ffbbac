// Ansible variables: whatever is called a port, in a file of variables or in the `vars:` of plays.
//
//     user_api_port: 5001
//     tomcat: {ajp_port: 10104, http_port: "{{ ajp_port - 1 }}"}
//     app_ports: [8080, 8081]
#include <fmt/format.h>

#include "desk/file_readers.hpp"

namespace portolan::desk {
namespace {

/// "port", "http_port", "ports", "listen-ports", in any case.
bool is_called_port(std::string_view name) {
    std::string last;
    for (const char c : name) {
        if (c == '_' || c == '-' || c == '.') {
            last.clear();
        } else {
            last += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
        }
    }
    return last == "port" || last == "ports";
}

/// "user_api_port" is of user-api; "tomcat" and "ajp_port" in it of tomcat-ajp.
std::string subject_of(std::string_view path) {
    std::string subject;
    for (const char c : path) subject += c == '_' || c == '.' ? '-' : c;
    for (const std::string_view end : {"ports", "port"})
        if (subject.ends_with(end)) {
            subject.resize(subject.size() - end.size());
            break;
        }
    while (subject.ends_with('-')) subject.pop_back();
    return subject;
}

void add_variable(FileReading& reading, const std::string& path, const YamlNode& value) {
    PortUse use;
    use.kind = UseKind::variable;
    use.name = path;
    use.subject = subject_of(path);
    use.place = value.place;
    if (!value.tag.empty()) {  // !vault, !unsafe
        use.undecided = Undecided::expression;
        use.text = value.tag;
        return reading.uses.push_back(std::move(use));
    }
    add_use(reading, std::move(use), value);
}

void read_value(FileReading& reading, const std::string& path, const YamlNode& value,
                bool is_port) {
    if (value.is_mapping()) {
        for (const auto& [key, each] : value.entries) {
            if (key == nullptr || !key->is_scalar() || key->text == "<<") continue;
            const auto inner = path.empty() ? key->text : path + "." + key->text;
            read_value(reading, inner, *each, is_called_port(key->text));
        }
    } else if (value.is_sequence()) {
        for (const auto& [key, each] : value.entries)
            if (each->is_mapping() || is_port) read_value(reading, path, *each, is_port);
    } else if (is_port && value.is_scalar() && !value.text.empty()) {
        add_variable(reading, path, value);
    }
}

}  // namespace

void read_ansible(std::string_view text, FileReading& reading) {
    const auto file = read_documents(text, reading);
    for (const auto* document : file.documents) {
        if (document->is_mapping()) read_value(reading, "", *document, false);
        if (!document->is_sequence()) continue;
        for (const auto& [key, play] : document->entries)
            if (const auto* variables = play->find("vars"))
                read_value(reading, "", *variables, false);
    }
}

}  // namespace portolan::desk
