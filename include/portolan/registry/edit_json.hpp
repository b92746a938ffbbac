// What somebody wants a number for, as JSON: the body of POST /v1/allocations.
//
//     {"kind":"application","name":"aluminium","owner":"metal-team","note":"foil",
//      "until":"2027-01-31"}
//     {"kind":"type","name":"snmp","proto":"udp","id":14}
//     {"kind":"port","name":"mail-api","range":"API services","port":5017}
//
// "id" and "port" ask for a number in place of the next; "zone" says in which of several plans.
// The owner and the note become the entry's owner and description.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <string>

#include "portolan/registry/edit.hpp"

namespace portolan::registry {

/// An edit that gives a number to a name: AddApplication, AddType or AddService.
struct Order {
    std::string zone;  // "svc.corp.example"; "": the first plan that has a place for it
    Edit edit;
};

boost::json::object to_json(const Order& order);
/// What is wrong is refused as malformed, and named by its key. Unknown keys are refused too.
OrRefusal<Order> order_from(const boost::json::value& json);

/// "application", "type" or "port"; "" for changes that give no number.
std::string kind_of(const Edit& edit);
/// What is new, by its name; "" for changes that name nothing.
std::string name_of(const Edit& edit);
/// Its id or port, once it has one.
std::optional<unsigned> number_of(const Edit& edit);
/// Who to ask and so on; nullptr for changes that say nothing of it.
About* about_of(Edit& edit);

}  // namespace portolan::registry
