// The readers of all formats, for the table in import.cpp: one a file, import_NAME.cpp.
#pragma once

#include "portolan/desk/import.hpp"

namespace portolan::desk {

void read_csv(const SourceText& source, Imported& imported);
void read_iana(const SourceText& source, Imported& imported);
void read_json(const SourceText& source, Imported& imported);
void read_markdown(const SourceText& source, Imported& imported);
void read_services(const SourceText& source, Imported& imported);
void read_zone(const SourceText& source, Imported& imported);
void read_compose_facts(const SourceText& source, Imported& imported);  // import_port_uses.cpp
void read_kubernetes_facts(const SourceText& source, Imported& imported);
void read_ansible_facts(const SourceText& source, Imported& imported);
void read_consul_facts(const SourceText& source, Imported& imported);

}  // namespace portolan::desk
