#include "source/etcd_json.hpp"

#include <catch2/catch.hpp>

#include "../support/etcd_outcome.hpp"

using namespace portolan::source;
using etcd::Compare;

namespace {

constexpr const char* prefix = "/p/";  // "L3Av" in base64

/// Keys with their values and revisions, a word each.
std::string text_of(const std::vector<etcd::KeyValue>& keys) {
    std::string out;
    for (const auto& each : keys)
        out += each.key + "=" + each.value + "@" + std::to_string(each.create_revision) + "/" +
               std::to_string(each.mod_revision) +
               (each.lease == 0 ? "" : "!" + std::to_string(each.lease)) + " ";
    return out;
}

}  // namespace

TEST_CASE("requests to etcd are the gateway's JSON", "[source]") {
    struct Row {
        std::string made;
        std::string expected;
    };
    const auto row = GENERATE(values<Row>({
        {etcd::txn_json({{{"a", Compare::What::created, 0}, {"b", Compare::What::modified, 7}},
                         {etcd::Put{"a", "1", 5}, etcd::Delete{"b"}, etcd::Delete{"c/", true}},
                         {etcd::Get{"a"}}},
                        prefix),
         R"({"compare":[{"key":"L3AvYQ==","target":"CREATE","result":"EQUAL","create_revision":"0"},)"
         R"({"key":"L3AvYg==","target":"MOD","result":"EQUAL","mod_revision":"7"}],)"
         R"("success":[{"request_put":{"key":"L3AvYQ==","value":"MQ==","lease":"5"}},)"
         R"({"request_delete_range":{"key":"L3AvYg=="}},)"
         R"({"request_delete_range":{"key":"L3AvYy8=","range_end":"L3AvYzA="}}],)"
         R"("failure":[{"request_range":{"key":"L3AvYQ=="}}]})"},
        {etcd::page_json({"", "", 0, 2}, prefix),
         R"({"key":"L3Av","range_end":"L3Aw","limit":"2"})"},
        {etcd::page_json({"", "a", 9, 2}, prefix),
         R"({"key":"L3AvYQA=","range_end":"L3Aw","revision":"9","limit":"2"})"},
        {etcd::page_json({"\xff", "", 0, 2}, prefix),  // the octet before is counted up
         R"({"key":"L3Av/w==","range_end":"L3Aw","limit":"2"})"},
        {etcd::watch_json("a", 4, prefix),
         R"({"create_request":{"key":"L3AvYQ==","range_end":"L3AvYg==","start_revision":"4"}})"},
        {etcd::beat_json(prefix), R"({"key":"L3Av","range_end":"L3Aw","count_only":true})"},
        {etcd::grant_json(std::chrono::seconds(5)), R"({"TTL":"5"})"},
        {etcd::lease_json(7587848943239472395), R"({"ID":"7587848943239472395"})"},
        {etcd::authenticate_json("u", "p\""), R"({"name":"u","password":"p\""})"},
    }));
    CHECK(row.made == row.expected);
}

TEST_CASE("what a transaction has found is read", "[source]") {
    const auto committed = etcd::read_committed(
        R"({"header":{"revision":"4"},"succeeded":true,"responses":[
            {"response_put":{"header":{"revision":"4"}}},
            {"response_range":{"kvs":[{"key":"L3AvYQ==","create_revision":"2","mod_revision":"3",
                                       "version":"1","value":"MQ==","lease":"8"},
                                      {"key":"L3AvYg==","create_revision":"4","mod_revision":"4"}]}},
            {"response_range":{}}]})",
        prefix);
    REQUIRE(committed);
    CHECK(committed->is_done);
    CHECK(committed->revision == 4);
    CHECK(text_of(committed->found) == "a=1@2/3!8 b=@4/4 ");

    const auto failed = etcd::read_committed(R"({"header":{"revision":"4"}})", prefix);
    REQUIRE(failed);
    CHECK_FALSE(failed->is_done);
}

TEST_CASE("pages are asked for until the last, as of the first one's revision", "[source]") {
    etcd::Pages pages("", prefix);
    CHECK(pages.request() == R"({"key":"L3Av","range_end":"L3Aw","limit":"100"})");
    const auto first = pages.take(
        R"({"header":{"revision":"7"},"kvs":[{"key":"L3AvYQ==","mod_revision":"3"}],"more":true})");
    REQUIRE(first);
    CHECK_FALSE(*first);
    CHECK(pages.request() ==
          R"({"key":"L3AvYQA=","range_end":"L3Aw","revision":"7","limit":"10000"})");
    const auto second =
        pages.take(R"({"header":{"revision":"9"},"kvs":[{"key":"L3AvYg==","mod_revision":"4"}]})");
    REQUIRE(second);
    CHECK(*second);
    CHECK(pages.state().revision == 7);
    CHECK(text_of(pages.state().keys) == "a=@0/3 b=@0/4 ");
}

TEST_CASE("the lines of a watch are read", "[source]") {
    const auto created =
        etcd::read_watch_line(R"({"result":{"header":{"revision":"4"},"created":true}})", prefix);
    REQUIRE(created);
    CHECK(created->is_created);
    CHECK(created->events.empty());

    const auto events = etcd::read_watch_line(
        R"({"result":{"header":{"revision":"4"},"events":[
            {"kv":{"key":"L3AvYQ==","create_revision":"4","mod_revision":"4","value":"MQ=="}},
            {"type":"DELETE","kv":{"key":"L3AvYg==","mod_revision":"4"}}]}})",
        prefix);
    REQUIRE(events);
    REQUIRE(events->events.size() == 2);
    CHECK(text_of({events->events[0].now, events->events[1].now}) == "a=1@4/4 b=@0/4 ");
    CHECK_FALSE(events->events[0].is_deleted);
    CHECK(events->events[1].is_deleted);

    const auto compacted = etcd::read_watch_line(
        R"({"result":{"header":{},"canceled":true,"compact_revision":"3"}})", prefix);
    REQUIRE(compacted);
    CHECK(compacted->is_canceled);
    CHECK(compacted->compact_revision == 3);

    const auto forbidden = etcd::read_watch_line(
        R"({"result":{"watch_id":"-1","created":true,"canceled":true,"cancel_reason":"denied"}})",
        prefix);
    REQUIRE(forbidden);
    CHECK(forbidden->is_canceled);
    CHECK(forbidden->reason == "denied");
}

TEST_CASE("a lease that etcd does not know has no time left", "[source]") {
    CHECK(etcd::read_grant(R"({"ID":"2364286479533584397","TTL":"5"})")->id == 2364286479533584397);
    CHECK(etcd::read_kept_alive(R"({"result":{"ID":"9","TTL":"5"}})")->ttl.count() == 5);
    CHECK(etcd::read_kept_alive(R"({"result":{"ID":"9"}})")->ttl.count() == 0);
}

TEST_CASE("a reply that is none is an error that says why", "[source]") {
    struct Row {
        const char* body;
        const char* why;
    };
    const auto row = GENERATE(values<Row>({
        {"", "it is no JSON"},
        {"[]", "it is no object"},
        {R"({"header":7})", "it is no object"},
        {R"({"header":{"revision":"-1"}})", "revision is no number"},
        {R"({"header":{"revision":{}}})", "revision is no number"},
        {R"({"kvs":{}})", "kvs is no list"},
        {R"({"kvs":[{"key":"L3Av%Q=="}]})", "key is not in base64"},
        {R"({"kvs":[{"key":7}]})", "key is no text"},
        {R"({"kvs":[{"key":"L3E="}]})", "it tells of a key that was not asked for"},
    }));
    const auto page = etcd::read_page(row.body, prefix);
    REQUIRE_FALSE(page);
    CHECK(page.error().kind == EtcdError::Kind::unknown);
    CHECK(page.error().text == std::string("etcd's answer is not understood: ") + row.why);

    const auto ended =
        etcd::read_watch_line(R"({"error":{"grpc_code":14,"message":"going down"}})", prefix);
    REQUIRE_FALSE(ended);
    CHECK(ended.error().text == "etcd's answer is not understood: going down");
}

TEST_CASE("what etcd refuses is told from what passes", "[source]") {
    enum Sort { of_token, passing, final };
    struct Row {
        unsigned status;
        const char* body;
        const char* text;
        Sort sort;
    };
    const auto row = GENERATE(values<Row>({
        {401, R"({"message":"etcdserver: invalid auth token","code":16})",
         "etcdserver: invalid auth token", of_token},
        {400, R"({"message":"etcdserver: revision of auth store is old","code":3})",
         "etcdserver: revision of auth store is old", of_token},
        {503, R"({"message":"etcdserver: no leader","code":14})", "etcdserver: no leader", passing},
        {504, R"({"message":"context deadline exceeded","code":4})", "context deadline exceeded",
         passing},
        {502, "<html>", "HTTP status 502", passing},
        {403, R"({"message":"etcdserver: permission denied","code":7})",
         "etcdserver: permission denied", final},
        {400, R"({"message":"etcdserver: request is too large","code":3})",
         "etcdserver: request is too large", final},
    }));
    const auto fault = etcd::read_fault(row.status, row.body);
    CHECK(fault.text == row.text);
    CHECK(fault.is_of_token() == (row.sort == of_token));
    CHECK(fault.is_passing() == (row.sort == passing));
}
