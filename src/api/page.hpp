// The page of the port map: GET / and GET /page/NAME, for browsers.
//
// Whoever reads may be shown names that others have chosen (registrations), so the page is held to
// its own files: no script, style or connection of any other origin, nor any that is written into
// the document (Content-Security-Policy).
#pragma once

#include "api/routes.hpp"

namespace portolan::api {

void add_page(Routes& routes);

}  // namespace portolan::api
