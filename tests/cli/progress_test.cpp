#include "cli/progress.hpp"

namespace portolan::cli {
namespace {

TEST_CASE("a line of progress says what is done, how much of it, and for how long") {
    struct Row {
        Standing standing;
        int seconds;
        std::size_t columns;
        const char* line;
    };
    const std::string file = "reading a.yaml";
    for (const auto& row : std::initializer_list<Row>{
             {{file, 0, 0}, 3, 79, "reading a.yaml 3 s"},
             {{file, 0, 40}, 0, 79, "reading a.yaml [>                   ]  0 % 0 s"},
             {{file, 13, 40}, 3, 79, "reading a.yaml [======>             ] 32 % 3 s"},
             {{file, 39, 40}, 3, 79, "reading a.yaml [===================>] 97 % 3 s"},
             {{file, 40, 40}, 75, 79, "reading a.yaml [====================] 100 % 75 s"},
             {{file, 41, 40}, 75, 79, "reading a.yaml [====================] 100 % 75 s"},
             // Narrow: the words give way, then the bar.
             {{file, 13, 40}, 3, 40, "reading [======>             ] 32 % 3 s"},
             {{file, 13, 40}, 3, 10, "reading a."},
             {{file, 13, 40}, 3, 0, ""},
             {{"reading Ölpreise.yaml", 0, 0}, 3, 14, "reading Öl 3 s"},
             // What a file is called does not steer the terminal.
             {{"reading \x1b]0;x\a\n.yaml", 0, 0}, 3, 79, "reading ?]0;x??.yaml 3 s"},
             {{"reading \xc2\x9b"
               "31m\xc2\xa9.yaml",
               0, 0},
              3,
              79,
              "reading ?31m©.yaml 3 s"},
         }) {
        CAPTURE(row.line);
        CHECK(progress_line(row.standing, std::chrono::seconds(row.seconds), row.columns) ==
              row.line);
    }
}

}  // namespace
}  // namespace portolan::cli
