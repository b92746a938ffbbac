// How the clients of a service are told where it is: one line each, to be copied. What they can do with SRV,
// and what not, is in docs/clients.md.

/// `srv` is "_oxygen-snmp._udp.prod.svc.corp.example"; name, kind ("snmp", "mongodb"), protocol, environment,
/// zone, and the endpoints' rows. Returns [{client, text}]; the first is always dig's.
export function client_lines({ srv, name, kind, protocol, environment, zone, rows }) {
  const domain = `${environment}.${zone}`;
  const lines = [];
  const add = (client, text) => lines.push({ client, text });
  if (srv) add("dig", `dig +short SRV ${srv}`);
  const first = rows.find((row) => row.host);
  const at = first && `${first.host}.${domain}:${first.port}`;
  const speaks = (...kinds) => kinds.some((each) => kind === each || name === each || name.endsWith(`-${each}`));

  if (speaks("mongodb") && srv) add("MongoDB", `mongodb+srv://${name}.${domain}/`);
  if (speaks("ldap", "ldaps") && srv) {
    const base = srv_domain(srv)
      .split(".")
      .map((label) => `dc=${label}`)
      .join("%2C");
    add("LDAP", `${first?.port === 636 ? "ldaps" : "ldap"}:///${base}`);
  }
  if (speaks("sip", "sips") && srv)
    add("SIP", `${kind === "sips" ? "sips" : "sip"}:${srv_domain(srv)}${protocol === "tcp" ? ";transport=tcp" : ""}`);
  if (speaks("xmpp", "xmpp-client", "xmpps-client") && srv) add("XMPP", `xmpp:${srv_domain(srv)}`);
  if (at) {
    if (speaks("http", "web", "api", "health", "rest")) add("curl", `curl http://${at}/`);
    if (speaks("https")) add("curl", `curl https://${at}/`);
    if (speaks("prometheus", "grafana")) add("Browser", `http://${at}/`);
    if (speaks("postgresql", "postgres")) add("JDBC", `jdbc:postgresql://${hosts(rows, domain)}/`);
    if (speaks("mysql", "mariadb"))
      add("JDBC", `jdbc:${speaks("mariadb") ? "mariadb" : "mysql"}://${hosts(rows, domain)}/`);
    if (speaks("redis")) add("redis-cli", `redis-cli -u redis://${at}`);
    if (speaks("amqp", "rabbitmq")) add("AMQP", `amqp://${at}/`);
    if (speaks("jmx")) add("JMX", `service:jmx:rmi:///jndi/rmi://${at}/jmxrmi`);
    if (speaks("ajp")) add("Apache", `ProxyPass "/" "ajp://${at}/"`);
    if (speaks("snmp")) add("snmpwalk", `snmpwalk -v2c -c public udp:${at}`);
    if (speaks("ssh")) add("ssh", `ssh -p ${first.port} ${first.host}.${domain}`);
  }
  if (srv && protocol === "tcp") {
    const slots = Math.max(4, 2 * rows.filter((row) => row.host).length);
    add(
      "HAProxy",
      `server-template ${name}- ${slots} ${srv} resolvers portolan resolve-opts allow-dup-ip init-addr none check`,
    );
    if (speaks("exporter", "metrics", "jmx", "prometheus"))
      add("Prometheus", `dns_sd_configs: [{names: [${srv}], type: SRV, refresh_interval: 10s}]`);
  }
  return lines;
}

/// What comes behind service and protocol: "prod.svc.corp.example".
const srv_domain = (srv) => srv.split(".").slice(2).join(".");

const hosts = (rows, domain) =>
  rows
    .filter((row) => row.host)
    .map((row) => `${row.host}.${domain}:${row.port}`)
    .join(",");
