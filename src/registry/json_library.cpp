// Boost.JSON's implementation, compiled once for the whole program (headers only, no library).
#include <boost/json/src.hpp>
