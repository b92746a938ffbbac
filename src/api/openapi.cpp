#include "portolan/api/api.hpp"

namespace portolan::api {

std::string_view openapi() {
    static constexpr std::string_view description = R"json({
"openapi": "3.0.3",
"info": {
  "title": "portolan",
  "version": "1",
  "description": "Registering services with a portolan server. Refusals are sentences in plain text. Beside this, Consul's agent, catalog and health endpoints are served below /v1 as its clients use them."
},
"security": [{}, {"token": []}, {"bearer": []}],
"paths": {
  "/v1/portolan/openapi.json": {"get": {"summary": "This description", "responses": {"200": {"description": "OpenAPI 3.0", "content": {"application/json": {}}}}}},
  "/v1/explain": {"get": {
    "summary": "Who has a port or a name, where and why; with health, and when registrations end",
    "parameters": [{"name": "q", "in": "query", "required": true, "description": "40805, 40805/udp, HOST:PORT, a name of the plan, an SRV owner, or the PTR name of a port", "schema": {"type": "string"}}],
    "responses": {"200": {"description": "What each plan says, and the registrations it is about", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Explanation"}}}}, "400": {"$ref": "#/components/responses/Refused"}, "404": {"$ref": "#/components/responses/Refused"}}}},
  "/v1/find": {"get": {
    "summary": "What has all the words in its name, owner, description or ports",
    "parameters": [{"name": "q", "in": "query", "required": true, "description": "words, or parts of them", "schema": {"type": "string"}}],
    "responses": {"200": {"description": "At most fifty things", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Found"}}}}, "400": {"$ref": "#/components/responses/Refused"}}}},
  "/v1/map": {"get": {
    "summary": "The port map: all zones as their plans have them; with environment, its rows as they are now",
    "parameters": [{"name": "zone", "in": "query", "description": "may be left out where one zone has the environment", "schema": {"type": "string"}}, {"$ref": "#/components/parameters/environment"}],
    "responses": {"200": {"description": "Zones, or rows", "content": {"application/json": {"schema": {"oneOf": [{"$ref": "#/components/schemas/Map"}, {"$ref": "#/components/schemas/Rows"}]}}}}, "404": {"$ref": "#/components/responses/Refused"}}}},
  "/v1/events": {"get": {
    "summary": "Server-sent events: hello; rows, of a service that has changed; plan, when all should be loaded anew",
    "responses": {"200": {"description": "A stream; the data of rows is as of /v1/map, with its service and protocol", "content": {"text/event-stream": {"schema": {"type": "string"}}}}}}},
  "/v1/history": {"get": {
    "summary": "How the verdicts on a service's endpoints have changed since the server began, the newest first; of ten thousand changes in all",
    "parameters": [{"name": "zone", "in": "query", "required": true, "schema": {"type": "string"}}, {"name": "environment", "in": "query", "required": true, "schema": {"type": "string"}}, {"name": "service", "in": "query", "required": true, "schema": {"type": "string"}}],
    "responses": {"200": {"description": "The changes", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/History"}}}}}}},
  "/v1/whatif": {"get": {
    "summary": "What would follow of a change of the plan; nothing is written",
    "parameters": [{"name": "zone", "in": "query", "description": "by default the first that can take the change", "schema": {"type": "string"}}, {"name": "change", "in": "query", "required": true, "description": "add application NAME, add type NAME [PROTOCOL], instances LAST, pattern PATTERN, move APPLICATION INSTANCE ENVIRONMENT HOST", "schema": {"type": "string"}}],
    "responses": {"200": {"description": "As portolan whatif --json has it", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/WhatIf"}}}}, "400": {"$ref": "#/components/responses/Refused"}, "404": {"$ref": "#/components/responses/Refused"}, "503": {"$ref": "#/components/responses/Refused"}}}},
  "/v1/allocations": {"post": {
    "summary": "Gives the next id or port to a name: the server writes it into its plan, and reads the plan again. Needs a token that may",
    "requestBody": {"required": true, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Order"}}}},
    "responses": {"201": {"description": "It is written, and served if nothing else is wrong with the plans", "headers": {"Location": {"description": "Who asks there is told of it", "schema": {"type": "string"}}}, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Allocation"}}}}, "400": {"$ref": "#/components/responses/Refused"}, "403": {"$ref": "#/components/responses/Refused"}, "404": {"$ref": "#/components/responses/Refused"}, "409": {"$ref": "#/components/responses/Refused"}, "503": {"$ref": "#/components/responses/Refused"}}}},
  "/v1/portolan/status": {"get": {
    "summary": "The zones that are served, and how many registrations there are",
    "parameters": [{"$ref": "#/components/parameters/index"}, {"$ref": "#/components/parameters/wait"}],
    "responses": {"200": {"description": "The status", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Status"}}}}}}},
  "/v1/portolan/services": {"get": {
    "summary": "The services that DNS answers for, with the endpoints of each SRV set",
    "parameters": [{"$ref": "#/components/parameters/service"}, {"$ref": "#/components/parameters/environment"}],
    "responses": {"200": {"description": "All of them", "content": {"application/json": {"schema": {"type": "array", "items": {"$ref": "#/components/schemas/Service"}}}}}}}},
  "/v1/portolan/registrations": {
    "get": {
      "summary": "What is registered",
      "parameters": [{"$ref": "#/components/parameters/service"}, {"$ref": "#/components/parameters/environment"}, {"$ref": "#/components/parameters/index"}, {"$ref": "#/components/parameters/wait"}],
      "responses": {"200": {"description": "All of it", "content": {"application/json": {"schema": {"type": "array", "items": {"$ref": "#/components/schemas/Registration"}}}}}}},
    "put": {
      "summary": "Registers an endpoint, or replaces the one of that address and id",
      "requestBody": {"required": true, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Announcement"}}}},
      "responses": {"200": {"description": "It is on the disk and in the zone", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Registration"}}}}, "400": {"$ref": "#/components/responses/Refused"}, "403": {"$ref": "#/components/responses/Refused"}, "409": {"$ref": "#/components/responses/Refused"}}}},
  "/v1/portolan/registrations/{id}": {
    "parameters": [{"$ref": "#/components/parameters/id"}],
    "get": {"summary": "One registration", "responses": {"200": {"description": "It", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Registration"}}}}, "404": {"$ref": "#/components/responses/Refused"}}},
    "delete": {"summary": "Withdraws it", "responses": {"200": {"description": "It is gone from the disk and the zone"}, "403": {"$ref": "#/components/responses/Refused"}, "404": {"$ref": "#/components/responses/Refused"}}}},
  "/v1/portolan/registrations/{id}/renew": {
    "parameters": [{"$ref": "#/components/parameters/id"}],
    "put": {"summary": "Renews its lease", "responses": {"200": {"description": "It has its full time again"}, "404": {"$ref": "#/components/responses/Refused"}}}},
  "/v1/portolan/registrations/{id}/aside": {
    "parameters": [{"$ref": "#/components/parameters/id"}],
    "put": {
      "summary": "Takes it out of the answers, whatever its checks say: at once, or after it was in the last tier for a while",
      "parameters": [{"name": "as", "in": "query", "schema": {"type": "string", "enum": ["maintenance", "draining"], "default": "maintenance"}}, {"name": "for", "in": "query", "description": "how long it drains", "schema": {"type": "string", "default": "1m"}}, {"name": "reason", "in": "query", "schema": {"type": "string"}}],
      "responses": {"200": {"description": "Done"}, "404": {"$ref": "#/components/responses/Refused"}}},
    "delete": {"summary": "Leaves it to its checks again", "responses": {"200": {"description": "Done"}, "404": {"$ref": "#/components/responses/Refused"}}}}
},
"components": {
  "securitySchemes": {
    "token": {"type": "apiKey", "in": "header", "name": "X-Consul-Token"},
    "bearer": {"type": "http", "scheme": "bearer"}
  },
  "parameters": {
    "id": {"name": "id", "in": "path", "required": true, "description": "Its id, or ID@ADDRESS where several hosts have it", "schema": {"type": "string"}},
    "service": {"name": "service", "in": "query", "schema": {"type": "string"}},
    "environment": {"name": "environment", "in": "query", "schema": {"type": "string"}},
    "index": {"name": "index", "in": "query", "description": "Wait until the index (X-Consul-Index of the last answer) has passed this", "schema": {"type": "integer", "format": "int64"}},
    "wait": {"name": "wait", "in": "query", "description": "At most so long", "schema": {"type": "string", "default": "5m"}}
  },
  "responses": {"Refused": {"description": "Why not, as a sentence", "content": {"text/plain": {"schema": {"type": "string"}}}}},
  "schemas": {
    "Announcement": {
      "type": "object", "required": ["service", "address", "port"], "additionalProperties": false,
      "properties": {
        "service": {"type": "string", "description": "A service of the plan, or a name of its dynamic:"},
        "id": {"type": "string", "description": "By default the service's name; unique at its address"},
        "environment": {"type": "string", "description": "By name or alias; by default the token's, or the one whose networks hold the address"},
        "protocol": {"type": "string", "enum": ["tcp", "udp", "sctp", "dccp"]},
        "address": {"type": "string"},
        "port": {"type": "integer", "minimum": 1, "maximum": 65535},
        "priority": {"type": "integer", "minimum": 0, "maximum": 65535},
        "weight": {"type": "integer", "minimum": 0, "maximum": 65535},
        "tags": {"type": "array", "items": {"type": "string"}},
        "meta": {"type": "object", "additionalProperties": {"type": "string"}},
        "lease": {"type": "string", "description": "Withdrawn unless it is renewed within; like 30s"},
        "checks": {"type": "array", "items": {"$ref": "#/components/schemas/Check"}}
      }},
    "Check": {
      "type": "object", "additionalProperties": false,
      "properties": {
        "id": {"type": "string"}, "name": {"type": "string"}, "notes": {"type": "string"},
        "tcp": {"type": "object"},
        "http": {"type": "object", "properties": {"path": {"type": "string"}, "method": {"type": "string"}, "tls": {"type": "boolean"}, "verifies": {"type": "boolean"}, "host": {"type": "string"}, "body": {"type": "string"}, "first_status": {"type": "integer"}, "last_status": {"type": "integer"}, "headers": {"type": "array", "items": {"type": "array", "items": {"type": "string"}}}}},
        "grpc": {"type": "object", "properties": {"service": {"type": "string"}}},
        "dns": {"type": "object", "properties": {"name": {"type": "string"}}},
        "heartbeat": {"type": "object", "required": ["ttl"], "properties": {"ttl": {"type": "string"}}},
        "port": {"type": "integer", "description": "By default the registration's"},
        "interval": {"type": "string"}, "timeout": {"type": "string"},
        "fall": {"type": "integer"}, "rise": {"type": "integer"},
        "initially": {"type": "string", "enum": ["passing", "warning", "critical"]},
        "gone_after": {"type": "string", "description": "Withdrawn when critical for so long"}
      }},
    "Registration": {"allOf": [{"$ref": "#/components/schemas/Announcement"}, {"type": "object", "properties": {
        "zone": {"type": "string"},
        "token": {"type": "string", "description": "The id of the token that it came with"},
        "verdict": {"type": "string"},
        "states": {"type": "array", "items": {"type": "object"}},
        "aside": {"type": "object", "properties": {"verdict": {"type": "string"}, "reason": {"type": "string"}}},
        "ends_in": {"type": "string"},
        "index": {"type": "integer", "format": "int64"}}}]},
    "Service": {"type": "object", "properties": {
        "zone": {"type": "string"}, "environment": {"type": "string"}, "service": {"type": "string"}, "protocol": {"type": "string"},
        "endpoints": {"type": "array", "items": {"type": "object", "properties": {"host": {"type": "string"}, "port": {"type": "integer"}, "priority": {"type": "integer"}, "weight": {"type": "integer"}}}}}},
    "Explanation": {"type": "object", "properties": {
        "question": {"type": "string"}, "port": {"type": "integer"}, "assigned": {"type": "boolean"}, "note": {"type": "string"},
        "plans": {"type": "array", "items": {"type": "object", "properties": {
          "zone": {"type": "string"}, "kind": {"type": "string", "enum": ["port", "application", "type", "service", "host", "environment", "browsing", "service-type", "instance"]},
          "assigned": {"type": "boolean"}, "speaks": {"type": "boolean", "description": "Whether the plan has more to say than that nobody has it"},
          "statements": {"type": "array", "items": {"type": "string"}}, "arithmetic": {"type": "string"}, "pattern": {"type": "string"},
          "sources": {"type": "array", "items": {"type": "object", "properties": {"name": {"type": "string"}, "owner": {"type": "string"}, "description": {"type": "string"}, "until": {"type": "string", "format": "date"}, "place": {"type": "string"}}}},
          "assignments": {"type": "array", "items": {"type": "object"}}, "ranges": {"type": "array", "items": {"type": "string"}}, "dynamic": {"type": "boolean"},
          "ports": {"type": "array", "items": {"type": "object"}}, "published": {"type": "array", "items": {"type": "string"}},
          "endpoints": {"type": "array", "items": {"type": "object", "properties": {"environment": {"type": "string"}, "service": {"type": "string"}, "protocol": {"type": "string"}, "host": {"type": "string"}, "port": {"type": "integer"}, "addresses": {"type": "array", "items": {"type": "string"}}, "verdict": {"type": "string"}, "withheld": {"type": "boolean"}}}},
          "empty": {"type": "array", "items": {"type": "string"}, "description": "Environments in which nothing is placed on it"},
          "findings": {"type": "array", "items": {"type": "object", "properties": {"severity": {"type": "string"}, "rule": {"type": "string"}, "message": {"type": "string"}, "cure": {"type": "string"}}}},
          "cut": {"type": "boolean", "description": "Whether there is more than is told"}}}},
        "registrations": {"type": "array", "items": {"allOf": [{"$ref": "#/components/schemas/Registration"}, {"type": "object", "properties": {"ends_at": {"type": "string", "format": "date-time"}, "expiry": {"type": "array", "items": {"type": "string"}}}}]}}}},
    "Found": {"type": "object", "properties": {
        "words": {"type": "array", "items": {"type": "string"}},
        "found": {"type": "array", "items": {"type": "object", "properties": {"zone": {"type": "string"}, "kind": {"type": "string"}, "name": {"type": "string"}, "environment": {"type": "string"}, "ports": {"type": "string"}, "owner": {"type": "string"}, "description": {"type": "string"}, "until": {"type": "string", "format": "date"}, "place": {"type": "string"}}}},
        "more": {"type": "integer"}, "near": {"type": "array", "items": {"type": "string"}, "description": "Known names that are a slip away, when nothing is found"}}},
    "Map": {"type": "object", "properties": {
        "now": {"type": "string", "format": "date-time"},
        "zones": {"type": "array", "items": {"type": "object", "properties": {
          "zone": {"type": "string"}, "serial": {"type": "integer"}, "pattern": {"type": "string"},
          "fields": {"type": "object", "description": "What the pattern's letters stand for: instance, application, type", "additionalProperties": {"type": "string"}},
          "instances": {"type": "object", "properties": {"first": {"type": "integer"}, "last": {"type": "integer"}}},
          "environments": {"type": "array", "items": {"type": "object"}}, "applications": {"type": "array", "items": {"type": "object"}},
          "types": {"type": "array", "items": {"type": "object"}}, "services": {"type": "array", "items": {"type": "object"}},
          "ranges": {"type": "array", "items": {"type": "object"}}, "dynamic": {"type": "object"}, "findings": {"type": "array", "items": {"type": "object"}}}}}}},
    "Rows": {"type": "object", "properties": {
        "zone": {"type": "string"}, "environment": {"type": "string"},
        "rows": {"type": "array", "items": {"type": "object", "properties": {
          "service": {"type": "string"}, "application": {"type": "string"}, "type": {"type": "string"}, "instance": {"type": "string"},
          "port": {"type": "integer"}, "protocol": {"type": "string"}, "host": {"type": "string", "description": "empty: nothing is placed there"},
          "addresses": {"type": "array", "items": {"type": "string"}}, "srv": {"type": "string"}, "priority": {"type": "integer"}, "weight": {"type": "integer"},
          "verdict": {"type": "string", "enum": ["", "unchecked", "unknown", "passing", "warning", "critical", "draining", "maintenance"]},
          "withheld": {"type": "boolean", "description": "kept out of the set in DNS"}, "aside": {"type": "string", "description": "why a person has taken it out"},
          "owner": {"type": "string"}, "findings": {"type": "array", "items": {"type": "string"}},
          "registration": {"type": "string"}, "expiry": {"type": "array", "items": {"type": "string"}}}}}}},
    "History": {"type": "object", "properties": {
        "changes": {"type": "array", "items": {"type": "object", "properties": {
          "at": {"type": "string", "format": "date-time"}, "host": {"type": "string"}, "port": {"type": "integer"}, "protocol": {"type": "string"},
          "from": {"type": "string", "description": "empty: it came"}, "to": {"type": "string", "description": "empty: it went"}, "why": {"type": "string"}}}}}},
    "WhatIf": {"type": "object", "properties": {
        "edit": {"type": "string"}, "clean": {"type": "boolean"}, "opened": {"type": "array", "items": {"type": "string"}}, "closed": {"type": "array", "items": {"type": "string"}},
        "grounds": {"type": "array", "items": {"type": "object"}}, "ways": {"type": "array", "items": {"type": "object"}}, "errors": {"type": "array", "items": {"type": "string"}},
        "capacity": {"type": "array", "items": {"type": "string"}}, "dns": {"type": "array", "items": {"type": "string"}}, "firewall": {"type": "array", "items": {"type": "object"}}}},
    "Order": {
      "type": "object", "required": ["kind", "name"], "additionalProperties": false,
      "properties": {
        "kind": {"type": "string", "enum": ["application", "type", "port"]},
        "name": {"type": "string"},
        "zone": {"type": "string", "description": "by default the first that has a convention, or that range"},
        "range": {"type": "string", "description": "of a port: the category that it comes from"},
        "id": {"type": "integer", "minimum": 0, "maximum": 65535, "description": "of an application or a type: in place of the next"},
        "port": {"type": "integer", "minimum": 0, "maximum": 65535, "description": "in place of the next"},
        "proto": {"type": "string", "enum": ["tcp", "udp", "sctp", "dccp"], "default": "tcp"},
        "owner": {"type": "string", "maxLength": 4096, "description": "by default the token's note"},
        "note": {"type": "string", "maxLength": 4096},
        "until": {"type": "string", "format": "date", "description": "the last day on which it is needed"}
      }},
    "Allocation": {"type": "object", "properties": {
        "kind": {"type": "string"}, "name": {"type": "string"}, "id": {"type": "integer"}, "port": {"type": "integer"}, "zone": {"type": "string"},
        "entry": {"type": "string", "description": "as it stands in the plan"}, "ports": {"type": "string", "description": "all that go with it: 11301-11306,21301-21306"},
        "file": {"type": "string"}, "line": {"type": "integer"}, "served": {"type": "boolean"}}},
    "Status": {"type": "object", "properties": {
        "version": {"type": "string"}, "registrations": {"type": "integer"}, "index": {"type": "integer", "format": "int64"},
        "node": {"type": "string"}, "author": {"type": "string"}, "nodes": {"type": "array", "items": {"type": "string"}}, "cut_since": {"type": "string", "format": "date-time"},
        "zones": {"type": "array", "items": {"type": "object", "properties": {"zone": {"type": "string"}, "serial": {"type": "integer"}, "records": {"type": "integer"}}}}}}
  }
}
})json";
    return description;
}

}  // namespace portolan::api
