#include "portolan/desk/import.hpp"

#include "importing.hpp"

namespace portolan::desk {
namespace {

using Strings = std::vector<std::string>;

TEST_CASE("facts of tables and of /etc/services") {
    struct Row {
        const char* what;
        const char* format;
        const char* text;
        Strings facts;
        Strings skipped;
    };
    const Row rows[] = {
        {"a heading",
         "csv",
         "service,port,proto\nuser-api,5001,tcp\nsyslog,514,UDP\n",
         {"user-api 5001/tcp", "syslog 514/udp"},
         {}},
        {"quotes, and a quote in quotes",
         "csv",
         "port,name,description\n80,web,\"a, \"\"b\"\"\nsecond line\"\n81,next,\n",
         {"web 80/tcp (a, \"b\"\nsecond line)", "next 81/tcp"},
         {}},
        {"CRLF and a byte order mark",
         "csv",
         "\xef\xbb\xbfname;port\r\nweb;80\r\n\r\napi;81",
         {"web 80/tcp", "api 81/tcp"},
         {}},
        {"tabs, and a port with its protocol",
         "csv",
         "Name\tPort\nweb\t53/udp\n",
         {"web 53/udp"},
         {}},
        {"the table of `portolan ports`",
         "csv",
         "environment,service,application,instance,type,port,proto,host,addresses\n"
         "prod,hydrogen-ajp,hydrogen,1,ajp,10104,tcp,jb1,10.1.0.11 2001:db8::1\n"
         "prod,rabbit-mgmt,,,mgmt,15672,tcp,,\n",
         {"hydrogen-ajp 10104/tcp of hydrogen instance 1 at jb1 10.1.0.11 2001:db8::1 in prod",
          "rabbit.mgmt 15672/tcp in prod"},
         {}},
        {"rows without a heading",
         "csv",
         "oxygen snmp 4 40805\n# a comment\nprod oxygen ajp 1 10804/tcp\n",
         {"oxygen-snmp 40805/tcp of oxygen instance 4",
          "oxygen-ajp 10804/tcp of oxygen instance 1 in prod"},
         {}},
        {"what is no port",
         "csv",
         "name,port\na,70000\nb,x\nc,\nd,0\ne,-1\nf,20-10\ng\n,80\nh,1,2\n",
         {},
         {"2: \"70000\" is no port", "3: \"x\" is no port", "4: there is no port",
          "5: \"0\" is no port", "6: \"-1\" is no port", "7: \"20-10\" is no port",
          "8: the row ends before its port", "9: nothing names port 80",
          "10: the row has 3 cells and the heading 2"}},
        {"columns that mean nothing",
         "csv",
         "name,port,colour\nweb,80,red\n",
         {"web 80/tcp"},
         {"1: the column \"colour\" has no meaning here"}},
        {"a quote that never ends",
         "csv",
         "name,port\nweb,80\n\"api,81\n",
         {"web 80/tcp"},
         {"3: a quote that never ends"}},
        {"a guard against formulas",
         "csv",
         "name,port,owner\nweb,80,'=cmd\n",
         {"web 80/tcp by =cmd"},
         {}},
        {"a last day",
         "csv",
         "name,port,until\nweb,80,2027-01-31\napi,81,\nold,82,2027-02-30\n",
         {"web 80/tcp until 2027-01-31", "api 81/tcp"},
         {"4: \"2027-02-30\" is no day of the calendar"}},
        {"Markdown, what is no table left alone",
         "markdown",
         "# Ports\n\ntext | more\n\n| Name | Port | Note |\n|:--|--:|---|\n| a\\|b | 80 | x "
         "&lt;y&gt; \\* |\n"
         "| c | no | |\n\n| key | name |\n|---|---|\n| 1 | x |\n",
         {"a|b 80/tcp (x <y> *)"},
         {"8: \"no\" is no port", "10: a table without a column for ports"}},
        {"JSON rows",
         "json",
         "[\n{\"name\": \"a\", \"port\": 80},\n{\"port\": \"81/udp\", \"name\": "
         "\"b\"},\n{\"port\": 1.5, \"name\": \"c\"}]",
         {"a 80/tcp", "b 81/udp"},
         {"4: \"1.5E0\" is no port"}},
        {"broken JSON", "json", "{\"plans\": [\n{\"x\": }", {}, {"2: no JSON: syntax error"}},
        {"SRV records",
         "zone",
         "$ORIGIN z.example.\n@ 60 IN SOA ns hm 1 1 1 1 1\n_api._tcp.prod 60 IN SRV 10 5 80 "
         "h1.prod\n"
         "h1.prod 60 IN A 10.0.0.1\n_db._tcp 60 SRV 1 1 5432 "
         "far.example.\n_mongodb._tcp.orders.prod 60 SRV 1 1 27017 h1.prod\n",
         {"api 80/tcp at h1 10.0.0.1 in prod", "db 5432/tcp at far.example.",
          "orders 27017/tcp at h1 10.0.0.1 in prod"},
         {"2: 1 SOA record says nothing of ports"}},
        {"SRV records for browsers, which say again what a service says, and one that does not",
         "zone",
         "$ORIGIN z.example.\n@ 60 IN SOA ns hm 1 1 1 1 1\n_api._tcp.prod 60 SRV 10 5 80 h1.prod\n"
         "api_h1._api._tcp.prod 60 SRV 0 0 80 h1.prod\n"
         "api_h1._api._tcp.prod 60 TXT service=api\n"
         "other._api._tcp.prod 60 SRV 0 0 81 h1.prod\n",
         {"api 80/tcp at h1.prod.z.example. in prod"},
         {"6: other._api._tcp.prod.z.example. is no _service._proto",
          "2: 1 SOA record says nothing of ports", "5: 1 TXT record says nothing of ports"}},
        {"services(5)",
         "services",
         "# comment\nhttp 80/tcp www # World Wide Web\nx11 6000-6063/tcp\n",
         {"http 80/tcp (World Wide Web; also www)", "x11 6000-6063/tcp"},
         {}},
        {"broken services",
         "services",
         "http\nssh 22\nbad 1/ddp\nzero 0/tcp\nlarge 65536/udp\n",
         {},
         {"1: http has no port", "2: 22 is no port and protocol", "3: ddp is no protocol",
          "4: 0/tcp is no port and protocol", "5: 65536/udp is no port and protocol"}},
    };
    for (const auto& row : rows) {
        CAPTURE(row.what);
        const auto imported = imported_from(row.format, row.text);
        CHECK(lines_of(imported) == row.facts);
        CHECK(lines_of(imported.findings) == row.skipped);
    }
}

TEST_CASE("files that no format takes") {
    struct Row {
        std::string text;
        const char* said;
    };
    const Row rows[] = {
        {"", "0: the file is empty"},
        {" \r\n\n", "0: the file is empty"},
        {std::string("a,1\nb\0c", 7), "2: the file is binary, not text"},
        {"a,80\nb\xff,81\n", "2: the file is no UTF-8"},
        {"a,80\n\xc0\x80", "2: the file is no UTF-8"},
        {"# nothing but a comment\n", "0: nothing in it is a port in the form csv"},
        {std::string(max_import_octets + 1, 'x'), "0: the file has more than 64 MiB"},
    };
    for (const auto& row : rows) {
        const auto imported = imported_from("csv", row.text);
        CHECK(imported.ports.empty());
        REQUIRE(lines_of(imported.findings) == Strings{row.said});
        CHECK(imported.findings[0].severity == registry::Severity::error);
    }
}

}  // namespace
}  // namespace portolan::desk
