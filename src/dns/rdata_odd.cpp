#include "rdata_odd.hpp"

namespace portolan::dns {

const OddForm* odd_form(Type type) noexcept {
    switch (type) {
        default:
            return nullptr;
    }
}

}  // namespace portolan::dns
