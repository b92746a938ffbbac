// How Catch shows what etcd has said: "done", or the error.
#pragma once

#include <catch2/catch.hpp>
#include <string>

#include "portolan/source/etcd_values.hpp"

template <class T>
struct Catch::StringMaker<portolan::source::OrEtcdError<T>> {
    static std::string convert(const portolan::source::OrEtcdError<T>& outcome) {
        return outcome ? "done" : outcome.error().text;
    }
};
